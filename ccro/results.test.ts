import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { hash128 } from "../sim/hash.ts";
import type { Proof } from "./messages.ts";
import { isAmongResults, resultsOf } from "./results.ts";

const outcomesFor = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    client: `c${index}`,
    timestamp: index + 1,
    result: `"${index}"`,
  }));

const proofOf = (results: string): Proof => ({
  epoch: 0,
  height: 1,
  digest: "a",
  results,
  replies: [],
});

describe("the results of a block", () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 64, 100]) {
    test(`of ${count} requests: each outcome has a path to the digest, no other has`, () => {
      const outcomes = outcomesFor(count);
      const { digest, summary, pathOf } = resultsOf(outcomes, "5", hash128);
      for (const [index, outcome] of outcomes.entries()) {
        const evidence = { proof: proofOf(digest), summary, path: pathOf(index) };
        equal(isAmongResults(outcome, evidence, hash128), true);
        equal(isAmongResults({ ...outcome, result: '"x"' }, evidence, hash128), false);
        equal(isAmongResults({ ...outcome, timestamp: 1000 }, evidence, hash128), false);
        equal(isAmongResults({ ...outcome, client: "c1000" }, evidence, hash128), false);
        equal(evidence.path.length <= Math.ceil(Math.log2(count)), true);
      }
    });
  }

  test("are named by their order, their number and the state after them", () => {
    const outcomes = outcomesFor(3);
    const digests = [
      resultsOf(outcomes, undefined, hash128),
      resultsOf(outcomes.toReversed(), undefined, hash128),
      resultsOf(outcomes.slice(1), undefined, hash128),
      resultsOf(outcomes, "1", hash128),
      resultsOf([], undefined, hash128),
      resultsOf([], "1", hash128),
    ].map(({ digest }) => digest);
    equal(new Set(digests).size, digests.length);
  });

  const [first = { client: "c0", timestamp: 1, result: "" }] = outcomesFor(1);
  const { digest, summary, pathOf } = resultsOf(outcomesFor(4), "5", hash128);
  const evidence = { proof: proofOf(digest), summary, path: pathOf(0) };

  const wrong = [
    ["another digest in the proof", { proof: proofOf("b") }],
    ["another state", { summary: { ...summary, state: "6" } }],
    ["no state", { summary: { count: summary.count, root: summary.root } }],
    ["another number", { summary: { ...summary, count: 5 } }],
    ["another root", { summary: { ...summary, root: "b" } }],
    ["a path cut short", { path: evidence.path.slice(1) }],
    [
      "a path with its sides swapped",
      { path: evidence.path.map((step) => ({ ...step, isLeft: !step.isLeft })) },
    ],
  ] as const;

  for (const [what, change] of wrong) {
    test(`are not proven by ${what}`, () => {
      equal(isAmongResults(first, evidence, hash128), true);
      equal(isAmongResults(first, { ...evidence, ...change }, hash128), false);
    });
  }

  test("a pair of leaves cannot pass for a leaf", () => {
    const [left = "", right = ""] = evidence.path.map((step) => step.digest);
    notEqual(hash128(`outcome|${left}|1|${right}`), hash128(`pair|${left}|${right}`));
    deepEqual(pathOf(99), []);
  });
});
