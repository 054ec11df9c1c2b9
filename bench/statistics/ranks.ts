/** What ranks say of two samples: Mann & Whitney's U with its p-value, and Cliff's delta. */

import { errorFunction } from "simple-statistics";
import { ascending } from "./median.ts";

export interface RankTest {
  /** How often a value of the second sample exceeds one of the first; a tie is half of it. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
}

/** Up to here every way to deal the ranks is counted; beyond, the normal distribution is close enough. */
const mostCounted = 20;

/**
 * Mann & Whitney (1947), two-sided. Few values: exact, given the ties that there are. More: the normal
 * approximation with corrections for ties and continuity, as R's wilcox.test has it. Undefined when a
 * sample is empty.
 */
export function mannWhitney(
  first: readonly number[],
  second: readonly number[],
): RankTest | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  const { doubled, ties } = doubledRanks(first, second);
  const sum = doubled.slice(first.length).reduce((total, rank) => total + rank, 0);
  const u = (sum - second.length * (second.length + 1)) / 2;
  if (ties[0] === doubled.length) return { u, p: 1 };
  const isFew = doubled.length <= mostCounted;
  const p = isFew ? exactP(doubled, second.length, sum) : normalP(u, first, second, ties);
  return { u, p };
}

/** How much oftener a value of the second exceeds one of the first than the other way round: −1 … 1. */
export function cliffsDelta(
  first: readonly number[],
  second: readonly number[],
): number | undefined {
  const test = mannWhitney(first, second);
  return test === undefined ? undefined : (2 * test.u) / (first.length * second.length) - 1;
}

interface Ranked {
  /** Twice the rank of each value, in the order given; equal values share the mean of theirs. */
  readonly doubled: readonly number[];
  /** How many values are equal, for each group of equal ones; those that stand alone, too. */
  readonly ties: readonly number[];
}

function doubledRanks(first: readonly number[], second: readonly number[]): Ranked {
  const values = [...first, ...second];
  const order = values.map((_, index) => index);
  order.sort((a, b) => ascending(values[a] ?? 0, values[b] ?? 0));
  const doubled = values.map(() => 0);
  const ties: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (const index of order.slice(start, end)) doubled[index] = start + 1 + end;
    ties.push(end - start);
    start = end;
  }
  return { doubled, ties };
}

/** Of all ways to choose so many of the ranks, the share whose sum is at least as far from the middle. */
function exactP(doubled: readonly number[], chosen: number, sum: number): number {
  const total = doubled.reduce((all, rank) => all + rank, 0);
  // ways[k][s]: how many sets of k ranks have the sum s.
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(total + 1));
  const none = ways[0];
  if (none !== undefined) none[0] = 1;
  for (const rank of doubled) {
    for (let size = chosen; size >= 1; size -= 1) {
      const [larger, smaller] = [ways[size], ways[size - 1]];
      if (larger === undefined || smaller === undefined) continue;
      for (let s = total; s >= rank; s -= 1)
        larger[s] = (larger[s] ?? 0) + (smaller[s - rank] ?? 0);
    }
  }
  const sums = ways[chosen] ?? new Float64Array(0);
  const middle = (chosen * total) / doubled.length;
  let [all, far] = [0, 0];
  for (const [s, count] of sums.entries()) {
    all += count;
    if (Math.abs(s - middle) >= Math.abs(sum - middle) - 1e-9) far += count;
  }
  return far / all;
}

function normalP(
  u: number,
  first: readonly number[],
  second: readonly number[],
  ties: readonly number[],
): number {
  const [n, m] = [first.length, second.length];
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const variance = ((n * m) / 12) * (n + m + 1 - tied / ((n + m) * (n + m - 1)));
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  return 1 - errorFunction(distance / Math.sqrt(2 * variance));
}
