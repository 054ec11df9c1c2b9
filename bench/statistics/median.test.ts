import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { meanOf, medianOf, orderInterval } from "./median.ts";

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
