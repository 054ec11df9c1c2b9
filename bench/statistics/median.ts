/** Middles and ends of samples. Infinity is a number like any other: what never came took that long. */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A subtraction would make NaN of two infinities. */
export const ascending = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted(ascending);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  if (high === undefined) return undefined;
  const low = sorted[middle - 1];
  return sorted.length % 2 === 1 || low === undefined ? high : between(low, high);
}

/** Half way: infinite when one of them is. */
export const between = (low: number, high: number): number =>
  low === high ? high : (low + high) / 2;

/** Infinite when any value is: what never came took infinitely long. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
