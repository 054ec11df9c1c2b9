import { doesNotMatch, equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import { fixedDelay } from "../../sim/network.ts";
import { protocolNamed } from "../protocols.ts";
import { play, type SetReport } from "./play.ts";
import { closingLine, printSet, ruleText } from "./report.ts";
import type { ScenarioSet } from "./scenario.ts";

const names = { letter: "n", highest: 4 };

const set: ScenarioSet = {
  number: 3,
  line: 2,
  steps: [{ kind: "transfer", from: "A", to: "B", amount: 4, text: "(A, B, 4)", line: 2 }],
  live: undefined,
  byzantine: ["r3"],
  attacks: [],
};

function reported(): SetReport {
  const [report] = [
    ...play([set], {
      protocol: protocolNamed("pbft"),
      n: 4,
      highestInFile: 4,
      seed: 1,
      settings: { batch: 1, timeoutMs: 500, checkpointInterval: 10 },
      network: fixedDelay(1),
      patienceMs: 10_000,
      keepsState: false,
      isParallel: false,
    }),
  ];
  ok(report !== undefined);
  return report;
}

/** The report as if some replica had come out otherwise. */
const changed = (id: string, change: Partial<SetReport["replicas"][number]>): SetReport => {
  const report = reported();
  const replicas = report.replicas.map((each) => (each.id === id ? { ...each, ...change } : each));
  return { ...report, replicas };
};

test("a correct node that lags is named, with how far it is", () => {
  match(
    printSet(changed("r2", { agrees: false, slot: 0 }), names),
    /at 2 of 3 correct live nodes: n1, n2; not at n3 \(up to sequence 0\); also at faulty n4\n/,
  );
});

test("a faulty node that holds something else is no correct node that lags", () => {
  const text = printSet(changed("r3", { agrees: false }), names);
  match(text, /at 3 of 3 correct live nodes: n1–n3\n/);
  doesNotMatch(text, /also at faulty|not at/);
});

test("replies that differ from what was accepted are counted apart", () => {
  const report = reported();
  const transactions = report.transactions.map((each) => ({
    ...each,
    replies: { total: 4, matching: 3 },
  }));
  match(printSet({ ...report, transactions }, names), /│ 3 of 4 │/);
});

test("an attack without a word for it is told as what it is", () => {
  match(printSet(reported(), names), /Byzantine n4: no votes\n/);
  match(printSet(reported(), names), /Attack: no votes by n4, at work on \d+ messages\n/);
});

test("complaints stand at the end of a set, and its number in the last line", () => {
  const bad = { ...reported(), complaints: ["safety is violated", "worse"] };
  match(printSet(bad, names), /\nNOT as it should be: safety is violated; worse$/);
  equal(closingLine([reported(), bad]), "2 sets: 1 not as they should be (3).");
  equal(closingLine([reported()]), "1 set: all as they should be.");
});

test("the rule says how many faults there are and what follows", () => {
  const expectation = { faults: 3, tolerated: 2, excuse: undefined };
  equal(
    ruleText({ ...expectation, commits: "none" }),
    "3 faulty or down, 2 tolerated: nothing may commit",
  );
  equal(
    ruleText({ ...expectation, commits: "open" }),
    "3 faulty or down, 2 tolerated: nothing is promised",
  );
  equal(
    ruleText({ ...expectation, commits: "all", excuse: "it decides nothing" }),
    "3 faulty or down, 2 tolerated; not held to it: it decides nothing",
  );
});
