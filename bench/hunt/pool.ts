/** A hunt on all cores: shares of it go to worker threads until enough is found. */

import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
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
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const pool = new Piscina<Share, Harvest>({
    filename: new URL(`./worker.${ending}`, import.meta.url).href,
    name: "huntShare",
    maxThreads: options.workers ?? availableParallelism(),
  });
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
