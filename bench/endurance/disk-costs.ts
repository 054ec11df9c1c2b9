/**
 * What a synced record costs here, alone and with others that share its sync:
 * node --import tsx bench/endurance/disk-costs.ts [BYTES]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../host/disk/data-directory.ts";
import type { DurableDisk } from "../../host/disk/durable-disk.ts";

const bytes = Number(process.argv[2] ?? 500);
const durationMs = 2000;
const record = "x".repeat(bytes);

console.log("waiting_at_once  records_per_s  ms_per_record  records_per_sync  ms_of_one");
for (const atOnce of [1, 4, 16, 64, 256]) console.log(await measure(atOnce));

/** So many records are under way all the time, as from so many slots of a replica. */
async function measure(atOnce: number): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "quorumlab-disk-costs-"));
  const directory = await openDataDirectory({
    dataDir,
    node: "r0",
    cluster: {},
    rules: undefined,
    warn: (sentence) => console.error(sentence),
  });
  const { disk } = directory;
  const startedMs = performance.now();
  const waits = await Promise.all(
    Array.from({ length: atOnce }, () => writeUntil(disk, startedMs + durationMs)),
  );
  const tookMs = performance.now() - startedMs;
  await directory.close();
  await rm(dataDir, { recursive: true });
  const records = waits.reduce((sum, { count }) => sum + count, 0);
  const waitedMs = waits.reduce((sum, wait) => sum + wait.waitedMs, 0);
  return [
    String(atOnce).padStart(15),
    ((records / tookMs) * 1000).toFixed(0).padStart(14),
    (tookMs / records).toFixed(3).padStart(14),
    (records / disk.syncs).toFixed(1).padStart(17),
    (waitedMs / records).toFixed(2).padStart(10),
  ].join(" ");
}

async function writeUntil(disk: DurableDisk, untilMs: number) {
  let count = 0;
  const startedMs = performance.now();
  while (performance.now() < untilMs) {
    await new Promise<void>((resolve) => disk.append(record, resolve));
    count += 1;
  }
  return { count, waitedMs: performance.now() - startedMs };
}
