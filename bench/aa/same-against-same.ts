/**
 * A protocol against itself: a comparison of two samples that differ in nothing but their draws must call
 * them not distinguishable, and one of a slowed sample must find it. Tests the bench, not the protocol.
 */

import type { Millis } from "../../core/ids.ts";
import { createRandom } from "../../sim/random.ts";
import { type Cell, specOf } from "../cell.ts";
import type { Cluster, Outcome } from "../cluster.ts";
import { measure } from "../meter.ts";
import type { StartCluster } from "../runner.ts";
import { differenceOf } from "../statistics/difference.ts";
import { medianOf } from "../statistics/median.ts";

/** What is promised: so few false alarms, so many true ones. */
export const leastAlike = 0.95;
export const leastFound = 0.8;

export interface SameOptions {
  readonly comparisons: number;
  readonly repetitions: number;
  readonly seed: number;
  readonly start: StartCluster;
  readonly signal: AbortSignal;
  /** How much slower the second of each pair is made: 0.1 for 10 %. */
  readonly slowBy: number;
  onComparison?(done: number): void;
}

export interface SameResult {
  readonly comparisons: number;
  readonly different: number;
  /** Candidate over base, of each comparison. */
  readonly ratios: readonly number[];
}

/** Undefined when it was interrupted. */
export async function compareWithItself(
  cell: Cell,
  options: SameOptions,
): Promise<SameResult | undefined> {
  const ratios: number[] = [];
  let different = 0;
  for (let number = 1; number <= options.comparisons; number += 1) {
    const samples = await samplesOf(cell, number, options);
    if (samples === undefined) return undefined;
    const difference = differenceOf(samples.base, samples.candidate);
    if (difference.isDistinguishable) different += 1;
    if (difference.ratio !== undefined) ratios.push(difference.ratio);
    options.onComparison?.(number);
  }
  return { comparisons: options.comparisons, different, ratios };
}

interface Samples {
  readonly base: Millis[];
  readonly candidate: Millis[];
}

/** Interleaved like every run: blocks of one and the other, in random order, on fresh clusters. */
async function samplesOf(
  cell: Cell,
  number: number,
  { repetitions, seed, start, signal, slowBy }: SameOptions,
): Promise<Samples | undefined> {
  const samples: Samples = { base: [], candidate: [] };
  const random = createRandom(seed).fork(`comparison ${number}`);
  for (let block = 0; block < repetitions; block += 1) {
    for (const side of random.sample(["base", "candidate"] as const, 2)) {
      // Nothing is drawn twice: each repetition of each side has a seed of its own.
      const own = random.integer(1, 2 ** 31 - 1);
      const slow = side === "candidate" ? slowBy : 0;
      const medianMs = await latencyOf(slowed(cell, slow), own, slow, start, signal);
      if (signal.aborted) return undefined;
      samples[side].push(medianMs);
    }
  }
  return samples;
}

async function latencyOf(
  cell: Cell,
  seed: number,
  slow: number,
  start: StartCluster,
  signal: AbortSignal,
): Promise<Millis> {
  const cluster = await start(specOf(cell, seed));
  const isVirtual = cell.transport === "simulated";
  try {
    const measured = isVirtual || slow === 0 ? cluster : dawdling(cluster, slow);
    const { rounds } = await measure(measured, cell, signal, undefined, seed);
    const latencies = rounds.map(({ outcome }) =>
      outcome.outcome === "committed" ? outcome.latencyMs : Number.POSITIVE_INFINITY,
    );
    return medianOf(latencies) ?? Number.POSITIVE_INFINITY;
  } finally {
    await cluster.close();
  }
}

/** In virtual time latency is nothing but delays: whose messages take longer is slower by as much. */
export function slowed(cell: Cell, share: number): Cell {
  if (cell.transport !== "simulated" || share === 0) return cell;
  const network = cell.network.replace(/([\d.]+)ms/g, (_, ms) => `${Number(ms) * (1 + share)}ms`);
  return { ...cell, network };
}

/** The same cluster, whose answers take longer by that share; it keeps the machine busy meanwhile. */
function dawdling(cluster: Cluster, share: number): Cluster {
  const submit = async (...asked: Parameters<Cluster["submit"]>): Promise<Outcome> => {
    const outcome = await cluster.submit(...asked);
    const startMs = performance.now();
    // A timer would be late by more than what is to be waited for.
    while (performance.now() - startMs < share * outcome.latencyMs);
    return { ...outcome, latencyMs: outcome.latencyMs + performance.now() - startMs };
  };
  return {
    members: cluster.members,
    clients: cluster.clients,
    submit,
    drain: (patienceMs) => cluster.drain(patienceMs),
    reports: () => cluster.reports(),
    logs: (from, to) => cluster.logs(from, to),
    close: () => cluster.close(),
  };
}
