import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../../core/ids.ts";
import type { LogEntry } from "../../core/log.ts";
import type { Cluster, ClusterMember, Outcome } from "../cluster.ts";
import { countReplies } from "./reply-counts.ts";

const voters = ["r0", "r1", "r2", "r3"];

/** A slot in which these nodes voted for the request's value, and these for another. */
const entry = (
  slot: number,
  right: readonly NodeId[],
  wrong: readonly NodeId[] = [],
): LogEntry => ({
  slot,
  view: 0,
  state: "committed",
  values: [{ digest: "d", requests: ["q"] }],
  votes: [
    ...right.map((voter) => ({ phase: "commit", voter, view: 0, digest: "d" })),
    ...wrong.map((voter) => ({ phase: "commit", voter, view: 0, digest: "e" })),
  ],
  voters,
});

/** What a client was told; its slots are timestamps. */
const told = (timestamp: number, right: readonly NodeId[], wrong: readonly NodeId[]): LogEntry => ({
  ...entry(timestamp, []),
  votes: [
    ...right.map((voter) => ({ phase: "reply", voter, view: 0, digest: "good" })),
    ...wrong.map((voter) => ({ phase: "reply", voter, view: 0, digest: "bad" })),
  ],
});

const members: readonly ClusterMember[] = [...voters, "m0"].map((id) => ({
  id,
  role: id === "m0" ? "monitor" : "backup",
  isReplica: id !== "m0",
  url: undefined,
  faults: [],
}));

function counted(
  logs: Readonly<Record<NodeId, readonly LogEntry[]>>,
  outcome: Partial<Outcome> = {},
  { after = 0, checkpoint = 128 } = {},
) {
  const asked: [number, number][] = [];
  const cluster = {
    members,
    clients: ["c0"],
    logs: async (from: number, to: number) => {
      asked.push([from, to]);
      const within = ({ slot }: LogEntry) => slot >= from && slot <= to;
      return new Map(Object.entries(logs).map(([id, kept]) => [id, kept.filter(within)]));
    },
  } as unknown as Cluster;
  const full = { client: "c0", request: "q", slot: 1, timestamp: 1, ...outcome } as Outcome;
  const options = { after, votingPhase: "commit", checkpoint, digestsOf: () => new Set(["good"]) };
  return countReplies(cluster, [full], options).then(([counts]) => ({ counts, asked }));
}

describe("at nodes", () => {
  test("votes for the value of the request are correct, others corrupt, silent voters missing", async () => {
    const { counts } = await counted({ r0: [entry(1, ["r0", "r1"], ["r2"])] });
    deepEqual(counts?.nodes[0]?.tally, { correct: 2, corrupt: 1, missing: 1 });
  });

  test("only replicas are counted, in the order of the cluster", async () => {
    const { counts } = await counted({});
    deepEqual(
      counts?.nodes.map(({ node }) => node),
      voters,
    );
  });

  test("a node that is down is not known; one that is up and heard nothing misses all", async () => {
    const { counts } = await counted({ r0: [entry(1, voters)], r1: [] });
    deepEqual(counts?.nodes[1]?.tally, { correct: 0, corrupt: 0, missing: 4 });
    equal(counts?.nodes[2]?.tally, undefined);
  });

  test("a log that may be collected is not known, rather than empty", async () => {
    const logs = { r0: [entry(128, voters)], r1: [] };
    const { counts } = await counted(logs, { slot: 128 }, { after: 127 });
    equal(counts?.nodes[1]?.tally, undefined);
  });

  test("a request that was never accepted is found by its digest, after the slots before it", async () => {
    const logs = { r0: [entry(4, ["r0", "r1"]), entry(5, ["r0"])] };
    const { counts, asked } = await counted(logs, { slot: undefined }, { after: 4 });
    deepEqual(counts?.nodes[0]?.tally, { correct: 1, corrupt: 0, missing: 3 });
    deepEqual(asked[0], [5, 69]);
  });
});

describe("at the client", () => {
  test("replies with the right result are correct", async () => {
    const { counts } = await counted({ c0: [told(1, ["r0", "r1"], ["r2"])] });
    deepEqual(counts?.client.tally, { correct: 2, corrupt: 1, missing: 1 });
  });

  test("they are found where timestamps are far from slots", async () => {
    const logs = { c0: [told(900, voters, [])] };
    const { counts } = await counted(logs, { timestamp: 900 });
    deepEqual(counts?.client.tally, { correct: 4, corrupt: 0, missing: 0 });
  });

  test("without a log nothing is known", async () => {
    const { counts } = await counted({});
    equal(counts?.client.tally, undefined);
  });
});
