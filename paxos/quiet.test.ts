import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { Jury } from "../sim/judge.ts";
import { uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { paxos } from "./index.ts";
import type { PaxosMessage } from "./messages.ts";

const settings = { batch: 1, timeoutMs: 500, checkpointInterval: 128 };

interface QuietRun {
  readonly n: number;
  readonly requests: number;
  readonly seed?: number;
}

/** One client, one request at a time, nothing fails. */
function quietRun({ n, requests, seed = 1 }: QuietRun) {
  const sent: Record<string, number> = {};
  const jury = new Jury(paxos.members(n).map(({ id }) => id));
  const heard = jury.observer<PaxosMessage>();
  const simulation = new Simulation<PaxosMessage>({
    protocol: paxos,
    n,
    clients: 1,
    seed,
    settings,
    network: uniformDelay(1, 10),
    createService: createEcho,
    observer: {
      ...heard,
      sent: (_node, _to, { message: { kind } }) => {
        sent[kind] = (sent[kind] ?? 0) + 1;
      },
    },
  });
  for (let request = 0; request < requests; request += 1) {
    jury.submitted("c0", String(request));
    simulation.request("c0", String(request));
  }
  simulation.run(1_000_000);
  return { simulation, sent, verdict: jury.verdict() };
}

const times = (counts: Readonly<Record<string, number>>, factor: number) =>
  Object.fromEntries(
    Object.entries(counts)
      .map(([kind, count]) => [kind, count * factor] as const)
      .filter(([, count]) => count > 0),
  );

describe("in a quiet run", () => {
  for (const n of [1, 2, 3, 4, 5, 7, 16, 31]) {
    test(`n=${n}: the messages of a request are exactly the formula, and no control messages`, () => {
      const { sent, verdict } = quietRun({ n, requests: 10 });
      deepEqual(sent, times(paxos.expectedMessages(n), 10));
      equal(verdict.safety, "ok");
      equal(verdict.liveness, "ok");
    });
  }
});
