import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createRandom } from "../../sim/random.ts";
import { medianInterval, ratioInterval, ratioOf } from "./bootstrap.ts";
import { middlesOf, resamples } from "./resampled-ranks.ts";

const infinity = Number.POSITIVE_INFINITY;

/** Survival times of 16 mice after surgery, Efron & Tibshirani (1993), An Introduction to the Bootstrap, table 2.1. */
const treatment = [94, 197, 16, 38, 99, 141, 23];
const control = [52, 104, 146, 10, 51, 30, 40, 27, 46];

describe("resampled medians", () => {
  test("fall on the ranks as Efron (1979), Bootstrap Methods, section 3, says for 13 values", () => {
    const published = [0.0015, 0.0142, 0.055, 0.1242, 0.1936, 0.223];
    const { low, times } = middlesOf(13, "base");
    for (const [index, share] of published.entries()) {
      // Ranks 2 to 7, and symmetric beyond.
      const found = (times[low.indexOf(index + 1)] ?? 0) / resamples;
      const mirrored = (times[low.indexOf(11 - index)] ?? 0) / resamples;
      ok(Math.abs(found - share) < 0.013, `rank ${index + 2}: ${found}, published ${share}`);
      ok(Math.abs(mirrored - share) < 0.013, `rank ${12 - index}: ${mirrored}, published ${share}`);
    }
  });

  test("of the mice spread as Efron & Tibshirani (1993), table 2.2, says: standard error 37.83", () => {
    const sorted = treatment.toSorted((a, b) => a - b);
    const { low, times } = middlesOf(7, "base");
    const mean = low.reduce((sum, r, i) => sum + (sorted[r] ?? 0) * (times[i] ?? 0), 0) / resamples;
    const square = low.reduce(
      (sum, r, i) => sum + ((sorted[r] ?? 0) - mean) ** 2 * (times[i] ?? 0),
      0,
    );
    const error = Math.sqrt(square / (resamples - 1));
    ok(Math.abs(error - 37.83) < 0.8, `${error}`);
  });

  test("of an even number lie between the same two ranks as those of resamples drawn one by one", () => {
    const random = createRandom(3);
    const direct = new Map<string, number>();
    for (let round = 0; round < resamples; round += 1) {
      const drawn = Array.from({ length: 6 }, () => random.integer(0, 5)).sort();
      const key = `${drawn[2]} ${drawn[3]}`;
      direct.set(key, (direct.get(key) ?? 0) + 1);
    }
    const { low, high, times } = middlesOf(6, "base");
    for (const [index, count] of times.entries()) {
      const other = direct.get(`${low[index]} ${high[index]}`) ?? 0;
      ok(Math.abs(count - other) < 180, `${low[index]} ${high[index]}: ${count}, ${other}`);
    }
  });
});

describe("the bootstrap interval of a median", () => {
  test("holds the median and lies within the values", () => {
    const values = [9.8, 10.1, 10.4, 11.9, 10.2];
    const interval = medianInterval(values);
    ok(interval !== undefined);
    ok(interval.low <= 10.2 && 10.2 <= interval.high);
    ok(9.8 <= interval.low && interval.high <= 11.9);
  });

  test("is the same each time", () => {
    deepEqual(medianInterval([1, 2, 3, 4, 5]), medianInterval([1, 2, 3, 4, 5]));
  });

  test("is a point when all repetitions agree, and does not exist for one", () => {
    deepEqual(medianInterval([7, 7, 7]), { low: 7, high: 7 });
    equal(medianInterval([7]), undefined);
  });

  test("reaches infinity when repetitions were lost", () => {
    equal(medianInterval([1, 1, infinity, infinity])?.high, infinity);
  });

  test("covers the truth in about 95 of 100 tries", () => {
    const random = createRandom(1);
    let covered = 0;
    const tries = 60;
    for (let one = 0; one < tries; one += 1) {
      const interval = medianInterval(Array.from({ length: 15 }, () => random.fraction()));
      if (interval !== undefined && interval.low <= 0.5 && 0.5 <= interval.high) covered += 1;
    }
    ok(covered >= 0.85 * tries, `${covered} of ${tries}`);
  });
});

describe("the bootstrap interval of a ratio", () => {
  test("of the mice holds 1: nobody could tell the treatment from the control", () => {
    const interval = ratioInterval(control, treatment);
    ok(interval !== undefined && interval.low < 1 && 94 / 46 < interval.high);
  });

  test("holds the ratio of the medians, and 1 / it the other way round", () => {
    const interval = ratioInterval([10, 11, 10.5, 10.2, 10.8], [21, 20, 22, 21.5, 20.4]);
    ok(interval !== undefined && interval.low < 2 && 2 < interval.high);
    ok(interval.low > 1.8 && interval.high < 2.3);
    const back = ratioInterval([21, 20, 22, 21.5, 20.4], [10, 11, 10.5, 10.2, 10.8]);
    ok(back !== undefined && Math.abs(back.low - 1 / interval.high) < 0.02);
  });

  const edges = [
    ["counts that never vary", [29, 29, 29], [58, 58, 58], { low: 2, high: 2 }],
    ["never against never", [infinity, infinity], [infinity, infinity], { low: 1, high: 1 }],
    ["nothing against nothing", [0, 0], [0, 0], { low: 1, high: 1 }],
    ["some against never", [3, 3], [infinity, infinity], { low: infinity, high: infinity }],
    ["one value", [1], [1, 2], undefined],
  ] as const;
  for (const [of, base, candidate, expected] of edges) {
    test(`of ${of} is ${expected === undefined ? "unknown" : `${expected.low} to ${expected.high}`}`, () => {
      deepEqual(ratioInterval(base, candidate), expected);
    });
  }

  test("is the same each time, and costs no more for long samples", () => {
    const long = Array.from({ length: 100_000 }, (_, index) => 1 + (index % 7));
    deepEqual(ratioInterval(long, long), { low: 1, high: 1 });
    equal(ratioOf(4, 6), 1.5);
  });
});
