import { equal } from "node:assert/strict";
import { join } from "node:path";
import { test } from "vitest";
import { cellsOf } from "../experiment.ts";
import { readPublished } from "./published.ts";

const published = readPublished(join(import.meta.dirname, "..", "data", "seed-004-times.csv"));

const besides = (n: number, fault: string) => {
  const [cell] = cellsOf([{ title: undefined, choice: { n: [n], fault: [fault] } }], {});
  return cell === undefined ? "no cell" : published?.besides(cell);
};

const rows = [
  [4, "offline@1", "seed 004 README: 28.3 ms"],
  [31, "malicious@10", "seed 004 README: 14,368 ms"],
  [91, "offline@30", "seed 004 README: 171,479 ms"],
  [91, "malicious@30", "seed 004 README: died: Too many open files"],
  [4, "malicious@2", undefined],
  [7, "malicious@1", undefined],
  [4, "none", undefined],
  [4, "delay@1", undefined],
] as const;

for (const [n, fault, expected] of rows) {
  test(`for n = ${n} with ${fault} ${expected ?? "nothing"} was published`, () => {
    equal(besides(n, fault), expected);
  });
}

test("a folder without published times has none", () => {
  equal(readPublished("nowhere.csv"), undefined);
});
