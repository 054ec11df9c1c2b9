/** Clocks that run wrong: what a node times, and what clusters make of it. */

import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { protocolNamed } from "../bench/protocols.ts";
import { createEcho } from "../services/echo.ts";
import { Agenda } from "./agenda.ts";
import { LocalClock } from "./local-clock.ts";
import { runSchedule } from "./run-schedule.ts";
import { describeEvent, type Schedule, type ScheduleEvent } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { Simulation } from "./simulation.ts";

/** A clock on an agenda that is played to the end, and when its timers fired by true time. */
function stage() {
  const agenda = new Agenda();
  let now = 0;
  const clock = new LocalClock({
    now: () => now,
    after: (delayMs, run) => agenda.plan(now + delayMs, run),
  });
  const fired: [name: string, at: number][] = [];
  return {
    clock,
    fired,
    start: (name: string, afterMs: number) =>
      clock.after(afterMs, () => {
        fired.push([name, now]);
      }),
    playUntil(end: number) {
      for (let next = agenda.next(end); next !== undefined; next = agenda.next(end)) {
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

describe("a clock of its own", () => {
  const changes = [
    ["that is right times 100 ms as 100 ms", 1, 0, 100],
    ["that runs twice as fast fires twice as soon", 2, 0, 70],
    ["that runs at half its rate fires twice as late", 0.5, 0, 160],
    ["that jumps ahead fires sooner", 1, 30, 70],
    ["that jumps past the end fires at once", 1, 500, 40],
    ["that jumps back fires later", 1, -50, 150],
  ] as const;
  for (const [claim, rate, jumpMs, firesAt] of changes) {
    test(claim, () => {
      const { clock, fired, start, playUntil } = stage();
      start("timer", 100);
      playUntil(40);
      clock.change({ rate, jumpMs });
      equal(clock.now(), 40 + jumpMs);
      playUntil(1_000);
      deepEqual(fired, [["timer", firesAt]]);
    });
  }

  test("keeps the order of its timers, and forgets what was cancelled after a change", () => {
    const { clock, fired, start, playUntil } = stage();
    start("late", 200);
    const cancel = start("cancelled", 150);
    start("early", 100);
    clock.change({ rate: 2, jumpMs: 0 });
    cancel();
    clock.change({ rate: 1, jumpMs: -100 });
    playUntil(1_000);
    deepEqual(fired, [
      ["early", 200],
      ["late", 300],
    ]);
  });
});

const clock = (node: string, rate: number, jumpMs: number, atMs = 20): ScheduleEvent => ({
  kind: "clock",
  node,
  atMs,
  rate,
  jumpMs,
});

const requests: readonly ScheduleEvent[] = [0, 10, 150, 300, 500, 700].map((atMs, index) => ({
  kind: "request",
  atMs,
  client: "c0",
  operation: `${index}`,
}));

const scheduleOf = (
  protocol: string,
  n: number,
  ...events: readonly ScheduleEvent[]
): Schedule => ({
  protocol,
  n,
  seed: 3,
  clients: 1,
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 4 },
  delayMs: [1, 10],
  twins: [],
  healedAtMs: 1_000,
  endsAtMs: 60_000,
  events: [...requests, ...events],
});

const run = (schedule: Schedule) =>
  runSchedule(schedule, {
    protocol: protocolNamed(schedule.protocol),
    createService: createEcho,
    createFaults: () => [],
  });

const wrongClocks: readonly (readonly [claim: string, events: readonly ScheduleEvent[]])[] = [
  ["a leader that is slow", [clock("r0", 0.1, 0)]],
  [
    "backups that are so fast that they give every leader up",
    [1, 2, 3].map((id) => clock(`r${id}`, 40, 0)),
  ],
  [
    "clocks that jump ahead and back",
    [clock("r1", 1, 5_000), clock("r2", 1, -800), clock("r2", 1, 900, 400)],
  ],
  ["a different rate at each node", [0.3, 0.8, 2, 7].map((rate, id) => clock(`r${id}`, rate, 0))],
];
for (const [protocol, n] of [
  ["pbft", 4],
  ["ccro-safe", 6],
  ["paxos", 3],
] as const) {
  for (const [claim, events] of wrongClocks) {
    test(`${protocol} stays safe and gets live again with ${claim}`, () => {
      const nodes = new Set(
        protocolNamed(protocol)
          .members(n)
          .map(({ id }) => id),
      );
      const there = events.filter((event) => event.kind === "clock" && nodes.has(event.node));
      const { verdict } = run(scheduleOf(protocol, n, ...there));
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
    });
  }
}

test("fast clocks do make nodes impatient: a PBFT backup sees leaders fail that are well", () => {
  const fast = [1, 2, 3].map((id) => clock(`r${id}`, 40, 0, 0));
  equal(run(scheduleOf("pbft", 4)).coverage.get("view change"), undefined);
  equal((run(scheduleOf("pbft", 4, ...fast)).coverage.get("view change") ?? 0) > 0, true);
});

test("whoever watches is told of true time", () => {
  const times: number[] = [];
  const simulation = new Simulation({
    protocol: protocolNamed("pbft"),
    n: 4,
    clients: 1,
    seed: 1,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
    network: () => [1],
    createService: createEcho,
    ownClocks: ["r1"],
    observer: { sent: (node, _to, _signed, now) => times.push(node === "r1" ? now : 0) },
  });
  simulation.setClock("r1", { rate: 3, jumpMs: 70_000 });
  simulation.request("c0", "1");
  simulation.run(50);
  equal(Math.max(...times) > 0 && Math.max(...times) < 50, true);
  throws(() => simulation.setClock("r2", { rate: 1, jumpMs: 0 }), /r2/);
});

test("a wrong clock reads as a line and shrinks to what is wrong about it", () => {
  equal(
    describeEvent(clock("r1", 5, -300)),
    "20 ms r1's clock jumps by -300 ms and runs at 5 times its rate",
  );
  equal(describeEvent(clock("r1", 0.9, 0)), "20 ms r1's clock runs at 0.9 times its rate");
  const small = shrink(scheduleOf("pbft", 4, clock("r1", 5, -300)), ({ events }) =>
    events.some((event) => event.kind === "clock" && event.rate === 5),
  );
  deepEqual(small.events, [clock("r1", 5, 0)]);
});
