import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import type { Cluster, ClusterSpec } from "../cluster.ts";
import { startHttpCluster } from "./http-cluster.ts";
import { startMemoryCluster } from "./memory-cluster.ts";
import { sampleSpec } from "./sample-spec.ts";
import { newTimestamp } from "./standing.ts";

let dataDir = "";

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "quorumlab-data-"));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

const specOf = (
  change: Partial<Omit<ClusterSpec, "protocol" | "n">> = {},
  protocol = "pbft",
  n = 4,
): ClusterSpec =>
  sampleSpec(protocol, n, {
    service: "kv",
    auth: "none",
    clients: 4,
    settings: { batch: 1, timeoutMs: 20_000, checkpointInterval: 4 },
    dataDir,
    ...change,
  });

/** A cluster that stays up: its clients begin above all that they used before. */
const start = (spec: ClusterSpec) =>
  startHttpCluster(spec, { firstTimestamp: newTimestamp, limits: {} });

async function put(cluster: Cluster, from: number, to: number): Promise<void> {
  let next = from;
  const write = async (client: number) => {
    while (next <= to) {
      const key = `k${next}`;
      next += 1;
      const { outcome } = await cluster.submit(client, { op: "put", key, value: key }, 20_000);
      equal(outcome, "committed");
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
}

const readKey = async (cluster: Cluster, key: string) =>
  (await cluster.submit(0, { op: "get", key }, 20_000)).result;

function flipBitIn(node: string): void {
  const log = join(dataDir, node, "log");
  const bytes = readFileSync(log);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(log, bytes);
}

async function statusOf(cluster: Cluster, id: string) {
  const reports = await cluster.reports();
  return reports.find((report) => report.id === id)?.status;
}

describe("a cluster with a data directory", () => {
  for (const [protocol, n] of [
    ["pbft", 4],
    ["paxos", 3],
    ["ccro-safe", 6],
  ] as const) {
    test(`goes on where an earlier one ended, all nodes new: ${protocol}`, async () => {
      const first = await start(specOf({}, protocol, n));
      await put(first, 1, 10);
      await first.close();
      const second = await start(specOf({}, protocol, n));
      deepEqual(await readKey(second, "k7"), '{"status":"ok","value":"k7"}');
      await second.close();
    });
  }

  test("does not start a node whose protocol needs all of a damaged log: paxos", async () => {
    const first = await start(specOf({}, "paxos", 3));
    await put(first, 1, 10);
    await first.close();
    flipBitIn("r1");
    await rejects(start(specOf({}, "paxos", 3)), /log of r1 .* is damaged, and its protocol needs/);
  });

  test("is refused to a protocol that keeps nothing: flood", async () => {
    await rejects(start(specOf({}, "flood")), /a disk has no meaning for flood/);
  });

  test("is held by one cluster at a time, and by no other cluster", async () => {
    const first = await start(specOf());
    await rejects(start(specOf()), /r0 is in use by another process/);
    await first.close();
    await rejects(start(specOf({ seed: 9 })), /its seed is 1, not 9/);
    await rejects(startMemoryCluster(specOf({ service: "bank" })), /its service is kv, not bank/);
    await (await start(specOf())).close();
  });

  test("lets a node with a damaged log listen, catch up from the others, and then vote again", async () => {
    const first = await start(specOf());
    await put(first, 1, 10);
    await first.close();
    flipBitIn("r1");

    const second = await start(specOf());
    const silentUpTo = Number((await statusOf(second, "r1"))?.["silentUpTo"]);
    ok(silentUpTo >= 10, `silent up to ${silentUpTo}`);
    await put(second, 11, silentUpTo);
    const votersAt = async (slot: number) =>
      (await second.logs(slot, slot))
        .get("r0")
        ?.flatMap(({ votes }) => votes.map(({ voter }) => voter));
    await second.drain(20_000);
    const silent = await votersAt((await statusOf(second, "r0"))?.slot ?? 0);
    ok(silent !== undefined && silent.length > 0 && !silent.includes("r1"));

    // What it lacks it asks for in ever longer pauses: the others go on until it is with them.
    let last = silentUpTo;
    const goOnUntil = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) {
        await put(second, last + 1, last + 8);
        last += 8;
      }
    };
    await goOnUntil(async () => (await statusOf(second, "r1"))?.["silentUpTo"] === undefined);
    // It votes where it can follow, and may have to ask for what it refused meanwhile.
    await goOnUntil(async () => {
      await second.drain(20_000);
      const voters = await votersAt((await statusOf(second, "r0"))?.slot ?? 0);
      return voters?.includes("r1") === true;
    });
    await second.close();
  });
});
