import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { tallyOf } from "../core/log.ts";
import { requestDigest } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { Jury } from "../sim/judge.ts";
import { uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { ccro, ccroCertified, ccroSafe } from "./index.ts";
import type { CcroMessage } from "./messages.ts";

const protocols = [ccro, ccroCertified, ccroSafe];

interface Run {
  readonly n: number;
  readonly requests: number;
  readonly clients?: number;
  readonly batch?: number;
}

/** A run without faults, to its very end. */
function runQuietly(
  protocol: (typeof protocols)[number],
  { n, requests, clients = 1, batch = 1 }: Run,
) {
  const replicas = protocol.members(n).filter(({ isReplica }) => isReplica);
  const jury = new Jury(replicas.map(({ id }) => id));
  const sent: Record<string, number> = {};
  const refused: string[] = [];
  const observer = jury.observer<CcroMessage>();
  let timeOuts = 0;
  const simulation = new Simulation<CcroMessage>({
    protocol,
    n,
    clients,
    seed: n,
    settings: { batch, timeoutMs: 500, checkpointInterval: 4 },
    network: uniformDelay(1, 10),
    createService: createEcho,
    observer: {
      sent: (_node, _to, { message: { kind } }) => {
        sent[kind] = (sent[kind] ?? 0) + 1;
      },
      stepped: (node, input, effects, now) => {
        if (input.kind === "time-out") timeOuts += 1;
        observer.stepped?.(node, input, effects, now);
      },
      effect: (node, effect, now) => {
        if (effect.kind === "reject") refused.push(`${node} ${effect.objection}`);
        observer.effect?.(node, effect, now);
      },
    },
  });
  for (let index = 0; index < requests; index += 1) {
    const client = `c${index % clients}`;
    jury.submitted(client, `${index}`);
    simulation.request(client, `${index}`);
  }
  simulation.run(Number.POSITIVE_INFINITY);
  return { simulation, sent, refused, timeOuts, verdict: jury.verdict() };
}

describe("a quiet run", () => {
  for (const protocol of protocols) {
    for (const n of [3, 4, 6, 7, 16, 31]) {
      test(`of ${protocol.name} at n = ${n} costs 6n − 10 messages a request, and comes to rest`, () => {
        const { sent, refused, timeOuts, verdict } = runQuietly(protocol, { n, requests: 6 });
        const expected = protocol.expectedMessages(n);
        const perRequest = Object.entries(sent)
          .filter(([kind]) => !protocol.controlKinds.includes(kind))
          .map(([kind, count]) => [kind, count / 6] as const);
        deepEqual(Object.fromEntries(perRequest), expected);
        const total = Object.values(expected).reduce((sum, count) => sum + count, 0);
        equal(total, 6 * n - 10 + 2);
        deepEqual([refused, timeOuts], [[], 0]);
        deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
      });
    }

    test(`of ${protocol.name} tells the monitor of each round, and that each node lives, and no more`, () => {
      for (const n of [3, 6, 16]) {
        const { sent, simulation } = runQuietly(protocol, { n, requests: 24 });
        const control = protocol.controlKinds.flatMap((kind) =>
          sent[kind] === undefined ? [] : [[kind, sent[kind]] as const],
        );
        // At the start, and at three heights of its own each.
        deepEqual(Object.fromEntries(control), { heartbeat: n + 3 * n, participation: 24 });
        deepEqual(simulation.node("m0")?.machine.status().view, 0);
      }
    });

    test(`of ${protocol.name} puts what waits into one block, and serves every client`, () => {
      const { simulation, sent, verdict } = runQuietly(protocol, {
        n: 6,
        requests: 60,
        clients: 12,
        batch: 5,
      });
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
      const blocks = simulation.node("r2")?.machine.status().slot ?? 0;
      equal(blocks < 30, true);
      equal(sent["preparatory-block"], 5 * blocks);
      equal(sent["answer"], 60);
    });
  }
});

describe("after a quiet run", () => {
  const n = 7;
  const { simulation } = runQuietly(ccroSafe, { n, requests: 10 });
  const machine = (id: string) => simulation.node(id)?.machine;
  const operation = "9";
  const digest = requestDigest(
    { kind: "request", operation, timestamp: 10, client: "c0" },
    hash128,
  );

  test("every node that votes or collects votes shows them in its log", () => {
    for (const id of ["r1", "r2", "r3", "r4", "r5", "r6"]) {
      const [entry] = machine(id)?.log(10, 10) ?? [];
      const { correct, corrupt, missing } = tallyOf(entry, digest, ccroSafe.votingPhase);
      // A quorum is four of five; the fifth may have come too late for the log that was sent.
      deepEqual([correct >= 4, corrupt, correct + missing], [true, 0, 5], id);
      equal(entry?.state, "stored");
    }
  });

  test("the primary shows the replies, and that no vote was due to it", () => {
    const [entry] = machine("r0")?.log(10, 10) ?? [];
    deepEqual(entry?.voters, []);
    deepEqual(tallyOf(entry, digest, "reply"), { correct: 5, corrupt: 0, missing: 0 });
  });

  test("the log holds the newest 2K heights and no more", () => {
    const shown = (machine("r3")?.log(0, 100) ?? []).map(({ slot }) => slot);
    deepEqual(shown, [3, 4, 5, 6, 7, 8, 9, 10]);
    deepEqual(machine("r3")?.log(11, 100), []);
  });

  test("status says who is what, under which rules, and what is tolerated", () => {
    const shown = machine("r1")?.status();
    deepEqual(
      [shown?.role, shown?.view, shown?.slot, shown?.["primary"], shown?.["communication"]],
      ["communication", 0, 10, "r0", "r1"],
    );
    deepEqual(
      [shown?.["rules"], shown?.["f"], shown?.["tolerates"]],
      ["ccro-safe", 1, "tolerates 1 of 7"],
    );
    const small = runQuietly(ccro, { n: 4, requests: 1 }).simulation;
    equal(small.node("r0")?.machine.status()["tolerates"], "tolerates no fault at n=4");
    deepEqual(small.node("m0")?.machine.status().role, "monitor");
    const [rated, ...others] = small.node("m0")?.machine.log(0, 9) ?? [];
    deepEqual([rated?.slot, rated?.state, rated?.votes, others], [1, "rated", [], []]);
  });
});
