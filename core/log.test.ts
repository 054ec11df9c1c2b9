import { deepEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { type LogEntry, tallyOf } from "./log.ts";

const vote = (voter: string, digest: string, change = {}) => ({
  phase: "commit",
  voter,
  view: 0,
  digest,
  ...change,
});

/** Request q is in value d, at a node of four. */
const entry: LogEntry = {
  slot: 1,
  view: 0,
  state: "executed",
  values: [{ digest: "d", requests: ["p", "q"] }],
  votes: ["r0", "r1", "r2", "r3"].map((voter) => vote(voter, "d")),
  voters: ["r0", "r1", "r2", "r3"],
};

const rows: readonly (readonly [string, LogEntry | undefined, readonly number[]])[] = [
  ["all votes for the request's value", entry, [4, 0, 0]],
  [
    "a vote for another value is corrupt",
    { ...entry, votes: [...entry.votes.slice(1), vote("r0", "x")] },
    [3, 1, 0],
  ],
  ["a voter that sent none is missing", { ...entry, votes: entry.votes.slice(1) }, [3, 0, 1]],
  [
    "votes of other phases do not count",
    { ...entry, votes: entry.votes.map((one) => ({ ...one, phase: "prepare" })) },
    [0, 0, 4],
  ],
  [
    "votes of older views do not count",
    { ...entry, view: 1, votes: [...entry.votes, vote("r1", "d", { view: 1 })] },
    [1, 0, 3],
  ],
  [
    "a value without the request makes its votes corrupt",
    { ...entry, values: [{ digest: "d", requests: ["p"] }] },
    [0, 4, 0],
  ],
  [
    "both of two values that hold the request are right",
    {
      ...entry,
      values: [...entry.values, { digest: "e", requests: ["q"] }],
      votes: [vote("r0", "d"), vote("r1", "e"), vote("r2", "x")],
    },
    [2, 1, 1],
  ],
  [
    "a vote of somebody whose vote was not due counts, and replaces nobody",
    { ...entry, votes: [vote("r9", "d")] },
    [1, 0, 4],
  ],
  ["nothing proposed, nothing voted", { ...entry, values: [], votes: [] }, [0, 0, 4]],
  ["no entry", undefined, [0, 0, 0]],
];

describe("a tally", () => {
  for (const [claim, logged, [correct, corrupt, missing]] of rows) {
    test(claim, () => {
      deepEqual(tallyOf(logged, "q", "commit"), { correct, corrupt, missing });
    });
  }
});
