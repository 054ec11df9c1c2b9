/** The common ledger at one node: blocks of all domains, executed in the order of their heights. */

import type { LastReply } from "../core/executor.ts";
import { Executor } from "../core/executor.ts";
import type { Digest, NodeId } from "../core/ids.ts";
import type { Delivery } from "../core/machine.ts";
import type { Message, Request } from "../core/messages.ts";
import type { Service } from "../core/service.ts";

export interface LedgerEntry<M extends Message> {
  readonly height: number;
  readonly view: number;
  readonly digest: Digest;
  /** Nothing in them but what clients asked for: an empty block has none. */
  readonly requests: readonly Request[];
  /** What shows it to others; absent where this node took part and kept nothing to show. */
  readonly evidence?: M | undefined;
}

export class Ledger<M extends Message> {
  readonly #executor: Executor;
  // A node that was away may ask for any of them, so all are kept, as a blockchain does.
  readonly #entries = new Map<number, LedgerEntry<M>>();
  #highest = 0;

  constructor(service: Service, digest: (text: string) => Digest) {
    this.#executor = new Executor(service, digest);
  }

  /** Up to here everything is executed. */
  get height(): number {
    return this.#executor.slot;
  }

  /** Of all blocks that are known here. */
  get highest(): number {
    return this.#highest;
  }

  get history(): Digest {
    return this.#executor.history;
  }

  at(height: number): LedgerEntry<M> | undefined {
    return this.#entries.get(height);
  }

  /** What is known from one height to another, both included, in order. */
  *between(from: number, to: number): Iterable<LedgerEntry<M>> {
    const last = Math.min(to, this.#highest);
    for (let height = Math.max(1, from); height <= last; height += 1) {
      const entry = this.#entries.get(height);
      if (entry !== undefined) yield entry;
    }
  }

  lastReply(client: NodeId): LastReply | undefined {
    return this.#executor.lastReply(client);
  }

  /** What a height holds never changes; false if something is there already. */
  put(entry: LedgerEntry<M>): boolean {
    if (this.#entries.has(entry.height)) return false;
    this.#entries.set(entry.height, entry);
    this.#highest = Math.max(this.#highest, entry.height);
    return true;
  }

  /** Executes the next block, if it is here. */
  advance(): Delivery | undefined {
    const next = this.#entries.get(this.height + 1);
    if (next === undefined) return undefined;
    return this.#executor.execute(next.height, next.view, next.digest, next.requests);
  }
}
