/**
 * A protocol against itself: a comparison of two samples that differ in nothing but their draws must call
 * them not distinguishable, and one of a slowed sample must find it. Tests the bench, not the protocol.
 */

import type { Millis } from "../../core/ids.ts";
import { createRandom } from "../../sim/random.ts";
import { type Cell, specOf } from "../cell.ts";
import type { Cluster, Outcome } from "../cluster.ts";
import { objectionsTo } from "../load/validity.ts";
import { type Measurement, measure } from "../meter.ts";
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
  readonly repetitions: number;
  /** Repetitions that nobody should have compared, each in a sentence: unsafe, stalled, or with a mark. */
  readonly flaws: readonly string[];
}

/** Undefined when it was interrupted. */
export async function compareWithItself(
  cell: Cell,
  options: SameOptions,
): Promise<SameResult | undefined> {
  const ratios: number[] = [];
  const flaws: string[] = [];
  let different = 0;
  for (let number = 1; number <= options.comparisons; number += 1) {
    const samples = await samplesOf(cell, number, options);
    if (samples === undefined) return undefined;
    flaws.push(...samples.flaws);
    const difference = differenceOf(samples.base, samples.candidate);
    if (difference.isDistinguishable) different += 1;
    if (difference.ratio !== undefined) ratios.push(difference.ratio);
    options.onComparison?.(number);
  }
  const { comparisons } = options;
  const repetitions = 2 * comparisons * options.repetitions;
  return { comparisons, different, ratios, repetitions, flaws };
}

interface Samples {
  readonly base: Millis[];
  readonly candidate: Millis[];
  readonly flaws: string[];
}

/** Interleaved like every run: blocks of one and the other, in random order, on fresh clusters. */
async function samplesOf(
  cell: Cell,
  number: number,
  { repetitions, seed, start, signal, slowBy }: SameOptions,
): Promise<Samples | undefined> {
  const samples: Samples = { base: [], candidate: [], flaws: [] };
  const random = createRandom(seed).fork(`comparison ${number}`);
  for (let block = 0; block < repetitions; block += 1) {
    for (const side of random.sample(["base", "candidate"] as const, 2)) {
      // Nothing is drawn twice: each repetition of each side has a seed of its own.
      const own = random.integer(1, 2 ** 31 - 1);
      const slow = side === "candidate" ? slowBy : 0;
      const { medianMs, flaw } = await repetitionOf(slowed(cell, slow), own, slow, start, signal);
      if (signal.aborted) return undefined;
      samples[side].push(medianMs);
      if (flaw !== undefined) {
        samples.flaws.push(`comparison ${number}, ${side}, seed ${own}: ${flaw}`);
      }
    }
  }
  return samples;
}

interface OneOfMany {
  readonly medianMs: Millis;
  /** Why its time says nothing; it stays in its sample, and makes the answer bad. */
  readonly flaw: string | undefined;
}

async function repetitionOf(
  cell: Cell,
  seed: number,
  slow: number,
  start: StartCluster,
  signal: AbortSignal,
): Promise<OneOfMany> {
  const cluster = await start(specOf(cell, seed));
  const isVirtual = cell.transport === "simulated";
  try {
    const measured = isVirtual || slow === 0 ? cluster : dawdling(cluster, slow);
    const measurement = await measure(measured, cell, signal, undefined, seed);
    const latencies = measurement.rounds.map(({ outcome }) =>
      outcome.outcome === "committed" ? outcome.latencyMs : Number.POSITIVE_INFINITY,
    );
    const medianMs = medianOf(latencies) ?? Number.POSITIVE_INFINITY;
    return { medianMs, flaw: flawOf(cell, measurement) };
  } finally {
    await cluster.close();
  }
}

function flawOf(cell: Cell, measured: Measurement): string | undefined {
  const { safety, liveness, reasons } = measured.verdict;
  const marks = objectionsTo(cell, measured);
  if (safety === "ok" && liveness === "ok" && marks.length === 0) return undefined;
  return [`${safety}, ${liveness}`, ...reasons.slice(0, 1), ...marks].join(": ");
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
    // Whoever has none is not asked for any.
    ...(cluster.violations && { violations: () => cluster.violations?.() ?? [] }),
    close: () => cluster.close(),
  };
}
