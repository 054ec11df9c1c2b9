import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { tallyOf } from "../core/log.ts";
import { requestDigest } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { Jury } from "../sim/judge.ts";
import { fixedDelay, uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

interface Quiet {
  readonly n: number;
  readonly requests: number;
  readonly clients?: number;
  readonly batch?: number;
  readonly checkpointInterval?: number;
}

/** A run in which nothing fails. */
function quietRun({ n, requests, clients = 1, batch = 1, checkpointInterval = 128 }: Quiet) {
  const sent: Record<string, number> = {};
  const jury = new Jury(pbft.members(n).map(({ id }) => id));
  const simulation = new Simulation<PbftMessage>({
    protocol: pbft,
    n,
    clients,
    seed: n,
    settings: { batch, timeoutMs: 500, checkpointInterval },
    network: uniformDelay(1, 10),
    createService: createEcho,
    keepsDisks: false,
    observer: {
      ...jury.observer<PbftMessage>(),
      sent: (_node, _to, { message: { kind } }) => {
        sent[kind] = (sent[kind] ?? 0) + 1;
      },
    },
  });
  for (let number = 0; number < requests; number += 1) {
    const client = `c${number % clients}`;
    jury.submitted(client, String(number));
    simulation.request(client, String(number));
  }
  simulation.run(100_000);
  const nodes = simulation.members.flatMap((id) => simulation.node(id) ?? []);
  return { simulation, sent, nodes, verdict: jury.verdict() };
}

const times = (counts: Readonly<Record<string, number>>, factor: number) =>
  Object.fromEntries(
    Object.entries(counts)
      .map(([kind, count]) => [kind, count * factor] as const)
      .filter(([, count]) => count > 0),
  );

describe("messages of a round without faults", () => {
  for (const n of [1, 2, 3, 4, 5, 6, 7, 16, 31]) {
    test(`n = ${n}: exactly as the formula says, no time-out, nothing refused`, () => {
      const { sent, nodes, verdict } = quietRun({ n, requests: 3 });
      deepEqual(sent, times(pbft.expectedMessages(n), 3));
      equal(verdict.safety, "ok");
      equal(verdict.liveness, "ok");
      for (const { counters } of nodes) {
        equal(counters.timeOuts, 0);
        deepEqual([...counters.refusedByObjection], []);
      }
    });
  }

  test("n = 4: 2n² − 2n beside the request and the replies", () => {
    const { "pre-prepare": first, prepare, commit } = pbft.expectedMessages(4);
    equal((first ?? 0) + (prepare ?? 0) + (commit ?? 0), 2 * 16 - 8);
  });

  test("many clients at once: the same count for each request, and checkpoints beside them", () => {
    const { sent, verdict } = quietRun({ n: 4, requests: 300, clients: 20 });
    const checkpoints = { checkpoint: 2 * 12 };
    deepEqual(sent, { ...times(pbft.expectedMessages(4), 300), ...checkpoints });
    equal(verdict.safety, "ok");
  });

  test("more in flight than the window holds: late checkpoints cost no time-out and no question", () => {
    const { sent, nodes, verdict } = quietRun({
      n: 7,
      requests: 600,
      clients: 60,
      checkpointInterval: 8,
    });
    equal(sent["fetch"], undefined);
    equal(sent["view-change"], undefined);
    equal(verdict.liveness, "ok");
    for (const { counters } of nodes) equal(counters.timeOuts, 0);
  });

  test("batches share a round when requests come together", () => {
    const { sent, simulation, verdict } = quietRun({ n: 4, requests: 400, clients: 40, batch: 16 });
    const slots = simulation.node("r0")?.machine.status().slot ?? 0;
    equal(sent["pre-prepare"], slots * 3);
    equal(slots <= 400 / 8, true, `${slots} slots`);
    equal(verdict.safety, "ok");
  });
});

describe("the reply counts of a round", () => {
  for (const n of [1, 4, 7]) {
    test(`n = ${n}: every node was told ${n} correct commits, also right at a checkpoint`, () => {
      for (const checkpointInterval of [1, 128]) {
        const { nodes } = quietRun({ n, requests: 1, checkpointInterval });
        const operation = "0";
        const request = requestDigest(
          { kind: "request", operation, timestamp: 1, client: "c0" },
          hash128,
        );
        for (const { machine } of nodes) {
          const [entry] = machine.log(1, 1);
          deepEqual(tallyOf(entry, request, pbft.votingPhase), {
            correct: n,
            corrupt: 0,
            missing: 0,
          });
        }
      }
    });
  }
});

test("a quiet round takes five hops", () => {
  let acceptedAt = 0;
  const simulation = new Simulation<PbftMessage>({
    protocol: pbft,
    n: 4,
    clients: 1,
    seed: 1,
    settings: { batch: 1, timeoutMs: 500, checkpointInterval: 128 },
    network: fixedDelay(10),
    createService: createEcho,
    observer: {
      effect: (_node, effect, now) => {
        if (effect.kind === "accept") acceptedAt = now;
      },
    },
  });
  simulation.request("c0", "1");
  simulation.run(1000);
  equal(acceptedAt, 50);
});
