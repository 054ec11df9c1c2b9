/** The difference of two samples, and whether it may be called one. */

import { ratioInterval, ratioOf } from "./bootstrap.ts";
import { type Interval, medianOf } from "./median.ts";
import { cliffsDelta, mannWhitney } from "./ranks.ts";

/** Smaller differences are nobody's concern, however sure they are. */
export const leastEffect = 0.05;
/** With fewer, an interval of medians is too narrow to be believed: four would be called different in 8 %. */
export const fewestRepetitions = 5;

export interface Difference {
  /** Medians; undefined of nothing. */
  readonly base: number | undefined;
  readonly candidate: number | undefined;
  /** Candidate over base. */
  readonly ratio: number | undefined;
  readonly interval: Interval | undefined;
  /** −1 … 1: how much oftener the candidate is above the base than below. */
  readonly delta: number | undefined;
  readonly p: number | undefined;
  readonly isDistinguishable: boolean;
  /** So few repetitions on one side that nothing is called different. */
  readonly hasTooFew: boolean;
}

export function differenceOf(base: readonly number[], candidate: readonly number[]): Difference {
  const [own, other] = [medianOf(base), medianOf(candidate)];
  const ratio = own === undefined || other === undefined ? undefined : ratioOf(own, other);
  const interval = ratioInterval(base, candidate);
  const isFew = Math.min(base.length, candidate.length) < fewestRepetitions;
  const hasTooFew = isFew && !(isConstant(base) && isConstant(candidate));
  return {
    base: own,
    candidate: other,
    ratio,
    interval,
    delta: cliffsDelta(base, candidate),
    p: mannWhitney(base, candidate)?.p,
    isDistinguishable: !hasTooFew && excludesOne(interval) && isLarge(ratio),
    hasTooFew,
  };
}

/** Messages of a quiet run are the same each time: two repetitions tell as much as a hundred. */
const isConstant = (values: readonly number[]): boolean =>
  values.length > 1 && values.every((value) => value === values[0]);

const excludesOne = (interval: Interval | undefined): boolean =>
  interval !== undefined && (interval.low > 1 || interval.high < 1);

const isLarge = (ratio: number | undefined): boolean =>
  ratio !== undefined && Math.abs(ratio - 1) > leastEffect;
