/**
 * What arrived and was admitted, but is not handled yet: a server answers first. One for each process,
 * emptied once in a turn of the event loop, in the order of arrival.
 */

import type { Message, Signed } from "../core/messages.ts";
import type { Receiver } from "./receiver.ts";

interface Item {
  readonly receiver: Receiver;
  readonly signed: Signed<Message>;
}

export class Inbox {
  /** Messages that were taken in and then lost, because their receiver went down meanwhile. */
  lost = 0;
  readonly #isControl: (kind: string) => boolean;
  #items: Item[] = [];
  #waiting = 0;
  #isPlanned = false;

  constructor(isControl: (kind: string) => boolean) {
    this.#isControl = isControl;
  }

  /** Messages that wait, control messages not among them. */
  get waiting(): number {
    return this.#waiting;
  }

  put(receiver: Receiver, signed: Signed<Message>): void {
    this.#items.push({ receiver, signed });
    if (!this.#isControl(signed.message.kind)) this.#waiting += 1;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#empty());
  }

  #empty(): void {
    const items = this.#items;
    this.#items = [];
    this.#isPlanned = false;
    for (const { receiver, signed } of items) {
      if (!this.#isControl(signed.message.kind)) this.#waiting -= 1;
      if (!receiver.handle(signed)) this.lost += 1;
    }
  }
}
