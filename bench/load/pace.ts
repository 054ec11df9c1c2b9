/** The clock that an open loop keeps to: that of the wall, or that of a simulation. */

import type { Millis } from "../../core/ids.ts";

export interface Pace {
  readonly nowMs: Millis;
  /** Until that moment of its clock; at once when it is over, or when the signal says so. */
  until(moment: Millis, signal: AbortSignal): Promise<void>;
}

export const wallPace: Pace = {
  get nowMs() {
    return performance.now();
  },
  until(moment, signal) {
    const leftMs = moment - performance.now();
    // Timers are late by up to a millisecond as they are.
    if (leftMs < 0.5 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, leftMs);
      signal.addEventListener("abort", end, { once: true });
    });
  },
};
