/** Twins schedules are enumerated completely, with the numbers that the Twins paper counts. */

import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { sequencer } from "../test-support/sequencer.ts";
import {
  countPartitions,
  countTwinSchedules,
  partitionsOf,
  type TwinsPlan,
  twinSchedule,
} from "./twin-schedules.ts";

const counts = [
  [5, 2, 15],
  [5, 3, 25],
  [9, 2, 255],
  [9, 3, 3_025],
  [3, 4, 0],
] as const;

for (const [items, parts, count] of counts) {
  test(`${items} instances split into ${parts} parts in ${count} ways, all different`, () => {
    equal(countPartitions(items, parts), count);
    const all = partitionsOf(
      Array.from({ length: items }, (_, index) => index),
      parts,
    );
    const texts = all.map((groups) =>
      JSON.stringify(groups.map((group) => group.toSorted((a, b) => a - b)).toSorted()),
    );
    equal(new Set(texts).size, count);
  });
}

const plan: TwinsPlan = {
  protocol: sequencer,
  n: 4,
  twins: ["r0"],
  views: 2,
  parts: 2,
  subRounds: [["order"], ["reply"]],
  silenced: ["fetch"],
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
};

test("four replicas with one twin over two views have 50,625 schedules", () => {
  equal(countTwinSchedules(plan), 50_625);
});

test("every schedule is another one, the same under the same number", () => {
  const texts = Array.from({ length: 500 }, (_, number) => {
    const { events } = twinSchedule(plan, number);
    return JSON.stringify(events);
  });
  equal(new Set(texts).size, 500);
  deepEqual(twinSchedule(plan, 77), twinSchedule(plan, 77));
});
