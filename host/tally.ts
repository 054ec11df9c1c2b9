/** What one participant's transport counted: posts, bytes, and every message that did not arrive. */

import { countUp } from "./counted.ts";

export interface TransportView {
  /** HTTP posts sent; 0 where there is no HTTP. */
  readonly posts: number;
  /** Bytes of their bodies. */
  readonly bytes: number;
  /** Messages that could not be handed over. */
  readonly lost: number;
  readonly lostByReason: Readonly<Record<string, number>>;
  /** Messages that arrived and were turned away at the door, by HTTP status. */
  readonly turnedAwayByStatus: Readonly<Record<string, number>>;
}

export class Tally {
  posts = 0;
  bytes = 0;
  /** Messages that left and of which nothing was heard yet, control messages not among them. */
  underWay = 0;
  #lost = 0;
  readonly #lostByReason = new Map<string, number>();
  readonly #turnedAwayByStatus = new Map<string, number>();

  get lost(): number {
    return this.#lost;
  }

  lose(messages: number, reason: string): void {
    this.#lost += messages;
    countUp(this.#lostByReason, reason, messages);
  }

  turnAway(messages: number, status: number): void {
    countUp(this.#turnedAwayByStatus, String(status), messages);
  }

  toJSON(): TransportView {
    return {
      posts: this.posts,
      bytes: this.bytes,
      lost: this.#lost,
      lostByReason: Object.fromEntries(this.#lostByReason),
      turnedAwayByStatus: Object.fromEntries(this.#turnedAwayByStatus),
    };
  }
}
