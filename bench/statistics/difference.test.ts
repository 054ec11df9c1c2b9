import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createRandom } from "../../sim/random.ts";
import { differenceOf } from "./difference.ts";

const base = [10, 10.2, 9.9, 10.1, 10.3];
const times = (factor: number) => base.map((value) => value * factor);

const rows = [
  ["twice as long is different", base, times(2), true],
  ["half as long is different", base, times(0.5), true],
  ["3 % longer is not, however sure", [10, 10, 10, 10, 10], times(1.03), false],
  ["longer, and not sure, is not", [10, 20, 15, 12, 18], [19, 14, 21, 16, 11], false],
  ["never is different from ten", base, base.map(() => Number.POSITIVE_INFINITY), true],
  ["the same is not", base, base, false],
  ["nothing is not", base, [], false],
] as const;

for (const [claim, one, other, expected] of rows) {
  test(`a candidate: ${claim}`, () => {
    equal(differenceOf(one, other).isDistinguishable, expected);
  });
}

test("fewer than five repetitions on either side never tell, however far they lie apart", () => {
  for (const few of [[100], [100, 101], [100, 101, 102, 103]]) {
    const { isDistinguishable, hasTooFew } = differenceOf(base, few);
    deepEqual([isDistinguishable, hasTooFew], [false, true]);
  }
  equal(differenceOf(base, times(2)).hasTooFew, false);
});

test("counts that never vary tell with two repetitions, and not with one", () => {
  equal(differenceOf([29, 29], [16, 16]).isDistinguishable, true);
  equal(differenceOf([29, 29], [29, 29]).isDistinguishable, false);
  equal(differenceOf([29], [16]).isDistinguishable, false);
  equal(differenceOf([29, 29], [16, 17]).isDistinguishable, false);
});

describe("over many draws", () => {
  /** Skewed, as latencies are: the exponential of a normal number with this spread. */
  function shareDifferent(repetitions: number, spread: number, factor: number): number {
    const random = createRandom(`${repetitions} ${spread} ${factor}`);
    const normal = () =>
      Array.from({ length: 12 }, () => random.fraction()).reduce((a, b) => a + b) - 6;
    const sample = (scale: number) =>
      Array.from({ length: repetitions }, () => scale * Math.exp(spread * normal()));
    const tries = 300;
    let different = 0;
    for (let one = 0; one < tries; one += 1) {
      if (differenceOf(sample(1), sample(factor)).isDistinguishable) different += 1;
    }
    return different / tries;
  }

  for (const repetitions of [5, 10, 30]) {
    for (const spread of [0.05, 0.3]) {
      test(`${repetitions} repetitions of the same, spread ${spread}, are called different in at most 5 %`, () => {
        const share = shareDifferent(repetitions, spread, 1);
        ok(share <= 0.05, `${100 * share} %`);
      });
    }
  }

  test("a slow-down of 10 % is found by 10 repetitions with a spread of 5 % in at least 80 %", () => {
    const share = shareDifferent(10, 0.05, 1.1);
    ok(share >= 0.8, `${100 * share} %`);
  });
});
