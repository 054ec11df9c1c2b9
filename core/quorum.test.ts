import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { faultsTolerated, quorumOf, weakQuorumOf } from "./quorum.ts";

const sizes = Array.from({ length: 200 }, (_, index) => index + 1);

describe("for every n from 1 to 200", () => {
  test("any two quorums share f + 1 nodes, so one that does not lie", () => {
    for (const n of sizes) {
      const f = faultsTolerated(n);
      // Two sets of q out of n share at least 2q − n.
      ok(2 * quorumOf(n, f) - n >= f + 1, `n ${n}`);
    }
  });

  test("with one node less they would not", () => {
    for (const n of sizes) {
      const f = faultsTolerated(n);
      ok(2 * (quorumOf(n, f) - 1) - n < f + 1, `n ${n}`);
    }
  });

  test("the n − f nodes that do not fail are a quorum", () => {
    for (const n of sizes) ok(quorumOf(n, faultsTolerated(n)) <= n - faultsTolerated(n), `n ${n}`);
  });

  test("one fault more would be too many", () => {
    for (const n of sizes) {
      const f = faultsTolerated(n) + 1;
      ok(quorumOf(n, f) > n - f, `n ${n}`);
    }
  });

  test("a weak quorum holds one node that does not lie, and is never out of reach", () => {
    for (const n of sizes) {
      const f = faultsTolerated(n);
      ok(weakQuorumOf(f) > f && weakQuorumOf(f) <= n - f, `n ${n}`);
    }
  });
});

test("drawn quorums really share f + 1 nodes", () => {
  const drawn = fc.integer({ min: 1, max: 60 }).chain((n) => {
    const nodes = Array.from({ length: n }, (_, index) => index);
    const size = quorumOf(n, faultsTolerated(n));
    const quorum = fc.shuffledSubarray(nodes, { minLength: size, maxLength: size });
    return fc.record({ n: fc.constant(n), a: quorum, b: quorum });
  });
  fc.assert(
    fc.property(drawn, ({ n, a, b }) => {
      ok(a.filter((node) => b.includes(node)).length >= faultsTolerated(n) + 1);
    }),
  );
});

for (const [n, f, quorum] of [
  [1, 0, 1],
  [2, 0, 2],
  [3, 0, 2],
  [4, 1, 3],
  [5, 1, 4],
  [6, 1, 4],
  [7, 2, 5],
  [12, 3, 8],
  [18, 5, 12],
  [31, 10, 21],
  [91, 30, 61],
  [100, 33, 67],
] as const) {
  test(`n = ${n} tolerates ${f} and needs ${quorum}`, () => {
    equal(faultsTolerated(n), f);
    equal(quorumOf(n, f), quorum);
    if (n === 3 * f + 1) equal(quorum, 2 * f + 1);
  });
}
