/** When requests arrive in an open loop: a schedule made in advance from a seed, which nobody's answers change. */

import type { Millis } from "../../core/ids.ts";
import { createRandom } from "../../sim/random.ts";

/** How the rate lies over the time: even, rising from nothing to twice the rate, or all at once each second. */
export const arrivalShapes = ["poisson", "ramp", "burst"] as const;
export type ArrivalShape = (typeof arrivalShapes)[number];

export interface ArrivalOptions {
  /** On average, per second. */
  readonly ratePerS: number;
  readonly shape: ArrivalShape;
  readonly seed: number;
  /** Named, so that the warm-up does not arrive like what is measured. */
  readonly part: string;
  readonly length: Length;
}

/** So long, or so many. */
export type Length = { readonly durationMs: Millis } | { readonly requests: number };

export interface Schedule {
  /** Rising, from the beginning of the window on. */
  readonly atMs: readonly Millis[];
  readonly windowMs: Millis;
}

// Of each second of a burst, this part holds all of its requests.
const burstPeriodMs = 1000;
const burstMs = 100;

/**
 * A Poisson process whose clock is bent: it arrives at the times at which as many requests were to be
 * expected as its unit process has counted.
 */
export function scheduleOf({ ratePerS, shape, seed, part, length }: ArrivalOptions): Schedule {
  const random = createRandom(seed).fork("load").fork(part);
  const perMs = ratePerS / 1000;
  const expected = "requests" in length ? length.requests : length.durationMs * perMs;
  const windowMs = expected / perMs;
  const timeOf = timeWhenExpected(shape, perMs, windowMs);
  const atMs: Millis[] = [];
  for (let level = gap(random.fraction()); ; level += gap(random.fraction())) {
    if ("requests" in length ? atMs.length === length.requests : level >= expected) break;
    atMs.push(timeOf(level));
  }
  return { atMs, windowMs: Math.max(windowMs, atMs.at(-1) ?? 0) };
}

/** Between two arrivals of a Poisson process with one arrival per unit. */
const gap = (uniform: number): number => -Math.log1p(-uniform);

/** The time at which so many requests are to be expected; the inverse of the rate's integral. */
function timeWhenExpected(
  shape: ArrivalShape,
  perMs: number,
  windowMs: Millis,
): (level: number) => Millis {
  switch (shape) {
    case "poisson":
      return (level) => level / perMs;
    case "ramp":
      return (level) => Math.sqrt((level * windowMs) / perMs);
    case "burst":
      return (level) => {
        const even = level / perMs;
        const period = Math.floor(even / burstPeriodMs) * burstPeriodMs;
        return period + ((even - period) * burstMs) / burstPeriodMs;
      };
  }
}
