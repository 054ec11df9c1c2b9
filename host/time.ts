/** The wall clock, counted from a moment that all processes of a cluster share. */

import type { Millis } from "../core/ids.ts";
import type { Time } from "../core/ports.ts";

// setTimeout takes no more; who waits that long waits for ever.
const longestTimer = 2 ** 31 - 1;

/** Milliseconds since the Unix epoch, with fractions, never going back. */
export const wallNow = (): Millis => performance.timeOrigin + performance.now();

/** Zero is `startMs` on the clock of `wallNow`. */
export function createTime(startMs: Millis = wallNow()): Time {
  const offset = performance.timeOrigin - startMs;
  return {
    now: () => offset + performance.now(),
    after(delayMs, run) {
      if (delayMs > longestTimer) return () => {};
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
