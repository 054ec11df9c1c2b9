import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { LieTools } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import { tallyOf } from "../core/log.ts";
import { requestDigest } from "../core/messages.ts";
import { faultsOf } from "../faults/chain.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { Jury } from "../sim/judge.ts";
import { uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { paxos } from "./index.ts";
import { lies } from "./lies.ts";
import { digestOfValue, type PaxosMessage } from "./messages.ts";

interface Run {
  readonly n: number;
  readonly mode: string;
  readonly liar: NodeId;
  readonly seed?: number;
  readonly requests?: number;
}

function run({ n, mode, liar, seed = 1, requests = 3 }: Run) {
  const jury = new Jury(
    paxos
      .members(n)
      .map(({ id }) => id)
      .filter((id) => id !== liar),
  );
  const placed = [{ mode, args: [], nodes: [liar], fromMs: 0, untilMs: Infinity }];
  const simulation = new Simulation<PaxosMessage>({
    protocol: paxos,
    n,
    clients: 2,
    seed,
    settings: { batch: 1, timeoutMs: 200, checkpointInterval: 4 },
    network: uniformDelay(1, 10),
    createService: createEcho,
    faults: new Map([[liar, faultsOf<PaxosMessage>(placed, liar)]]),
    observer: jury.observer(),
  });
  for (let count = 0; count < requests; count += 1) {
    for (const client of simulation.clients) {
      const operation = `"${client} ${count}"`;
      jury.submitted(client, operation);
      simulation.request(client, operation);
    }
  }
  simulation.run(30_000);
  return { simulation, verdict: jury.verdict(simulation.witnesses()) };
}

describe("a lying acceptor", () => {
  test("is outvoted: its vote counts as corrupt at the leader, and no backup sees it", () => {
    const { simulation, verdict } = run({ n: 5, mode: "malicious", liar: "r3", requests: 1 });
    equal(verdict.safety, "ok");
    const request = { kind: "request", operation: '"c0 0"', timestamp: 1, client: "c0" } as const;
    const digest = requestDigest(request, hash128);
    const tallies = simulation.members.map((id) => {
      const entries = simulation.node(id)?.machine.log(1, 9) ?? [];
      const entry = entries.find(({ values }) =>
        values.some(({ requests }) => requests.includes(digest)),
      );
      return tallyOf(entry, digest, paxos.votingPhase);
    });
    const own = { correct: 2, corrupt: 0, missing: 0 };
    deepEqual(tallies, [{ correct: 4, corrupt: 1, missing: 0 }, own, own, own, own]);
  });
});

test("lies about agreement show: an equivocating leader makes replicas execute different values", () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const verdicts = seeds.map(
    (seed) => run({ n: 5, mode: "equivocating", liar: "r0", seed }).verdict,
  );
  ok(verdicts.some(({ violations }) => violations.some(({ judge }) => judge === "agreement")));
});

describe("whoever lies in whatever way, the others do not fall over", () => {
  for (const mode of ["malicious", "equivocating", "forge", "spam-view-change", "replay"]) {
    for (const liar of ["r0", "r2"]) {
      test(`${liar} is ${mode}`, () => {
        for (let seed = 0; seed < 10; seed += 1) {
          const { simulation } = run({ n: 3, mode, liar, seed });
          ok(simulation.now > 0);
        }
      });
    }
  }
});

describe("a lie", () => {
  const noOp = digestOfValue([], hash128);
  const tools: LieTools<PaxosMessage> = {
    self: "r1",
    digest: hash128,
    seal: (message) => ({ from: "r1", message, signature: "" }),
    requests: [],
  };
  const signed = {
    from: "c0",
    message: { kind: "request", operation: "1", timestamp: 1, client: "c0" },
    signature: "",
  } as const;
  const value = { slot: 1, ballot: 0, digest: "ab", requests: [signed] };
  const nothing = { slot: 1, ballot: 0, digest: noOp, requests: [] };

  for (const [message, lie] of [
    [
      { kind: "accept", ...value },
      { kind: "accept", ...nothing },
    ],
    [{ kind: "accept", ...nothing }, undefined],
    [
      { kind: "accepted", ballot: 0, slot: 1, digest: "ab" },
      { kind: "accepted", ballot: 0, slot: 1, digest: noOp },
    ],
    [{ kind: "chosen", ballot: 0, slot: 1, digest: noOp }, undefined],
    [
      { kind: "promise", ballot: 1, executed: 0, accepted: [value] },
      { kind: "promise", ballot: 1, executed: 0, accepted: [nothing] },
    ],
    [{ kind: "promise", ballot: 1, executed: 0, accepted: [] }, undefined],
    [
      { kind: "values", ballot: 0, executed: 1, values: [value] },
      { kind: "values", ballot: 0, executed: 1, values: [nothing] },
    ],
    [
      { kind: "snapshot", ballot: 0, slot: 1, snapshot: "x" },
      { kind: "snapshot", ballot: 0, slot: 1, snapshot: '"Corrupt"' },
    ],
    [{ kind: "prepare", ballot: 1 }, undefined],
  ] as const) {
    test(`about ${JSON.stringify(message).slice(0, 60)} is ${JSON.stringify(lie)?.slice(0, 60)}`, () => {
      deepEqual(lies.corrupt(message, tools), lie);
      deepEqual(lies.equivocate(message, tools), lie);
    });
  }

  test("in a promise outweighs what others accepted", () => {
    const promise = { kind: "promise", ballot: 1001, executed: 3, accepted: [] } as const;
    deepEqual(lies.forge(promise, tools), {
      ...promise,
      accepted: [{ slot: 4, ballot: 1000, digest: noOp, requests: [] }],
    });
    equal(lies.forge({ kind: "prepare", ballot: 1 }, tools), undefined);
  });

  test("asks for a ballot of its own that nobody needs", () => {
    deepEqual(lies.spam(2002, tools), { kind: "prepare", ballot: 3001 });
  });
});
