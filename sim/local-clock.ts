/**
 * A node's own clock: it may run fast or slow, and jump. What the node times, it times by this clock:
 * when it jumps ahead its timers are due sooner, and later when it jumps back.
 */

import type { Millis } from "../core/ids.ts";
import type { Time } from "../core/ports.ts";

export interface ClockChange {
  /** How fast the clock runs from now on; 1 is true. */
  readonly rate: number;
  /** Added to what it shows, once. */
  readonly jumpMs: Millis;
}

interface Timer {
  readonly dueAt: Millis;
  run(): void;
  /** Takes back what was planned for it. */
  end(): void;
}

export class LocalClock implements Time {
  readonly #trueTime: Time;
  readonly #timers = new Set<Timer>();
  #rate = 1;
  #setAt: Millis = 0;
  #shownThen: Millis = 0;

  constructor(trueTime: Time) {
    this.#trueTime = trueTime;
  }

  now(): Millis {
    return this.#shownThen + (this.#trueTime.now() - this.#setAt) * this.#rate;
  }

  after(delayMs: Millis, run: () => void): () => void {
    const timer: Timer = { dueAt: this.now() + delayMs, run, end: () => {} };
    this.#timers.add(timer);
    this.#plan(timer);
    return () => {
      this.#timers.delete(timer);
      timer.end();
    };
  }

  change({ rate, jumpMs }: ClockChange): void {
    this.#shownThen = this.now() + jumpMs;
    this.#setAt = this.#trueTime.now();
    this.#rate = rate;
    for (const timer of this.#timers) {
      timer.end();
      this.#plan(timer);
    }
  }

  #plan(timer: Timer): void {
    const delayMs = Math.max(0, timer.dueAt - this.now()) / this.#rate;
    timer.end = this.#trueTime.after(delayMs, () => {
      this.#timers.delete(timer);
      timer.run();
    });
  }
}
