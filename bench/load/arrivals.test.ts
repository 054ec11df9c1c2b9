import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { meanOf } from "../statistics/median.ts";
import { type ArrivalOptions, arrivalShapes, scheduleOf } from "./arrivals.ts";

const usual: ArrivalOptions = {
  ratePerS: 100,
  shape: "poisson",
  seed: 3,
  part: "q",
  length: { durationMs: 100_000 },
};
const scheduled = (change: Partial<ArrivalOptions> = {}) => scheduleOf({ ...usual, ...change });
const countIn = (atMs: readonly number[], from: number, until: number) =>
  atMs.filter((at) => at >= from && at < until).length;

for (const shape of arrivalShapes) {
  test(`arrivals of a ${shape} rise, lie in the window, and are as many as its rate says`, () => {
    const { atMs, windowMs } = scheduled({ shape });
    deepEqual(
      atMs,
      atMs.toSorted((a, b) => a - b),
    );
    equal(windowMs, 100_000);
    ok((atMs.at(-1) ?? 0) < windowMs);
    // Five standard deviations of a Poisson count.
    ok(Math.abs(atMs.length - 10_000) < 500, String(atMs.length));
  });
}

describe("a schedule", () => {
  test("is made of nothing but its seed and its part", () => {
    deepEqual(scheduled(), scheduled());
    notDeepEqual(scheduled().atMs, scheduled({ seed: 4 }).atMs);
    notDeepEqual(scheduled().atMs, scheduled({ part: "w" }).atMs);
  });

  test("of a number of requests has that many", () => {
    for (const shape of arrivalShapes) {
      const { atMs, windowMs } = scheduled({ shape, length: { requests: 500 } });
      equal(atMs.length, 500);
      ok(windowMs >= (atMs.at(-1) ?? 0));
    }
  });

  test("of a Poisson process has gaps whose deviation is their mean", () => {
    const { atMs } = scheduled();
    const gaps = atMs.map((at, index) => at - (atMs[index - 1] ?? 0));
    const mean = meanOf(gaps) ?? 0;
    const deviation = Math.sqrt(meanOf(gaps.map((gap) => (gap - mean) ** 2)) ?? 0);
    ok(Math.abs(deviation / mean - 1) < 0.05, String(deviation / mean));
  });

  test("of a ramp has a quarter of its requests in the first half", () => {
    const { atMs } = scheduled({ shape: "ramp" });
    const share = countIn(atMs, 0, 50_000) / atMs.length;
    ok(Math.abs(share - 0.25) < 0.02, String(share));
  });

  test("of bursts has all of its requests in the first tenth of a second", () => {
    const { atMs } = scheduled({ shape: "burst" });
    ok(atMs.every((at) => at % 1000 < 100));
    ok(countIn(atMs, 42_000, 43_000) > 50);
  });
});
