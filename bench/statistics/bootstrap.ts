/** 95 % percentile bootstrap intervals (Efron 1979): of a median, and of the ratio of two. */

import { ascending, between, type Interval } from "./median.ts";
import { type Middles, middlePairsOf, middlesOf, resamples } from "./resampled-ranks.ts";

/** Where the true median over repetitions lies with 95 %. Undefined below two values. */
export function medianInterval(values: readonly number[]): Interval | undefined {
  if (values.length < 2) return undefined;
  const middles = middlesOf(values.length, "base");
  return middleShare(mediansOf(values, middles), middles.times);
}

/**
 * Where the true ratio of the medians, candidate over base, lies with 95 %; both are resampled. Undefined
 * below two values on either side.
 */
export function ratioInterval(
  base: readonly number[],
  candidate: readonly number[],
): Interval | undefined {
  if (base.length < 2 || candidate.length < 2) return undefined;
  const pairs = middlePairsOf(base.length, candidate.length);
  const own = mediansOf(base, pairs.base);
  const other = mediansOf(candidate, pairs.candidate);
  const ratios = pairs.times.map((_, index) =>
    ratioOf(at(own, pairs.ofBase[index]), at(other, pairs.ofCandidate[index])),
  );
  return middleShare(ratios, pairs.times);
}

/** Candidate over base; nothing to nothing and never to never are no change. */
export const ratioOf = (base: number, candidate: number): number =>
  base === candidate ? 1 : candidate / base;

/** The median of each different resample. */
function mediansOf(values: readonly number[], { low, high }: Middles): readonly number[] {
  const sorted = values.toSorted(ascending);
  return low.map((rank, index) => between(at(sorted, rank), at(sorted, high[index])));
}

/** Without the 2.5 % at either end; each value stands for so many resamples. */
function middleShare(values: readonly number[], times: readonly number[]): Interval {
  const order = Uint32Array.from(values.keys());
  order.sort((a, b) => ascending(at(values, a), at(values, b)));
  let [seen, low, high] = [0, Number.NaN, Number.NaN];
  for (const index of order) {
    const before = seen;
    seen += at(times, index);
    if (before < lowest && lowest <= seen) low = at(values, index);
    if (before < highest && highest <= seen) high = at(values, index);
  }
  return { low, high };
}

const lowest = 0.025 * resamples;
const highest = 0.975 * resamples;

const at = (values: readonly number[], index = 0): number => values[index] ?? Number.NaN;
