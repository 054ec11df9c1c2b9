/** Hunts reach what makes them worth something, or say that they did not. */

import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { pbft } from "../../pbft/index.ts";
import { runSchedule, twoValuesPrepared } from "../../sim/run-schedule.ts";
import type { Schedule } from "../../sim/schedule.ts";
import { tellMissed } from "./coverage.ts";
import { toolsFor } from "./ground.ts";

const all = { delivered: 9, "view change": 4, "new view": 3, "stable checkpoint": 2 };

const told: readonly (readonly [Readonly<Record<string, number>>, readonly string[]])[] = [
  [{ ...all, [twoValuesPrepared]: 1 }, []],
  [all, [`Never reached: ${twoValuesPrepared}. More schedules may.`]],
  [
    { prepared: 7, delivered: 0 },
    [
      `Reached none of delivered, view change, new view, stable checkpoint, ${twoValuesPrepared}: this hunt tested nothing.`,
    ],
  ],
];
for (const [coverage, lines] of told) {
  test(`a hunt with ${JSON.stringify(coverage)} says ${lines.length === 0 ? "nothing" : "so"}`, () => {
    deepEqual(tellMissed("pbft", coverage), lines);
  });
}

const always = { fromMs: 0, untilMs: 1_000 } as const;

/**
 * Only r3 prepares the first batch of view 0, and the primary of view 1 does not hear of it: it proposes
 * what waits, which is more by now.
 */
const forgotten: Schedule = {
  protocol: "pbft",
  n: 4,
  seed: 1,
  clients: 2,
  settings: { batch: 8, timeoutMs: 100, checkpointInterval: 128 },
  delayMs: [1, 10],
  twins: [],
  healedAtMs: 1_000,
  endsAtMs: 60_000,
  events: [
    { kind: "request", atMs: 0, client: "c0", operation: "1" },
    { kind: "request", atMs: 0, client: "c1", operation: "2" },
    { ...always, kind: "lose", to: ["r0", "r1", "r2"], message: "prepare", view: 0 },
    { ...always, kind: "lose", from: ["r3"], to: ["r1"], message: "view-change" },
  ],
};

test("two values prepared in different views are counted, the same values are not", () => {
  const run = runSchedule(forgotten, toolsFor(pbft));
  deepEqual([run.verdict.safety, run.verdict.liveness], ["ok", "ok"]);
  equal(run.coverage.get(twoValuesPrepared), 1);
  const heard = { ...forgotten, events: forgotten.events.slice(0, -1) };
  equal(runSchedule(heard, toolsFor(pbft)).coverage.get(twoValuesPrepared), undefined);
});
