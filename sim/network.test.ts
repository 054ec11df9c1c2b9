import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import {
  duplicating,
  fixedDelay,
  lossy,
  matrixDelay,
  type Network,
  normalDelay,
  partitioned,
  uniformDelay,
} from "./network.ts";
import { createRandom } from "./random.ts";

const passes = (network: Network, count: number, seed = 1): readonly (readonly number[])[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () =>
    network({ from: "r0", to: "r1", kind: "prepare", view: 0, now: 0, random }),
  );
};

const passage = (from: string, to: string, now = 0) => ({
  from,
  to,
  kind: "prepare",
  view: 0,
  now,
  random: createRandom(1),
});

describe("delays", () => {
  test("a fixed delay is fixed", () => {
    deepEqual(passes(fixedDelay(3), 3), [[3], [3], [3]]);
  });

  test("uniform delays stay between their bounds and fill them", () => {
    const delays = passes(uniformDelay(2, 4), 10_000).flat();
    ok(delays.every((delay) => delay >= 2 && delay <= 4));
    ok(Math.min(...delays) < 2.01 && Math.max(...delays) > 3.99);
  });

  test("normal delays have their mean and deviation, and never go below the least", () => {
    const delays = passes(normalDelay({ meanMs: 10, deviationMs: 2, leastMs: 4 }), 20_000).flat();
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    const variance = delays.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / delays.length;
    ok(Math.abs(mean - 10) < 0.1, `mean ${mean}`);
    ok(Math.abs(Math.sqrt(variance) - 2) < 0.1, `deviation ${Math.sqrt(variance)}`);
    ok(delays.every((delay) => delay >= 4));
  });

  test("a matrix gives each pair of places its own delay, half the round trip", () => {
    const network = matrixDelay({
      roundTripMs: [
        [2, 100],
        [80, 4],
      ],
      placeOf: (node) => (node === "r1" ? 1 : 0),
      jitter: 0,
    });
    deepEqual(network(passage("r0", "r0")), [1]);
    deepEqual(network(passage("r0", "r1")), [50]);
    deepEqual(network(passage("r1", "c0")), [40]);
    deepEqual(network(passage("r1", "r1")), [2]);
  });

  test("jitter adds at most its share", () => {
    const network = matrixDelay({ roundTripMs: [[100]], placeOf: () => 0, jitter: 0.1 });
    const delays = passes(network, 1000).flat();
    ok(Math.min(...delays) >= 50 && Math.max(...delays) <= 55 && Math.max(...delays) > 54);
  });
});

describe("loss and duplication", () => {
  for (const [probability, low, high] of [
    [0, 0, 0],
    [0.1, 900, 1100],
    [1, 10_000, 10_000],
  ] as const) {
    test(`a loss of ${probability} loses so many`, () => {
      const lost = passes(lossy(probability, fixedDelay(1)), 10_000).filter(
        ({ length }) => length === 0,
      ).length;
      ok(lost >= low && lost <= high, `${lost}`);
    });

    test(`a duplication of ${probability} doubles so many`, () => {
      const doubled = passes(duplicating(probability, fixedDelay(1)), 10_000).filter(
        ({ length }) => length === 2,
      ).length;
      ok(doubled >= low && doubled <= high, `${doubled}`);
    });
  }

  test("equal seeds, equal fates", () => {
    const network = lossy(0.3, duplicating(0.3, uniformDelay(1, 9)));
    deepEqual(passes(network, 100, 7), passes(network, 100, 7));
    equal(
      JSON.stringify(passes(network, 100, 7)) === JSON.stringify(passes(network, 100, 8)),
      false,
    );
  });
});

const cuts = [
  ["inside of a group", "r0", "r1", 15, true],
  ["between groups", "r0", "r2", 15, false],
  ["back between groups", "r2", "r0", 15, false],
  ["from somebody in no group", "c0", "r2", 15, true],
  ["to somebody in no group", "r2", "c0", 15, true],
  ["before it begins", "r0", "r2", 9.9, true],
  ["when it begins", "r0", "r2", 10, false],
  ["when it ends", "r0", "r2", 20, true],
  ["in the second one", "r0", "r1", 35, false],
] as const;

describe("partitions", () => {
  const network = partitioned(
    [
      { fromMs: 10, untilMs: 20, groups: [["r0", "r1"], ["r2"]] },
      { fromMs: 30, untilMs: 40, groups: [["r0"], ["r1", "r2"]] },
    ],
    fixedDelay(1),
  );
  for (const [claim, from, to, now, passesThrough] of cuts) {
    test(`${claim} a message ${passesThrough ? "passes" : "is cut"}`, () => {
      equal(network(passage(from, to, now)).length, passesThrough ? 1 : 0);
    });
  }
});
