import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import {
  indicesOf,
  initialTrust,
  responseStep,
  responseSteps,
  thresholds,
  trustAfter,
  trustAfterFailure,
  trustRange,
  trustReadings,
} from "./trust.ts";

fc.configureGlobal({ seed: 20261121 });

const deeds = { rounds: 10, up: 10, participated: 10, completed: 10 };

describe("the indices", () => {
  // By hand: √0.81 = 0.9, e^((10 − 8)/8) = e^0.25 = 1.284025, e^((4 − 8)/8) = e^−0.5 = 0.606531.
  const rows = [
    ["of a node that did all that was asked", deeds, 10, [1, 1, 1]],
    ["of a node that was away for 19 of 100", { ...deeds, rounds: 100, up: 81 }, 10, [0.9, 1, 1]],
    ["of a node with more rounds than others", deeds, 8, [1, 1.284025, 1]],
    [
      "of a node with fewer, all failed",
      { ...deeds, participated: 4, completed: 0 },
      8,
      [1, 0.606531, 0],
    ],
    [
      "of a node that completes 2 of 3",
      { ...deeds, participated: 3, completed: 2 },
      3,
      [1, 1, 0.666667],
    ],
    ["of a node far ahead of all others", deeds, 0.1, [1, 22026.465795, 1]],
    ["of a node that was never there", { ...deeds, up: 0, completed: 0 }, 10, [0, 1, 0]],
    [
      "before anything was asked",
      { rounds: 0, up: 0, participated: 0, completed: 0 },
      0,
      [1, 1, 1],
    ],
  ] as const;
  for (const [what, done, mean, expected] of rows) {
    test(`${what} are ${expected.join(", ")}`, () => {
      const { uptime, participation, completion } = indicesOf(done, mean);
      deepEqual([uptime, participation, completion], expected);
    });
  }
});

describe("trust after a round, by hand", () => {
  const perfect = { uptime: 1, participation: 1, completion: 1 };
  const rows = [
    // 1·5 + (0.4 + 0.2 + 0.4)/3 + 1.2
    ["printed", 5, perfect, 1.2, 6.533333],
    // R_last cancels out: the same from 9.
    ["printed", 9, perfect, 1.2, 6.533333],
    ["printed", 5, perfect, 0, 5.333333],
    ["printed", 5, perfect, -1.2, 4.133333],
    // 0.9·5 + (0.36 + 0.2 + 0.2)/(0.9 + 1 + 0.5) = 4.5 + 0.76/2.4
    ["printed", 5, { uptime: 0.9, participation: 1, completion: 0.5 }, 0, 4.816667],
    // 0·5 + 0.2/1 − 1.2 = −1
    ["printed", 5, { uptime: 0, participation: 1, completion: 0 }, -1.2, 1],
    // 1·5 + 1 + 1.2
    ["cumulative", 5, perfect, 1.2, 7.2],
    ["cumulative", 5, perfect, 0, 6],
    ["cumulative", 5, perfect, -1.2, 4.8],
    // 10 + 1 + 1.2, kept within the range
    ["cumulative", 10, perfect, 1.2, 10],
    // 0.9·5 + (0.36 + 0.2 + 0.2)
    ["cumulative", 5, { uptime: 0.9, participation: 1, completion: 0.5 }, 0, 5.26],
    // Present, asked, and never of use: 5 + 0.4 + 0.2 − 1.2, then 4.4 + 0.6 − 1.2.
    ["cumulative", 5, { uptime: 1, participation: 1, completion: 0 }, -1.2, 4.4],
    ["cumulative", 4.4, { uptime: 1, participation: 1, completion: 0 }, -1.2, 3.8],
    ["cumulative", 5, { uptime: 0, participation: 1, completion: 0 }, -1.2, 1],
  ] as const;
  for (const [reading, last, indices, step, expected] of rows) {
    const parts = Object.values(indices).join(", ");
    test(`${reading}: ${last} with ${parts} and ${step} becomes ${expected}`, () => {
      equal(trustAfter(reading, last, indices, step), expected);
    });
  }

  test("climbs under the cumulative reading to communication node and primary in a few rounds", () => {
    const climb = (step: number) => {
      const seen: number[] = [initialTrust];
      while (seen.length < 6) seen.push(trustAfter("cumulative", seen.at(-1) ?? 0, perfect, step));
      return seen;
    };
    deepEqual(climb(0), [5, 6, 7, 8, 9, 10]);
    deepEqual(climb(1.2), [5, 7.2, 9.4, 10, 10, 10]);
  });

  test("falls below normal with a failure, and further with each", () => {
    deepEqual([10, 5, 4, 2.8, 1.6, 1].map(trustAfterFailure), [2.8, 2.8, 2.8, 1.6, 1, 1]);
  });
});

const someDeeds = fc
  .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))
  .map(([rounds, away, idle, failed]) => {
    const participated = Math.max(0, rounds - idle);
    const completed = Math.max(0, participated - failed);
    return { rounds, up: Math.max(0, rounds - away), participated, completed };
  });
const someTrust = fc.double({ min: trustRange.lowest, max: trustRange.highest, noNaN: true });
const someStep = fc.constantFrom(-responseStep, 0, responseStep);

describe("whatever a node did", () => {
  test("the printed formula never passes 6.6, so its own thresholds 8 and 9 are out of reach", () => {
    let highest = 0;
    fc.assert(
      fc.property(someDeeds, fc.nat(1000), someTrust, someStep, (done, mean, last, step) => {
        const trust = trustAfter("printed", last, indicesOf(done, mean), step);
        ok(trust <= 6.6, `${trust}`);
        highest = Math.max(highest, trust);
      }),
      { numRuns: 2_000 },
    );
    // The bound is not idle: some come near.
    ok(highest > 6.5, `${highest}`);
    ok(6.6 < thresholds.communication && thresholds.communication < thresholds.primary);
  });

  for (const reading of trustReadings) {
    test(`${reading} trust stays from 1 to 10, and has six decimals at most`, () => {
      fc.assert(
        fc.property(someDeeds, fc.nat(1000), someTrust, someStep, (done, mean, last, step) => {
          const trust = trustAfter(reading, last, indicesOf(done, mean), step);
          ok(trust >= trustRange.lowest && trust <= trustRange.highest, `${trust}`);
          equal(Number(trust.toFixed(6)), trust);
        }),
      );
    });
  }
});

describe("response times", () => {
  const steps = (times: readonly (number | undefined)[]) => [
    ...responseSteps(new Map(times.map((time, index) => [`r${index}`, time]))).values(),
  ];
  const rows = [
    ["one of five is fastest, one slowest", [30, 10, 20, 50, 40], [0, 1.2, 0, -1.2, 0]],
    ["of four, one is", [1, 2, 3, 4], [1.2, 0, 0, -1.2]],
    ["of two, one each", [2, 1], [-1.2, 1.2]],
    ["one alone is neither", [7], [0]],
    ["two of ten are", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1.2, 1.2, 0, 0, 0, 0, 0, 0, -1.2, -1.2]],
    ["of nine, one is", [1, 2, 3, 4, 5, 6, 7, 8, 9], [1.2, 0, 0, 0, 0, 0, 0, 0, -1.2]],
    ["equals are treated alike", [5, 5, 5, 5], [0, 0, 0, 0]],
    ["a tie at the border is inside for nobody", [1, 1, 2, 3, 3], [0, 0, 0, 0, 0]],
    ["no answer is slowest, and nobody else then", [1, 2, undefined, 4], [1.2, 0, -1.2, 0]],
    ["so is each that gives none", [undefined, 2, undefined, 4, 3], [-1.2, 1.2, -1.2, 0, 0]],
    ["nobody answers", [undefined, undefined], [-1.2, -1.2]],
    ["one alone without an answer is slowest", [undefined], [-1.2]],
  ] as const;
  for (const [what, times, expected] of rows) {
    test(what, () => {
      deepEqual(steps(times), expected);
    });
  }
});
