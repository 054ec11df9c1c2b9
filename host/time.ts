/** The wall clock, counted from a moment that all processes of a cluster share. */

import type { Millis } from "../core/ids.ts";
import type { Time } from "../core/ports.ts";

// setTimeout takes no more; who waits that long waits for ever.
const longestTimer = 2 ** 31 - 1;

/** Milliseconds since the Unix epoch, with fractions, never going back. */
export const wallNow = (): Millis => performance.timeOrigin + performance.now();

export class WallClock implements Time {
  #offset = performance.now();

  /** Zero is now, or that moment of `wallNow`. */
  start(atMs: Millis = wallNow()): void {
    this.#offset = atMs - performance.timeOrigin;
  }

  now(): Millis {
    return performance.now() - this.#offset;
  }

  after(delayMs: Millis, run: () => void): () => void {
    if (delayMs > longestTimer) return () => {};
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}
