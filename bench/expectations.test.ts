import { equal, match } from "node:assert/strict";
import { test } from "vitest";
import { excuseFor } from "./expectations.ts";
import { cellsOf } from "./experiment.ts";

const excuse = (protocol: string, n: number, fault: string) => {
  const choice = { protocol: [protocol], n: [n], fault: [fault] };
  const [cell] = cellsOf([{ title: undefined, choice }], {});
  return cell === undefined ? "no cell" : excuseFor(cell, "promised");
};

const held = [
  ["pbft", 4, "none"],
  ["pbft", 4, "malicious@1"],
  ["pbft", 7, "equivocating@commander;offline@1"],
  ["ccro-safe", 6, "equivocating@commander"],
  ["ccro-safe", 6, "forge@communication"],
  ["ccro", 6, "none"],
  ["paxos", 3, "offline@1"],
] as const;

for (const [protocol, n, fault] of held) {
  test(`${protocol} is held to its promise at n = ${n} with ${fault}`, () => {
    equal(excuse(protocol, n, fault), undefined);
  });
}

const excused = [
  ["ccro-safe-without-r1", 6, "equivocating@commander", /taken back/],
  ["pbft", 4, "malicious@2", /2 faulty, and it tolerates 1/],
  ["pbft", 4, "malicious@1;offline@1", /2 faulty/],
  ["ccro-safe", 4, "offline@1", /1 faulty, and it tolerates 0/],
  ["ccro", 6, "equivocating@commander", /published rules/],
  ["ccro-certified", 6, "malicious@1", /f \+ 1/],
  ["paxos", 3, "malicious@1", /crashes, not lies/],
  ["flood", 4, "none", /decides nothing/],
] as const;

for (const [protocol, n, fault, why] of excused) {
  test(`${protocol} is excused at n = ${n} with ${fault}`, () => {
    match(excuse(protocol, n, fault) ?? "", why);
  });
}

test("a suite may hold everybody to everything, or nobody to anything", () => {
  const [cell] = cellsOf([{ title: undefined, choice: { n: [4], fault: ["malicious@2"] } }], {});
  if (cell === undefined) throw new Error("there is a cell");
  equal(excuseFor(cell, "all"), undefined);
  equal(excuseFor({ ...cell, fault: "none" }, "none"), "the suite only shows");
});
