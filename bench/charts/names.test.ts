import { equal } from "node:assert/strict";
import { test } from "vitest";
import { shortList } from "./names.ts";

const rows = [
  [["r0", "r1", "r2", "r3"], "r0–r3"],
  [["r5", "r0", "r2", "r1"], "r0–r2, r5"],
  [["r10", "r9", "r11"], "r9–r11"],
  [["r1", "s2"], "r1, s2"],
  [["r4"], "r4"],
  [[], ""],
] as const;

for (const [names, short] of rows) {
  test(`${names.join(" ")} is ${short}`, () => equal(shortList(names), short));
}
