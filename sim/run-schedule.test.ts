/** Schedules run to an end and are judged; the toy sequencer breaks where it must. */

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "vitest";
import { requestText } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { sequencer } from "../test-support/sequencer.ts";
import { simulatedCrypto } from "./crypto.ts";
import { runSchedule } from "./run-schedule.ts";
import type { SayEvent, Schedule, ScheduleEvent } from "./schedule.ts";

const request = (atMs: number, client: string, operation: string): ScheduleEvent => ({
  kind: "request",
  atMs,
  client,
  operation,
});

const schedule = (change: Partial<Schedule>): Schedule => ({
  protocol: "sequencer",
  n: 4,
  seed: 7,
  clients: 2,
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  delayMs: [1, 10],
  twins: [],
  healedAtMs: 500,
  endsAtMs: 10_000,
  events: [request(0, "c0", "1"), request(0, "c1", "2")],
  ...change,
});

const run = (change: Partial<Schedule> = {}) =>
  runSchedule(schedule(change), {
    protocol: sequencer,
    createService: createEcho,
    createFaults: () => [],
  });

test("a quiet schedule ends well, equally each time", () => {
  const quiet = run();
  const { verdict, coverage } = quiet;
  deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["ok", "ok", 2]);
  equal(coverage.get("delivered"), 8);
  deepEqual(run(), quiet);
});

test("requests that nobody hears are stalled, not ok", () => {
  const forever = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
  const deaf: ScheduleEvent = { kind: "lose", ...forever, to: ["r0"] };
  const { verdict } = run({ events: [request(0, "c0", "1"), deaf] });
  deepEqual([verdict.safety, verdict.liveness], ["vacuous", "stalled"]);
});

test("a sequencer that lives twice, parted, tells two stories: a violation", () => {
  const groups = [
    ["r0", "c0", "r1"],
    ["r0'", "c1", "r2", "r3"],
  ];
  const parted: ScheduleEvent = { kind: "partition", fromMs: 0, untilMs: 400, groups };
  const { verdict, brokenAtMs = 0 } = run({
    twins: ["r0"],
    events: [request(0, "c0", "1"), request(0, "c1", "2"), parted],
  });
  equal(verdict.safety, "violated");
  ok(verdict.violations.some(({ judge }) => judge === "agreement"));
  ok(brokenAtMs > 0 && brokenAtMs < 400);
});

test("a node that crashes for good comes back when the cluster heals", () => {
  const { coverage } = run({
    events: [
      request(0, "c0", "1"),
      { kind: "crash", node: "r3", atMs: 200, losesDisk: false },
      request(600, "c0", "3"),
    ],
  });
  ok((coverage.get("delivered") ?? 0) >= 7);
});

const asked = { kind: "request", operation: "2", timestamp: 1, client: "c1" } as const;
const signature = simulatedCrypto("c1", new Set(["c1"])).sign(requestText(asked));
const order = { kind: "order", slot: 1, request: { from: "c1", message: asked, signature } };
const script = (says: SayEvent["says"]): ScheduleEvent[] => [
  request(0, "c0", "1"),
  request(0, "c1", "2"),
  { kind: "say", node: "r0", atMs: 0, to: ["r3"], says },
];

test("what the sequencer says by a script is believed under its name, and it is no longer judged", () => {
  const { verdict } = run({ events: script(order), delayMs: [5, 5] });
  equal(verdict.safety, "violated");
  const nodes = verdict.violations.flatMap((violation) => violation.nodes);
  ok(nodes.includes("r3"));
  ok(!nodes.includes("r0"));
});

test("what a script says must be a message of the protocol", () => {
  throws(
    () => run({ events: script({ kind: "order", slot: "first" }) }),
    /what is said in a schedule must be a message of sequencer: .*slot/,
  );
});
