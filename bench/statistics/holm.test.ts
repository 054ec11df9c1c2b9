import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { holm } from "./holm.ts";

const rounded = (values: readonly (number | undefined)[]) =>
  values.map((p) => (p === undefined ? undefined : Number(p.toFixed(6))));

test("four p-values of Wikipedia's article on the Holm–Bonferroni method: H1 and H4 stay below 5 %", () => {
  deepEqual(rounded(holm([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02]);
});

test("no p-value grows above 1, and what was no test counts as none", () => {
  deepEqual(rounded(holm([0.9, undefined, 0.6])), [1, undefined, 1]);
  equal(holm([0.04])[0], 0.04);
  deepEqual(holm([]), []);
});
