/** A network that is asked for is there, whatever carries the messages. */

import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Cluster } from "../cluster.ts";
import { delaysOf } from "./network.ts";
import { sampleSpec } from "./sample-spec.ts";
import { startCluster } from "./start-cluster.ts";

const patienceMs = 50_000;
const delayMs = 100;
// A timer may round down.
const leastMs = delayMs - 1;

// From the client's request to the answer that it accepts.
const rows = [
  ["pbft", 4, 5, "memory", "in-process"],
  ["pbft", 4, 5, "http", "in-process"],
  ["pbft", 4, 5, "http", "processes"],
  ["ccro", 6, 7, "memory", "in-process"],
  ["ccro", 6, 7, "http", "in-process"],
] as const;

const lostIn = async (cluster: Cluster): Promise<number> =>
  (await cluster.reports()).reduce((sum, { transport }) => sum + transport.lost, 0);

for (const [name, n, hops, transport, place] of rows) {
  test(`${name}, ${transport}, ${place}: each of ${hops} hops takes its delay, and nothing is lost`, async () => {
    const network = `delay=${delayMs}ms`;
    const cluster = await startCluster(sampleSpec(name, n, { transport, place, network }));
    try {
      const { outcome, latencyMs } = await cluster.submit(0, { request: 1 }, patienceMs);
      equal(outcome, "committed");
      ok(latencyMs >= hops * leastMs, `${latencyMs} ms`);
      equal(await cluster.drain(patienceMs), true);
      equal(await lostIn(cluster), 0);
    } finally {
      await cluster.close();
    }
  }, 60_000);
}

test("a network that loses everything lets nobody hear anything over HTTP, and counts it", async () => {
  const cluster = await startCluster(sampleSpec("pbft", 4, { network: "loss=100%" }));
  try {
    const { outcome } = await cluster.submit(0, { request: 1 }, 50);
    equal(outcome, "timeout");
    equal(await lostIn(cluster), 1);
    const reports = await cluster.reports();
    deepEqual(
      reports.flatMap(({ counters }) => Object.values(counters.received)),
      [],
    );
  } finally {
    await cluster.close();
  }
});

const drawn = (seed: number, order: readonly string[]) => {
  const delays = delaysOf({ network: "delay=1ms-100ms", seed });
  const times = order.map((from) => [from, delays?.(from, "r9", { kind: "a" }, 0)] as const);
  return times.filter(([from]) => from === "r1");
};

test("what one sender meets does not depend on who else sends", () => {
  deepEqual(drawn(1, ["r1", "r2", "r1", "r3"]), drawn(1, ["r2", "r2", "r1", "r1"]));
  notDeepEqual(drawn(1, ["r1"]), drawn(2, ["r1"]));
});

test("without a word about the network nothing is added", () => {
  equal(delaysOf({ network: "lan", seed: 1 }), undefined);
});
