/** Whether what was measured agrees with what was published: who is ahead of whom, and where it goes. */

import { differenceOf, leastEffect } from "../statistics/difference.ts";
import type { MeasuredPoint } from "./measured-points.ts";
import type { PublishedPoint } from "./published-points.ts";

/** One thing that the paper says, and what came out here. */
export interface Claim {
  readonly base: Place;
  readonly candidate: Place;
  /** Candidate over base. */
  readonly published: number;
  readonly measured: number | undefined;
  readonly outcome: "agrees" | "reversed" | "not distinguishable" | "differs" | "too few";
}

export interface Place {
  readonly series: string;
  readonly x: number | undefined;
}

/** Every two series at every place that both have: which is above the other. */
export function orderingOf(
  published: readonly PublishedPoint[],
  measured: readonly MeasuredPoint[],
): readonly Claim[] {
  return published.flatMap((base, index) =>
    published
      .slice(index + 1)
      .filter(({ series, x }) => x === base.x && series !== base.series)
      .flatMap((candidate) => claimOn(base, candidate, measured)),
  );
}

/** Every series from one place to the next: whether it rises, falls or stays. */
export function shapeOf(
  published: readonly PublishedPoint[],
  measured: readonly MeasuredPoint[],
): readonly Claim[] {
  return [...new Set(published.map(({ series }) => series))].flatMap((series) => {
    const own = published
      .filter((point) => point.series === series && point.x !== undefined)
      .toSorted((a, b) => (a.x ?? 0) - (b.x ?? 0));
    return own.slice(1).flatMap((candidate, index) => {
      const base = own[index];
      return base === undefined ? [] : claimOn(base, candidate, measured);
    });
  });
}

/** None where one side was not measured. */
function claimOn(
  base: PublishedPoint,
  candidate: PublishedPoint,
  measured: readonly MeasuredPoint[],
): readonly Claim[] {
  const [own, other] = [valuesAt(base, measured), valuesAt(candidate, measured)];
  if (own === undefined || other === undefined) return [];
  const { ratio, isDistinguishable, hasTooFew } = differenceOf(own, other);
  const published = candidate.value / base.value;
  const here = isDistinguishable && ratio !== undefined ? directionOf(ratio) : 0;
  // Where nothing can be told, being level cannot be told either.
  const outcome = hasTooFew ? "too few" : outcomeOf(directionOf(published), here);
  return [{ base, candidate, published, measured: ratio, outcome }];
}

const valuesAt = ({ series, x }: Place, measured: readonly MeasuredPoint[]) => {
  const point = measured.find((one) => one.series === series && one.x === x);
  return point === undefined || point.values.length === 0 ? undefined : point.values;
};

/** Less than the least effect is nobody's concern, in the paper as little as here. */
const directionOf = (ratio: number): number =>
  Math.abs(ratio - 1) <= leastEffect ? 0 : Math.sign(ratio - 1);

function outcomeOf(published: number, here: number): Claim["outcome"] {
  if (published === here) return "agrees";
  if (here === 0) return "not distinguishable";
  return published === 0 ? "differs" : "reversed";
}
