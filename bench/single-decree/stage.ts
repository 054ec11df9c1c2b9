/** Where a run takes place, and how it is waited for. */

import type { Millis } from "../../core/ids.ts";
import type { DecreeEvent, Tell } from "./event.ts";

// setTimeout takes no more; who waits that long waits for ever.
const longestTimer = 2 ** 31 - 1;

export interface Stage {
  /** Until the question is answered, or time is over, or somebody interrupts. */
  pass(limits: Waiting): Promise<void>;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

export interface Waiting {
  readonly patienceMs: Millis;
  readonly signal: AbortSignal | undefined;
  isOver(): boolean;
}

/** For stages in real time: whoever waits looks again at each event. */
export class Attention {
  readonly tell: Tell;
  #look: (() => void) | undefined;

  constructor(tell: Tell) {
    this.tell = (event: DecreeEvent) => {
      tell(event);
      this.#look?.();
    };
  }

  async pass({ patienceMs, signal, isOver }: Waiting): Promise<void> {
    if (isOver() || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        this.#look = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(patienceMs, longestTimer));
      signal?.addEventListener("abort", end);
      this.#look = () => {
        if (isOver()) end();
      };
    });
  }
}
