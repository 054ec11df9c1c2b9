/** Schedules: how they read, what their networks do, and how bad ones become small. */

import { describe, expect, test } from "vitest";
import { disturbedNetwork } from "./disturbed-network.ts";
import type { Passage } from "./network.ts";
import { createRandom } from "./random.ts";
import { describeEvent, faultyNodes, type Schedule, type ScheduleEvent } from "./schedule.ts";
import { shrink } from "./shrink.ts";

const schedule = (...events: readonly ScheduleEvent[]): Schedule => ({
  protocol: "toy",
  n: 4,
  seed: 1,
  clients: 1,
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  delayMs: [1, 10],
  twins: [],
  healedAtMs: 1_000,
  endsAtMs: 2_000,
  events,
});

const passage = (change: Partial<Passage>): Passage => ({
  from: "r0",
  to: "r1",
  kind: "vote",
  view: 0,
  now: 50,
  random: createRandom(1),
  ...change,
});

const window = { fromMs: 0, untilMs: 100 };

describe("the network of a schedule", () => {
  test("delays each message within the bounds, and equally in equal schedules", () => {
    const [first, second] = [disturbedNetwork(schedule()), disturbedNetwork(schedule())];
    for (let count = 0; count < 100; count += 1) {
      const delays = first(passage({}));
      expect(delays).toEqual(second(passage({})));
      expect(delays).toHaveLength(1);
      expect(delays[0]).toBeGreaterThanOrEqual(1);
      expect(delays[0]).toBeLessThanOrEqual(10);
    }
  });

  test("gives a message the same delay whatever happens on other links", () => {
    const [quiet, busy] = [disturbedNetwork(schedule()), disturbedNetwork(schedule())];
    for (let count = 0; count < 10; count += 1) busy(passage({ from: "r2" }));
    expect(busy(passage({}))).toEqual(quiet(passage({})));
  });

  const lost: readonly (readonly [string, Partial<Passage>, number])[] = [
    ["on its link in its window", {}, 0],
    ["from another node", { from: "r2" }, 1],
    ["to another node", { to: "r2" }, 1],
    ["of another kind", { kind: "reply" }, 1],
    ["of another view", { view: 1 }, 1],
    ["of no view", { view: undefined }, 1],
    ["after its window", { now: 100 }, 1],
  ];
  for (const [where, change, arriving] of lost) {
    test(`a loss event ${arriving === 0 ? "takes" : "leaves"} a message ${where}`, () => {
      const event = {
        kind: "lose",
        ...window,
        from: ["r0"],
        to: ["r1"],
        message: "vote",
        view: 0,
      } as const;
      expect(disturbedNetwork(schedule(event))(passage(change))).toHaveLength(arriving);
    });
  }

  test("slows, duplicates and holds messages", () => {
    const [plain = 0] = disturbedNetwork(schedule())(passage({}));
    const slow = disturbedNetwork(schedule({ kind: "slow", ...window, ms: 70 }));
    expect(slow(passage({}))).toEqual([plain + 70]);
    const twice = disturbedNetwork(schedule({ kind: "duplicate", ...window }));
    expect(twice(passage({}))).toHaveLength(2);
    const held = disturbedNetwork(schedule({ kind: "hold", ...window, ms: 500 }));
    expect(held(passage({ now: 50 }))).toEqual([450]);
  });

  test("parts groups for a while, and leaves out who is in none", () => {
    const groups = [["r0"], ["r1"]];
    const network = disturbedNetwork(schedule({ kind: "partition", ...window, groups }));
    expect(network(passage({}))).toEqual([]);
    expect(network(passage({ to: "r2" }))).toHaveLength(1);
    expect(network(passage({ now: 100 }))).toHaveLength(1);
  });

  test("parts groups for some kinds in one view only", () => {
    const groups = [["r0"], ["r1"]];
    const event = { kind: "partition", ...window, groups, view: 1, messages: ["vote"] } as const;
    const network = disturbedNetwork(schedule(event));
    expect(network(passage({ view: 1 }))).toEqual([]);
    expect(network(passage({ view: 0 }))).toHaveLength(1);
    expect(network(passage({ view: 1, kind: "reply" }))).toHaveLength(1);
  });
});

describe("a bad schedule becomes small", () => {
  const noise = Array.from(
    { length: 40 },
    (_, index): ScheduleEvent => ({
      kind: "lose",
      fromMs: index,
      untilMs: index + 1_000,
    }),
  );
  const crash = (node: string): ScheduleEvent => ({
    kind: "crash",
    node,
    atMs: 10,
    losesDisk: false,
  });

  test("only what the violation needs is left", () => {
    const bad = schedule(...noise.slice(0, 20), crash("r1"), ...noise.slice(20), crash("r2"));
    const crashed = (candidate: Schedule) =>
      candidate.events.flatMap((event) => (event.kind === "crash" ? [event.node] : []));
    const small = shrink(bad, (candidate) => {
      const nodes = crashed(candidate);
      return nodes.includes("r1") && nodes.includes("r2");
    });
    expect(small.events).toEqual([crash("r1"), crash("r2")]);
  });

  test("windows become short", () => {
    const isBad = (candidate: Schedule) =>
      candidate.events.some((event) => "fromMs" in event && event.fromMs <= 5 && event.untilMs > 5);
    const small = shrink(schedule({ kind: "lose", fromMs: 0, untilMs: 1_000 }), isBad);
    expect(small.events).toHaveLength(1);
    const [event] = small.events;
    expect(event !== undefined && "fromMs" in event && event.untilMs - event.fromMs).toBeLessThan(
      4,
    );
  });

  test("it stops after the tries it is given", () => {
    let tries = 0;
    shrink(
      schedule(...noise),
      () => {
        tries += 1;
        return false;
      },
      7,
    );
    expect(tries).toBe(7);
  });
});

test("who may misbehave is read from the events and the twins", () => {
  const events: readonly ScheduleEvent[] = [
    { kind: "fault", node: "r3", mode: "malicious", args: [], ...window },
    { kind: "crash", node: "r1", atMs: 1, losesDisk: false },
    { kind: "say", node: "r2'", atMs: 1, to: ["r1"], says: { kind: "vote" } },
  ];
  expect([...faultyNodes({ ...schedule(...events), twins: ["r0"] })]).toEqual(["r0", "r3", "r2"]);
});

const lines: readonly (readonly [ScheduleEvent, string])[] = [
  [{ kind: "request", atMs: 3, client: "c0", operation: "1" }, "3 ms c0 asks for 1"],
  [
    { kind: "crash", node: "r1", atMs: 5, untilMs: 9, losesDisk: true },
    "5 ms r1 crashes until 9 ms, without its disk",
  ],
  [
    { kind: "partition", ...window, groups: [["r0"], ["r1", "r2"]] },
    "0 ms to 100 ms parts r0 | r1,r2",
  ],
  [
    { kind: "partition", ...window, groups: [["r0"], ["r1"]], view: 1, messages: ["vote"] },
    "0 ms to 100 ms parts r0 | r1 for vote of view 1",
  ],
  [
    { kind: "fault", ...window, node: "r2", mode: "dark", args: ["r1"] },
    "0 ms to 100 ms r2 is dark(r1)",
  ],
  [
    { kind: "mutation", ...window, node: "r2", message: "vote", field: "view", by: 1, to: ["r1"] },
    "0 ms to 100 ms r2 changes vote.view (1) to r1",
  ],
  [
    { kind: "slow", ...window, from: ["r0"], ms: 20 },
    "0 ms to 100 ms slow everything from r0 to anybody by 20 ms",
  ],
  [
    { kind: "hold", ...window, message: "vote", view: 1, to: ["r1"], ms: 90 },
    "0 ms to 100 ms hold vote of view 1 from anybody to r1, to arrive at 90 ms",
  ],
  [
    {
      kind: "say",
      node: "r2'",
      atMs: 7,
      to: ["r0", "r1"],
      says: { kind: "vote", view: 1, digest: "ab", voters: ["r2"] },
    },
    "7 ms r2' says vote view 1 digest ab voters [r2] to r0,r1",
  ],
];
for (const [event, line] of lines) {
  test(`an event reads "${line}"`, () => {
    expect(describeEvent(event)).toBe(line);
  });
}
