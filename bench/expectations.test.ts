import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "vitest";
import { excuseFor } from "./expectations.ts";
import { cellsOf } from "./experiment.ts";
import { readSuite } from "./suite.ts";

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
  ["paxos", 3, "crash@commander/10ms-"],
  ["paxos", 7, "offline@3"],
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
  ["paxos", 3, "equivocating@commander", /crashes, not lies/],
  ["paxos", 7, "offline@4", /4 faulty, and it tolerates 3/],
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

for (const name of ["default", "scaling", "faults"]) {
  test(`Paxos stands beside PBFT and CCRO in ${name}, held to crashes and to nothing else`, () => {
    const { grids, mustHold } = readSuite(name);
    // A sleeper needs roles that go to whoever behaves well; nobody earns them in Paxos.
    const cells = cellsOf(grids, {}).filter(({ fault }) => !fault.includes("sleeper"));
    const groupsOf = (protocol: string) =>
      new Set(cells.filter((cell) => cell.protocol === protocol).flatMap(({ groups }) => groups));
    for (const protocol of ["pbft", "ccro"]) deepEqual(groupsOf("paxos"), groupsOf(protocol));

    const ofPaxos = cells.filter(({ protocol }) => protocol === "paxos");
    for (const cell of ofPaxos) {
      const isHeld = excuseFor(cell, mustHold) === undefined;
      equal(isHeld, /^(none|offline|crash|delay)/.test(cell.fault), cell.name);
    }
  });
}
