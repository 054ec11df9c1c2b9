/** A hunt on all cores: shares of it go to worker threads until enough is found. */

import { availableParallelism } from "node:os";
import type { Piscina } from "piscina";
import { startWorkers } from "../workers.ts";
import { addHarvests, emptyHarvest, type Harvest } from "./hunter.ts";
import type { Share } from "./worker.ts";

export interface PoolOptions {
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each share. */
  progress?(harvest: Harvest): void;
}

// Small enough for lively progress and an early stop, large enough not to count.
const shareSize = 100;

/** Hunts through `share.count` schedules; ends early at enough finds or when interrupted. */
export async function huntOnAllCores(share: Share, options: PoolOptions = {}): Promise<Harvest> {
  const threads = options.workers ?? availableParallelism();
  const module = new URL("./worker", import.meta.url);
  const pool = startWorkers<Share, Harvest>(module, "huntShare", threads);
  try {
    return await work(pool, share, options);
  } finally {
    await pool.destroy();
  }
}

async function work(
  pool: Piscina<Share, Harvest>,
  share: Share,
  { signal, progress }: PoolOptions,
): Promise<Harvest> {
  let harvest = emptyHarvest;
  let next = share.first;
  const end = share.first + share.count;
  const isOver = () =>
    next >= end || harvest.finds.length >= share.mostFinds || signal?.aborted === true;
  const hunter = async (): Promise<void> => {
    while (!isOver()) {
      const first = next;
      next = Math.min(end, first + shareSize);
      const found = await pool.run({ ...share, first, count: next - first });
      harvest = addHarvests(harvest, found);
      progress?.(harvest);
    }
  };
  await Promise.all(Array.from({ length: pool.maxThreads }, hunter));
  return harvest;
}
