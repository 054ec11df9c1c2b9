/**
 * Messages between participants of one process, without a network. What is sent in one turn of the
 * event loop arrives in a later one, in order, never inside of the sender's call.
 */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Time, Transport } from "../core/ports.ts";
import type { Receiver } from "./receiver.ts";
import type { Tally } from "./tally.ts";

/** After which times copies of a message arrive; none when it is lost. Undefined: at once. */
export type Delays = (from: NodeId, to: NodeId, message: Message, now: Millis) => readonly Millis[];

export interface MemoryNetworkOptions {
  readonly time: Time;
  readonly delays?: Delays | undefined;
  isControl(kind: string): boolean;
}

interface Letter {
  readonly to: NodeId;
  readonly signed: Signed<Message>;
  readonly tally: Tally;
}

export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #receivers = new Map<NodeId, Receiver>();
  #letters: Letter[] = [];
  #isPlanned = false;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
  }

  attach(receiver: Receiver): void {
    this.#receivers.set(receiver.id, receiver);
  }

  /** The transport of one participant, which counts on its tally. */
  transportOf(tally: Tally): Transport<Message> {
    return {
      send: (from, to, signed) => {
        for (const delayMs of this.#delaysOf(from, to, signed, tally)) {
          if (!this.#options.isControl(signed.message.kind)) tally.underWay += 1;
          const letter = { to, signed, tally };
          if (delayMs <= 0) this.#push(letter);
          else this.#options.time.after(delayMs, () => this.#push(letter));
        }
      },
    };
  }

  #delaysOf(
    from: NodeId,
    to: NodeId,
    { message }: Signed<Message>,
    tally: Tally,
  ): readonly Millis[] {
    const { delays, time } = this.#options;
    if (delays === undefined) return atOnce;
    const times = delays(from, to, message, time.now());
    if (times.length === 0) tally.lose(1, "lost by the network");
    return times;
  }

  #push(letter: Letter): void {
    this.#letters.push(letter);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    const letters = this.#letters;
    this.#letters = [];
    this.#isPlanned = false;
    for (const { to, signed, tally } of letters) {
      if (!this.#options.isControl(signed.message.kind)) tally.underWay -= 1;
      const receiver = this.#receivers.get(to);
      const refusal = receiver?.admit(signed) ?? (receiver === undefined ? "down" : undefined);
      if (refusal === "down") tally.lose(1, "nobody there");
      else if (refusal === undefined) receiver?.handle(signed);
    }
  }
}

const atOnce: readonly Millis[] = [0];
