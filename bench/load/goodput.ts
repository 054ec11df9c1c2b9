/** What became of an open loop's load: offered and accepted requests per second of its window. */

import type { Millis } from "../../core/ids.ts";
import type { Schedule } from "./arrivals.ts";

/** Less of what was offered, and the rate is not met. */
export const shareOfRate = 0.95;

export interface Accepted {
  /** Since the window began: when it was to leave. */
  readonly intendedMs: Millis;
  readonly latencyMs: Millis;
}

export interface Goodput {
  readonly offeredPerS: number;
  readonly acceptedPerS: number;
}

/**
 * Requests that were accepted within the window. As nothing can be accepted before the fastest request
 * takes, the window of acceptances is shorter by that: a cluster that keeps up accepts what is offered.
 */
export function goodputOf({ atMs, windowMs }: Schedule, accepted: readonly Accepted[]): Goodput {
  const offeredPerS = (1000 * atMs.length) / windowMs;
  const fastestMs = accepted.reduce(
    (least, { latencyMs }) => Math.min(least, latencyMs),
    Number.POSITIVE_INFINITY,
  );
  if (fastestMs >= windowMs) return { offeredPerS, acceptedPerS: 0 };
  const inTime = accepted.filter(({ intendedMs, latencyMs }) => intendedMs + latencyMs <= windowMs);
  return { offeredPerS, acceptedPerS: (1000 * inTime.length) / (windowMs - fastestMs) };
}
