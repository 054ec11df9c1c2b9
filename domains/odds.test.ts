import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { chanceOfBadSplit, type DomainSize, hypergeometricTail } from "./odds.ts";

const near = (found: number, expected: number) =>
  ok(Math.abs(found - expected) < 1e-12, `${found} is not ${expected}`);

const domains = (count: number, n: number, f: number): readonly DomainSize[] =>
  Array.from({ length: count }, () => ({ n, f }));

// By hand: 18 nodes in three domains of 6 that tolerate one fault each.
const splits = [
  ["no faulty node", domains(3, 6, 1), 0, 0],
  ["one faulty node", domains(3, 6, 1), 1, 0],
  // Both in different domains: 3 · 6 · 6 of C(18, 2) = 153 pairs.
  ["two faulty nodes", domains(3, 6, 1), 2, 1 - 108 / 153],
  // One in each: 6³ of C(18, 3) = 816.
  ["three faulty nodes", domains(3, 6, 1), 3, 1 - 216 / 816],
  ["four faulty nodes in three domains of one each", domains(3, 6, 1), 4, 1],
  ["domains that tolerate none", domains(6, 3, 0), 1, 1],
  // Domains of 3 and 2 with f = 1, two faulty: 3 · 2 of C(5, 2) = 10.
  ["domains of unequal size", [...domains(1, 3, 1), ...domains(1, 2, 1)], 2, 1 - 6 / 10],
  ["one domain that holds all", domains(1, 18, 5), 5, 0],
] as const;

for (const [what, sizes, faulty, chance] of splits) {
  test(`the chance of a bad split with ${what} is ${chance.toFixed(4)}`, () => {
    near(chanceOfBadSplit(sizes, faulty), chance);
  });
}

test("the tail for one domain is that of drawing without putting back", () => {
  // Of 18 with 3 faulty, 6 are drawn: two faulty C(3,2)·C(15,4) = 4095, three C(15,3) = 455, of 18564.
  near(hypergeometricTail({ nodes: 18, faulty: 3, size: 6 }, 1), (4095 + 455) / 18564);
  equal(hypergeometricTail({ nodes: 18, faulty: 1, size: 6 }, 1), 0);
});

test("with one domain, the exact count and the tail agree", () => {
  // Two domains of 9, of which only the first can be overfull.
  const chance = chanceOfBadSplit(
    [
      { n: 9, f: 2 },
      { n: 9, f: 9 },
    ],
    5,
  );
  near(chance, hypergeometricTail({ nodes: 18, faulty: 5, size: 9 }, 2));
});
