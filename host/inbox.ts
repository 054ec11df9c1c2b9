/**
 * What arrived and is not handled yet: a server admits it, answers, and handles it then. One for each
 * process, each step once in a turn of the event loop, in the order of arrival.
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
  #arriving: (() => void)[] = [];
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

  /**
   * Ends once this turn of the event loop has read all that came in. Whoever admits messages then does
   * so in one go with the others: a signature is checked faster after another one than after a post,
   * which drives the code and the tables of the check from the processor's caches.
   */
  arrivals(): Promise<void> {
    if (this.#arriving.length === 0) setImmediate(() => this.#letIn());
    return new Promise((resolve) => this.#arriving.push(resolve));
  }

  put(receiver: Receiver, signed: Signed<Message>): void {
    this.#items.push({ receiver, signed });
    if (!this.#isControl(signed.message.kind)) this.#waiting += 1;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#empty());
  }

  #letIn(): void {
    const arriving = this.#arriving;
    this.#arriving = [];
    for (const admit of arriving) admit();
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
