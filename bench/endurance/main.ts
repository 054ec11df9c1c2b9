/**
 * Does memory stay flat, and the log bounded? Runs many requests through PBFT with disks and prints
 * both at intervals: node --import tsx bench/endurance/main.ts [REQUESTS] [CLIENTS]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert } from "../../core/assert.ts";
import { sampleSpec } from "../clusters/sample-spec.ts";
import { type StandingCluster, startStandingCluster } from "./standing-cluster.ts";

const requests = Number(process.argv[2] ?? 100_000);
const clients = Number(process.argv[3] ?? 64);
const rows = 10;
// A state of fixed size: so many keys, written again and again.
const keys = 1000;
const value = "x".repeat(128);
const megabyte = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const dataDir = await mkdtemp(join(tmpdir(), "quorumlab-endurance-"));
const cluster = await startStandingCluster(
  sampleSpec("pbft", 4, {
    clients,
    transport: "memory",
    auth: "none",
    service: "kv",
    settings: { batch: 16, timeoutMs: 20_000, checkpointInterval: 128 },
    dataDir,
  }),
);
try {
  await run();
} finally {
  await cluster.close();
  await rm(dataDir, { recursive: true });
}

async function run(): Promise<void> {
  const startedMs = performance.now();
  let most = 0;
  console.log("requests    slot  heap_mb  rss_mb  log_mb  most_log_mb  seconds");
  for (let row = 1; row <= rows; row += 1) {
    const from = Math.round((requests * (row - 1)) / rows);
    const to = Math.round((requests * row) / rows);
    await drive(cluster, from, to, () => {
      most = Math.max(most, logBytes());
    });
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(
      [
        String(to).padStart(8),
        String(cluster.statuses()[0]?.slot).padStart(7),
        inMegabytes(heapUsed, 8),
        inMegabytes(rss, 7),
        inMegabytes(logBytes(), 7),
        inMegabytes(most, 12),
        seconds.toFixed(1).padStart(8),
      ].join(" "),
    );
  }
}

function inMegabytes(bytes: number, width: number): string {
  return (bytes / megabyte).toFixed(2).padStart(width);
}

/** The largest log of the four. */
function logBytes(): number {
  return Math.max(...[...cluster.disks.values()].map(({ bytes }) => bytes));
}

/** Closed loop: every client asks again as soon as it has its answer. */
async function drive(
  { lanes, run: ask }: StandingCluster,
  from: number,
  to: number,
  look: () => void,
): Promise<void> {
  let next = from;
  const work = async (lane: (typeof lanes)[number]) => {
    while (next < to) {
      const number = next;
      next += 1;
      const outcome = await ask(lane, { op: "put", key: `k${number % keys}`, value });
      assert(outcome.acceptance !== undefined, `request ${number} is accepted: ${outcome.reason}`);
      if (number % 100 === 0) look();
    }
  };
  await Promise.all(lanes.map(work));
}
