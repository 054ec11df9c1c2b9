import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { cliffsDelta, mannWhitney } from "./ranks.ts";

const close = (found: number | undefined, published: number, digits: number) =>
  equal(found?.toFixed(digits), published.toFixed(digits));

/** Ozone in New York, May and August 1973: R's `airquality`, in its help of `wilcox.test`. */
const may = [
  41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115,
  37,
];
const august = [
  39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118,
  84, 85,
];

describe("Mann–Whitney", () => {
  test("U of the tortoises and hares of Wikipedia's article is 11 and 25", () => {
    // T H H H H H T T T T T H, in the order of arrival.
    const tortoises = [1, 7, 8, 9, 10, 11];
    const hares = [2, 3, 4, 5, 6, 12];
    deepEqual([mannWhitney(tortoises, hares)?.u, mannWhitney(hares, tortoises)?.u], [11, 25]);
  });

  test("ages at diagnosis, SciPy's documentation of mannwhitneyu: U = 17, exact p = 0.1111", () => {
    const males = [19, 22, 16, 29, 24];
    const females = [20, 11, 17, 12];
    equal(mannWhitney(females, males)?.u, 17);
    close(mannWhitney(females, males)?.p, 0.1111111111111111, 12);
  });

  test("permeability, Hollander & Wolfe (1973), page 69, in R's help: U = 35, one-sided p = 0.1272", () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    const found = mannWhitney(early, atTerm);
    equal(found?.u, 35);
    close((found?.p ?? 0) / 2, 0.1272, 4);
  });

  test("ozone in May and August has ties, and is as in R's help: U = 127.5, p = 0.0001208", () => {
    const found = mannWhitney(august, may);
    equal(found?.u, 127.5);
    close(found?.p, 0.0001208, 7);
  });

  test("few values with ties are counted exactly", () => {
    // Of the 10 ways to choose 2 of the ranks 1, 2.5, 2.5, 4, 5 one is as far from the middle as {4, 5},
    // and all but {1, 5} as far as {2.5, 4}.
    close(mannWhitney([1, 2, 2], [3, 4])?.p, 0.1, 12);
    close(mannWhitney([1, 2, 4], [2, 3])?.p, 0.9, 12);
    equal(mannWhitney([7, 7, 7], [7, 7])?.p, 1);
  });

  test("never is larger than anything, and equal to never", () => {
    const never = Number.POSITIVE_INFINITY;
    equal(mannWhitney([1, 2, 3], [never, never])?.u, 6);
    equal(mannWhitney([never, never], [never])?.u, 1);
  });

  test("of nothing is undefined", () => {
    equal(mannWhitney([], [1]), undefined);
    equal(cliffsDelta([1], []), undefined);
  });
});

describe("Cliff's delta", () => {
  test("of Hogarty & Kromrey's (1999) example, in R's effsize, is −0.25", () => {
    const treatment = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50];
    const control = [10, 20, 30, 40, 40, 50];
    equal(cliffsDelta(control, treatment), -0.25);
  });

  test("is 1 when everything is above, −1 below, 0 for equals", () => {
    deepEqual(
      [cliffsDelta([1, 2], [3, 4]), cliffsDelta([3, 4], [1, 2]), cliffsDelta([5, 5], [5])],
      [1, -1, 0],
    );
  });
});
