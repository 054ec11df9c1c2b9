/** The hunts of CCRO draw every fault of a role, where it belongs, and say which ones did something. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { drawSchedule } from "../../sim/draw-schedule.ts";
import type { Schedule, ScheduleEvent } from "../../sim/schedule.ts";
import { tellUnfired } from "./coverage.ts";
import { bothLeaders, firedIn, namesOf } from "./fired.ts";
import { groundFor } from "./ground.ts";
import { addHarvests, emptyHarvest, huntSchedule } from "./hunter.ts";
import { roleFaults } from "./role-faults.ts";

const ground = groundFor("ccro-safe");
const names = namesOf(roleFaults);

/** As if every drawn fault had fired in the role in which its node begins. */
function drawnIn(schedule: Schedule): ReadonlySet<string> {
  const members = ground.protocol.members(schedule.n);
  const roleOf = (node: string) => members.find(({ id }) => id === node)?.role ?? "";
  const witnesses = schedule.events.flatMap((event) =>
    event.kind === "fault"
      ? [{ node: event.node, fault: event.mode, fired: 1, roles: new Set([roleOf(event.node)]) }]
      : [],
  );
  return firedIn(schedule, members, witnesses);
}

const drawn = Array.from({ length: 3_000 }, (_, seed) => drawSchedule(ground, seed));

test("each fault of a role is drawn, in 3,000 schedules at least five times", () => {
  const counts = new Map<string, number>();
  for (const schedule of drawn) {
    for (const name of drawnIn(schedule)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  deepEqual(
    names.filter((name) => (counts.get(name) ?? 0) < 5),
    [],
  );
});

test("what the issue of roles names is among them", () => {
  const wanted = [
    "silent as communication",
    "selective(1 consensus) as communication",
    "selective(2 consensus) as communication",
    "forge as communication",
    "misreport as communication",
    "equivocating(1 communication) as primary",
    "equivocating(1 consensus) as primary",
    "sleeper(malicious)",
    "sleeper(equivocating)",
    "sleeper(forge)",
    "sleeper(silent)",
    "equivocating as monitor",
    "crash as monitor",
    bothLeaders,
  ];
  deepEqual(
    wanted.filter((name) => !names.includes(name)),
    [],
  );
});

test("primary and communication node fail together only where two may fail", () => {
  const together = drawn.filter((schedule) => drawnIn(schedule).has(bothLeaders));
  ok(together.length > 20);
  for (const { n } of together) equal(n, 9);
});

test("a monitor is honest and there again when the cluster heals; replicas may fail for good", () => {
  const lasting = new Set<boolean>();
  for (const { events, healedAtMs } of drawn) {
    for (const event of events) {
      if (event.kind !== "fault" && event.kind !== "crash") continue;
      const isLate = (event.untilMs ?? healedAtMs) > healedAtMs;
      if (event.node === "m0") equal(isLate, false);
      else lasting.add(isLate);
    }
  }
  deepEqual(lasting, new Set([true, false]));
});

/** A small cluster in which one fault of a role must do something. */
const staged = (n: number, ...faults: readonly ScheduleEvent[]): Schedule => ({
  protocol: "ccro-safe",
  n,
  seed: 1,
  clients: 2,
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 4 },
  delayMs: [1, 10],
  twins: [],
  healedAtMs: 2_000,
  endsAtMs: 60_000,
  events: [
    ...[0, 5, 300, 900].map((atMs, index): ScheduleEvent => {
      return { kind: "request", atMs, client: `c${index % 2}`, operation: `${index}` };
    }),
    ...faults,
  ],
});

const fault = (node: string, mode: string, ...args: readonly string[]): ScheduleEvent => {
  return { kind: "fault", node, mode, args, fromMs: 0, untilMs: node === "m0" ? 900 : 60_000 };
};

describe("what fired is counted by what it really did", () => {
  const cases: readonly (readonly [Schedule, readonly string[]])[] = [
    [staged(6, fault("r1", "silent")), ["silent as communication"]],
    [staged(6, fault("r1", "selective", "r3")), ["selective(1 consensus) as communication"]],
    [staged(6, fault("r1", "selective", "r3", "r4")), ["selective(2 consensus) as communication"]],
    [staged(6, fault("r0", "equivocating", "r1")), ["equivocating(1 communication) as primary"]],
    [staged(9, fault("r0", "silent"), fault("r3", "sleeper", "silent")), ["sleeper(silent)"]],
    [
      staged(9, fault("r0", "equivocating", "r3"), fault("r1", "forge")),
      ["equivocating(1 consensus) as primary", "forge as communication", bothLeaders],
    ],
    [staged(6, fault("r0", "silent"), fault("m0", "equivocating")), ["equivocating as monitor"]],
  ];
  for (const [schedule, expected] of cases) {
    test(expected.join(", "), () => {
      const { fired, finds } = huntSchedule(ground, schedule);
      deepEqual(finds, []);
      for (const name of expected) equal(fired[name], 1, JSON.stringify(fired));
    });
  }

  test("a fault that never comes to anything is not, and a hunt says so", () => {
    const idle = huntSchedule(ground, staged(6, fault("r4", "sleeper", "forge")));
    deepEqual(idle.fired, {});
    const busy = huntSchedule(ground, staged(6, fault("r1", "silent")));
    const { fired } = addHarvests(addHarvests(emptyHarvest, busy), busy);
    equal(fired["silent as communication"], 2);
    const [told = ""] = tellUnfired(roleFaults, fired);
    ok(told.startsWith("Never fired: "));
    equal(told.includes("silent as communication"), false);
    ok(told.includes("misreport as communication"));
    deepEqual(tellUnfired([], {}), []);
  });
});
