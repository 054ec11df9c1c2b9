/** Seeded bugs keep up with the code: each patch fits where it belongs. */

import { equal, notEqual, ok, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { mutants } from "./catalogue.ts";
import { applyEdit } from "./mutant.ts";

test("there are at least twenty, all different", () => {
  const names = new Set(mutants.map(({ name, protocol }) => `${protocol} ${name}`));
  equal(names.size, mutants.length);
  ok(names.size >= 20);
});

for (const { name, protocol, edits } of mutants) {
  test(`${protocol}: "${name}" fits the code`, () => {
    const sources = new Map<string, string>();
    for (const edit of edits) {
      const url = new URL(`../../${edit.file}`, import.meta.url);
      const source = sources.get(edit.file) ?? readFileSync(url, "utf8");
      const changed = applyEdit(source, edit);
      notEqual(changed, source);
      sources.set(edit.file, changed);
    }
  });
}

test("a patch that fits nowhere, or twice, is refused", () => {
  const edit = { file: "a.ts", find: "x", replace: "y" };
  throws(() => applyEdit("abc", edit), /does not hold exactly once/);
  throws(() => applyEdit("x x", edit), /does not hold exactly once/);
  equal(applyEdit("a x b", edit), "a y b");
});
