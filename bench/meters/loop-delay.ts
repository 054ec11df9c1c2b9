/** How late the event loop of this process is: timers are to fire so often, and the rest is delay. */

import { monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopDelay {
  /** Beyond the timer's own interval; undefined when it never fired. */
  readonly p99Ms: number | undefined;
  resume(): void;
  pause(): void;
}

const intervalMs = 5;
const nsPerMs = 1e6;

export function createLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: intervalMs });
  return {
    get p99Ms() {
      if (histogram.count === 0) return undefined;
      return Math.max(0, histogram.percentile(99) / nsPerMs - intervalMs);
    },
    resume: () => void histogram.enable(),
    pause: () => void histogram.disable(),
  };
}
