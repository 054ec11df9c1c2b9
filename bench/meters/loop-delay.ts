/** How late the event loop of this process is: timers are to fire so often, and the rest is delay. */

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Beyond the timer's own interval; undefined when it never fired. */
export interface Delays {
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface LoopDelay {
  readonly delays: Delays;
  resume(): void;
  pause(): void;
  /** Forgets what was so far. */
  reset(): void;
}

const intervalMs = 5;
const nsPerMs = 1e6;

export function createLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: intervalMs });
  return {
    get delays() {
      return { p50Ms: delayMs(histogram, 50), p99Ms: delayMs(histogram, 99) };
    },
    resume: () => void histogram.enable(),
    pause: () => void histogram.disable(),
    reset: () => histogram.reset(),
  };
}

function delayMs(histogram: IntervalHistogram, percent: number): number | undefined {
  if (histogram.count === 0) return undefined;
  return Math.max(0, histogram.percentile(percent) / nsPerMs - intervalMs);
}
