import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createRandom } from "../sim/random.ts";
import { meanOf, medianInterval, medianOf, orderInterval } from "./statistics.ts";

const infinity = Number.POSITIVE_INFINITY;

const medians = [
  ["nothing", [], undefined],
  ["one value", [3], 3],
  ["an odd number", [5, 1, 3], 3],
  ["an even number", [4, 1, 3, 2], 2.5],
  ["numbers, not texts", [10, 9, 100], 10],
  ["less than half lost", [1, 2, infinity], 2],
  ["more than half lost", [1, infinity, infinity], infinity],
  ["half lost", [1, infinity], infinity],
] as const;

for (const [of, values, expected] of medians) {
  test(`the median of ${of} is ${expected}`, () => {
    equal(medianOf(values), expected);
  });
}

test("the mean is infinite when one request never came", () => {
  equal(meanOf([1, 2, 3]), 2);
  equal(meanOf([1, infinity]), infinity);
  equal(meanOf([]), undefined);
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

describe("the order-statistics interval of a median", () => {
  // Ranks from the table of the sign test: n = 10 → 2 and 9, n = 20 → 6 and 15, n = 100 → 40 and 61.
  const ranks = [
    [5, undefined],
    [6, { low: 1, high: 6 }],
    [10, { low: 2, high: 9 }],
    [20, { low: 6, high: 15 }],
    [100, { low: 40, high: 61 }],
  ] as const;
  for (const [count, expected] of ranks) {
    test(`of 1 … ${count} is ${JSON.stringify(expected)}`, () => {
      const values = Array.from({ length: count }, (_, index) => index + 1);
      deepEqual(orderInterval(values), expected);
    });
  }

  test("exists for samples so long that 2^−n is no number", () => {
    const interval = orderInterval(Array.from({ length: 5000 }, (_, index) => index));
    ok(interval !== undefined && interval.low > 2400 && interval.high < 2600);
  });
});
