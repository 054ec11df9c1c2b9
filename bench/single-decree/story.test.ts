import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Deployment } from "./deployment.ts";
import type { DecreeEvent } from "./event.ts";
import { isGood } from "./report.ts";
import { Story } from "./story.ts";

const duel: Deployment = {
  counts: { proposers: 2, acceptors: 3, learners: 1 },
  clients: 2,
  wishes: new Map([
    ["c0", { value: 55, proposer: 0 }],
    ["c1", { value: "word", proposer: 1 }],
  ]),
  crashes: [{ node: "r4", before: undefined }],
};

const mark = (node: string, name: string, detail?: string): DecreeEvent => ({
  kind: "mark",
  node,
  atMs: 1,
  mark: { name, view: 1000, slot: 1, ...(detail === undefined ? {} : { detail }) },
});

const accept = (node: string, result: string): DecreeEvent => ({
  kind: "accept",
  node,
  atMs: 2,
  acceptance: { timestamp: 1, operation: "1", result, view: 1000, slot: 1, from: ["r5"] },
});

function told(...events: readonly DecreeEvent[]): Story {
  const story = new Story(duel);
  for (const event of events) story.note(event);
  return story;
}

test("a story is complete when every client was told, whatever it wanted", () => {
  const first = told(accept("c0", "55"));
  deepEqual([first.isComplete, isGood(first), first.unanswered], [false, false, ["c1"]]);
  const both = told(accept("c0", "55"), accept("c1", "55"), mark("r5", "value learned", "55"));
  deepEqual([both.isComplete, isGood(both), both.problem], [true, true, undefined]);
});

test("who is never there counts as crashed from the start", () => {
  deepEqual(told({ kind: "crash", node: "r2", atMs: 1 }).crashed, new Set(["r4", "r2"]));
});

test("the leader is who says so of itself; others only hear of it", () => {
  equal(told(mark("r0", "leader elected", "r5")).leader, undefined);
  equal(told(mark("r5", "leader elected", "r5")).leader?.node, "r5");
});

describe("two values, or one that nobody wanted, are a violation", () => {
  for (const [events, violation] of [
    [[accept("c0", "55"), accept("c1", '"word"')], '2 values are chosen: 55, "word"'],
    [
      [accept("c0", "55"), accept("c1", "55"), mark("r5", "value learned", '"word"')],
      '2 values are chosen: 55, "word"',
    ],
    [[mark("r0", "chosen", "55"), mark("r1", "chosen", "7")], "2 values are chosen: 55, 7"],
    [[accept("c0", "7"), accept("c1", "7")], "7 is chosen, and nobody asked for it"],
  ] as const) {
    test(violation, () => {
      const story = told(...events);
      deepEqual([story.violation, isGood(story)], [violation, false]);
    });
  }
});

describe("why a client was told nothing", () => {
  const leader = mark("r5", "leader elected", "r5");
  const proposal = mark("r0", "proposal");
  const shortage = mark("r0", "no majority", "1 of 3 acceptors promised, 2 must");
  for (const [problem, events] of [
    ["no value is chosen: no leader was elected", []],
    ["no value is chosen: no proposer was asked in time", [leader]],
    ["no value is chosen: the proposers got no answer in time", [leader, proposal]],
    ["no value is chosen: 1 of 3 acceptors promised, 2 must", [leader, proposal, shortage]],
    [
      "a value is chosen, but not every client was told in time",
      [leader, proposal, shortage, mark("r5", "value learned", "55")],
    ],
  ] as const) {
    test(problem, () => {
      equal(told(...events).problem, problem);
    });
  }
});
