/**
 * Distance between participants: laid around any transport, it lets messages leave late, twice or never.
 * They wait on the sender's side, so whatever carries them, a lone post or a shared one, is left as it is.
 */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Time, Transport } from "../core/ports.ts";
import type { Tally } from "./tally.ts";

/** After which times copies of a message leave; none when it is lost. */
export type Delays = (from: NodeId, to: NodeId, message: Message, now: Millis) => readonly Millis[];

export interface DistanceOptions {
  readonly time: Time;
  readonly delays: Delays;
  isControl(kind: string): boolean;
}

export class Distance {
  readonly #options: DistanceOptions;
  /** What cancels each message that waits. */
  readonly #waiting = new Set<() => void>();

  constructor(options: DistanceOptions) {
    this.#options = options;
  }

  /** The same transport from afar; `tally` is that of its sender. */
  around(transport: Transport<Message>, tally: Tally): Transport<Message> {
    const { delays, time } = this.#options;
    return {
      send: (from, to, signed) => {
        const times = delays(from, to, signed.message, time.now());
        if (times.length === 0) tally.lose(1, "lost by the network");
        for (const delayMs of times) {
          if (delayMs <= 0) transport.send(from, to, signed);
          else this.#hold(delayMs, signed, tally, () => transport.send(from, to, signed));
        }
      },
    };
  }

  /** Whatever still waits never leaves: there is nothing left that could carry it. */
  close(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }

  #hold(delayMs: Millis, { message }: Signed<Message>, tally: Tally, leave: () => void): void {
    const counted = this.#options.isControl(message.kind) ? 0 : 1;
    tally.underWay += counted;
    const cancel = this.#options.time.after(delayMs, () => {
      this.#waiting.delete(cancel);
      // From here on whatever carries it counts it.
      tally.underWay -= counted;
      leave();
    });
    this.#waiting.add(cancel);
  }
}
