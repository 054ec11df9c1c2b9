/**
 * Executes decided slots in order, each request exactly once (Castro & Liskov §4.1, §4.2): a request
 * not newer than its client's last one changes nothing.
 */

import { assert } from "./assert.ts";
import type { Digest, NodeId, Result } from "./ids.ts";
import type { Delivery, Executed } from "./machine.ts";
import type { Request } from "./messages.ts";
import type { Service } from "./service.ts";

/** The last reply of each client: what is sent again when it asks again. */
export interface LastReply {
  readonly timestamp: number;
  readonly result: Result;
  readonly slot: number;
}

interface Undo {
  readonly slot: number;
  readonly history: Digest;
  readonly steps: readonly (() => void)[];
}

/** Before any slot, the chain of deliveries starts here. */
export const emptyHistory: Digest = "0";

export class Executor {
  #slot = 0;
  #history: Digest = emptyHistory;
  readonly #lastReplies = new Map<NodeId, LastReply>();
  #undo: Undo | undefined;
  readonly #service: Service;
  readonly #digest: (text: string) => Digest;

  constructor(service: Service, digest: (text: string) => Digest) {
    this.#service = service;
    this.#digest = digest;
  }

  /** The highest slot executed. */
  get slot(): number {
    return this.#slot;
  }

  get history(): Digest {
    return this.#history;
  }

  lastReply(client: NodeId): LastReply | undefined {
    return this.#lastReplies.get(client);
  }

  /** True if the request, or a newer one of its client, was executed. */
  isOld(request: Request): boolean {
    const last = this.#lastReplies.get(request.client);
    return last !== undefined && request.timestamp <= last.timestamp;
  }

  /** Executes the next slot. It can be taken back until the next one is executed. */
  execute(slot: number, view: number, digest: Digest, requests: readonly Request[]): Delivery {
    assert(slot === this.#slot + 1, `slot ${slot} follows slot ${this.#slot}`);
    const steps: (() => void)[] = [];
    const executed: Executed[] = [];
    this.#undo = { slot: this.#slot, history: this.#history, steps };
    this.#slot = slot;
    this.#history = this.#digest(`${this.#history}|${slot}|${digest}`);
    for (const request of requests) {
      if (this.isOld(request)) continue;
      const { client, timestamp, operation } = request;
      const execution = this.#service.execute(operation, slot);
      const before = this.#lastReplies.get(client);
      this.#lastReplies.set(client, { timestamp, result: execution.result, slot });
      executed.push({ client, timestamp, operation, result: execution.result });
      steps.push(() => {
        if (before === undefined) this.#lastReplies.delete(client);
        else this.#lastReplies.set(client, before);
        execution.undo();
      });
    }
    return { slot, view, digest, executed, history: this.#history };
  }

  /** Takes the last slot back, as if it had not been executed. Only one slot can be taken back. */
  undoLast(): void {
    const undo = this.#undo;
    assert(undo !== undefined, "there is a slot to take back");
    for (const step of undo.steps.toReversed()) step();
    this.#slot = undo.slot;
    this.#history = undo.history;
    this.#undo = undefined;
  }

  /** Everything that another replica needs to go on from here; equal states, equal texts. */
  snapshot(): string {
    const replies = [...this.#lastReplies].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([this.#slot, this.#history, replies, this.#service.snapshot()]);
  }

  /** Goes on from another replica's snapshot, whose digest the caller has checked. */
  restore(snapshot: string): void {
    const [slot, history, replies, service] = JSON.parse(snapshot) as [
      number,
      Digest,
      [NodeId, LastReply][],
      string,
    ];
    this.#slot = slot;
    this.#history = history;
    this.#lastReplies.clear();
    for (const [client, reply] of replies) this.#lastReplies.set(client, reply);
    this.#service.restore(service);
    this.#undo = undefined;
  }
}
