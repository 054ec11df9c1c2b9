/**
 * Messages between participants of one process, without a network. What is sent in one turn of the
 * event loop arrives in a later one, in order, never inside of the sender's call.
 */

import type { NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Time, Transport } from "../core/ports.ts";
import { type Delays, Distance } from "./distance.ts";
import type { Receiver } from "./receiver.ts";
import type { Tally } from "./tally.ts";

export interface MemoryNetworkOptions {
  readonly time: Time;
  /** Undefined: messages arrive at once. */
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
  readonly #distance: Distance | undefined;
  readonly #receivers = new Map<NodeId, Receiver>();
  #letters: Letter[] = [];
  #isPlanned = false;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
    const { delays, ...rest } = options;
    this.#distance = delays === undefined ? undefined : new Distance({ ...rest, delays });
  }

  attach(receiver: Receiver): void {
    this.#receivers.set(receiver.id, receiver);
  }

  /** The transport of one participant, which counts on its tally. */
  transportOf(tally: Tally): Transport<Message> {
    const near: Transport<Message> = {
      send: (_from, to, signed) => {
        if (!this.#options.isControl(signed.message.kind)) tally.underWay += 1;
        this.#push({ to, signed, tally });
      },
    };
    return this.#distance?.around(near, tally) ?? near;
  }

  /** What still waits never arrives. */
  close(): void {
    this.#distance?.close();
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
