import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { ccro, ccroSafe } from "../ccro/index.ts";
import { replicaIds } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { pbft } from "../pbft/index.ts";
import { createKeyValue } from "../services/kv.ts";
import { uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { runTrial, type TimedRequest } from "../sim/trial.ts";
import { withDomains } from "./index.ts";

const split = <M extends Message>(inner: Protocol<M>, domains: number) =>
  withDomains(inner, {
    name: `${inner.name}/${domains}`,
    domains,
    shuffle: (nodes) => createRandom(11).sample(nodes, nodes.length),
  });

const put = (key: string, value: number) => JSON.stringify({ key, op: "put", value });
const get = (key: string) => JSON.stringify({ key, op: "get" });

interface Run {
  readonly n: number;
  readonly clients: number;
  readonly requests: readonly TimedRequest[];
}

/** A run without faults, to its very end. */
function runQuietly<M extends Message>(protocol: Protocol<M>, { n, clients, requests }: Run) {
  let timeOuts = 0;
  const heights = new Map<string, string[]>();
  const results: string[] = [];
  const trial = runTrial<M>({
    protocol,
    n,
    clients,
    requests,
    seed: n,
    auth: n > 20 ? "none" : "signed",
    settings: { batch: 1, timeoutMs: 5000, checkpointInterval: 128 },
    network: uniformDelay(1, 10),
    createService: createKeyValue,
    endsAtMs: 60_000,
    observer: {
      stepped: (_node, input) => {
        if (input.kind === "time-out") timeOuts += 1;
      },
      effect: (node, effect) => {
        if (effect.kind === "accept") results.push(effect.acceptance.result);
        if (effect.kind !== "deliver") return;
        const { slot, history } = effect.delivery;
        heights.set(node, [...(heights.get(node) ?? []), `${slot} ${history}`]);
      },
    },
  });
  return { ...trial, timeOuts, heights, results };
}

const ofOneClient = (count: number): TimedRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    atMs: 400 * index,
    client: "c0",
    operation: put("a", index),
  }));

// Small and large domains; in six of 18 nodes CCRO tolerates no fault any more.
const sizes = [
  [18, 3],
  [18, 6],
  [60, 3],
  [60, 6],
] as const;

for (const inner of [pbft, ccro, ccroSafe] as readonly Protocol[]) {
  for (const [n, domains] of sizes) {
    test(`${inner.name}, n = ${n} in ${domains} domains: as many messages as the formula, one ledger`, () => {
      const protocol = split(inner, domains);
      const { verdict, sent, timeOuts, heights } = runQuietly(protocol, {
        n,
        clients: 1,
        requests: ofOneClient(2),
      });
      deepEqual([verdict.safety, verdict.liveness, timeOuts], ["ok", "ok", 0]);
      const counted = [...sent].filter(([kind]) => !protocol.controlKinds.includes(kind));
      const expected = Object.entries(protocol.expectedMessages(n))
        .filter(([, count]) => count > 0)
        .map(([kind, count]): [string, number] => [kind, 2 * count]);
      deepEqual(Object.fromEntries(counted), Object.fromEntries(expected));
      // Two turns, in each one block of the client's domain and an empty one of all others.
      const ledger = heights.get("r0") ?? [];
      equal(ledger.length, 2 * domains);
      for (const id of replicaIds(n)) deepEqual(heights.get(id), ledger, id);
    });
  }
}

test("the formula by hand: pbft and ccro with 18 nodes in three domains", () => {
  // Three rounds of 6 nodes, three blocks to 12 nodes each, six outcomes.
  deepEqual(split(pbft, 3).expectedMessages(18), {
    ...{ request: 1, "pre-prepare": 3 * 5, prepare: 3 * 25, commit: 3 * 30 },
    ...{ "ledger-block": 36, outcome: 6 },
  });
  deepEqual(split(ccro, 3).expectedMessages(18), {
    ...{ request: 1, "preparatory-block": 15, "pre-prepare": 12, prepare: 12, commit: 12 },
    ...{ reply: 12, "formal-block": 15, "ledger-block": 36, outcome: 6 },
  });
});

for (const inner of [pbft, ccroSafe] as readonly Protocol[]) {
  test(`${inner.name}: clients of all domains write and read the same keys, in one order`, () => {
    const requests = ["c0", "c1", "c2"].flatMap((client, index): TimedRequest[] => [
      { atMs: 500 * index, client, operation: put("a", index) },
      { atMs: 500 * index + 2000, client, operation: get("a") },
    ]);
    const run = runQuietly(split(inner, 3), { n: 18, clients: 3, requests });
    deepEqual([run.verdict.safety, run.verdict.liveness], ["ok", "ok"]);
    // Who reads after all have written reads what the client of the third domain wrote.
    deepEqual(new Set(run.results.slice(-3)).size, 1);
    equal(run.results.at(-1)?.includes("2"), true);
  });

  test(`${inner.name}: all domains at work at once agree on every height`, () => {
    const requests = Array.from({ length: 36 }, (_, index) => ({
      atMs: 3 * Math.floor(index / 6),
      client: `c${index % 6}`,
      operation: put(`k${index % 4}`, index),
    }));
    const { verdict } = runQuietly(split(inner, 3), { n: 18, clients: 6, requests });
    deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["ok", "ok", 36]);
  });
}
