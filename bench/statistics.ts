/** Spread: medians, and how far from the truth they may be. Infinity is a number like any other. */

import type { Random } from "../core/random.ts";
import { createRandom } from "../sim/random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted(ascending);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  if (high === undefined) return undefined;
  const low = sorted[middle - 1];
  return sorted.length % 2 === 1 || low === undefined || low === high ? high : (low + high) / 2;
}

/** Infinite when any value is: what never came took infinitely long. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const resamples = 10_000;
const bootstrapSeed = "bootstrap";

/**
 * The 95 % percentile bootstrap interval of the median over repetitions (Efron 1979), from 10 000
 * resamples on a fixed seed: equal values, equal interval. Undefined below two values.
 */
export function medianInterval(values: readonly number[]): Interval | undefined {
  if (values.length < 2) return undefined;
  const random = createRandom(bootstrapSeed);
  const medians: number[] = [];
  for (let round = 0; round < resamples; round += 1) {
    medians.push(medianOf(drawWithReplacement(values, random)) ?? Number.NaN);
  }
  medians.sort(ascending);
  return { low: atQuantile(medians, 0.025), high: atQuantile(medians, 0.975) };
}

/**
 * The distribution-free interval of the median of one long sample: two of its own values, between
 * which the true median lies with at least 95 % (order statistics of the binomial distribution).
 * Undefined below six values, of which no two are that far apart.
 */
export function orderInterval(values: readonly number[]): Interval | undefined {
  const rank = lowerRank(values.length);
  if (rank < 1) return undefined;
  const sorted = values.toSorted(ascending);
  const [low, high] = [sorted[rank - 1], sorted[values.length - rank]];
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** Largest k for which P(fewer than k of `count` lie below the median) is at most 2.5 %. */
function lowerRank(count: number): number {
  // In logarithms, because 2^−count leaves the numbers that there are.
  let logTerm = -count * Math.LN2;
  let sum = 0;
  for (let below = 0; below < count; below += 1) {
    sum += Math.exp(logTerm);
    if (sum > 0.025) return below;
    logTerm += Math.log((count - below) / (below + 1));
  }
  return 0;
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function atQuantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function drawWithReplacement(values: readonly number[], random: Random): number[] {
  return values.map(() => values[random.integer(0, values.length - 1)] ?? Number.NaN);
}

// A subtraction would make NaN of two infinities.
const ascending = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
