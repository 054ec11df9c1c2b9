/**
 * What a node stores for good, and what it executed on trial: the chain of formal blocks, and at most
 * one block above it whose execution can be taken back. Old blocks give way to a checkpoint.
 */

import { assert } from "../core/assert.ts";
import { Executor } from "../core/executor.ts";
import type { Digest, NodeId, Result } from "../core/ids.ts";
import type { Delivery } from "../core/machine.ts";
import type { Request } from "../core/messages.ts";
import type { Service } from "../core/service.ts";
import { genesis } from "./blocks.ts";
import type { Block, Checkpoint, Excerpt, FormalBlock, Proof, ResultEvidence } from "./messages.ts";
import { type Results, resultsOf } from "./results.ts";

export interface LedgerOptions {
  readonly service: Service;
  digest(text: string): Digest;
  /** K: after each K-th block the state itself is among the results. */
  readonly checkpointInterval: number;
}

/** What a client that asks again is told. */
export interface KnownAnswer {
  readonly timestamp: number;
  readonly result: Result;
  readonly height: number;
  /** Absent when the node took over the state without executing the block. */
  readonly evidence: ResultEvidence | undefined;
}

export type LedgerExcerpt = Pick<Excerpt, "blocks" | "checkpoint">;

interface Trial {
  readonly digest: Digest;
  readonly delivery: Delivery;
  readonly results: Results;
  readonly snapshot: string | undefined;
}

interface Answered {
  readonly timestamp: number;
  readonly index: number;
  readonly results: Results;
  readonly proof: Proof;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #executor: Executor;
  readonly #blocks = new Map<number, FormalBlock>();
  readonly #answered = new Map<NodeId, Answered>();
  #height = 0;
  #checkpoint: Checkpoint | undefined;
  #trial: Trial | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#executor = new Executor(options.service, (text) => options.digest(text));
  }

  /** Of the highest block stored; 0 before the first. */
  get height(): number {
    return this.#height;
  }

  /** The digest of the highest block stored. */
  get head(): Digest {
    return this.#blocks.get(this.#height)?.proof.digest ?? genesis;
  }

  /** Why the highest block stored is complete. */
  get proof(): Proof | undefined {
    return this.#blocks.get(this.#height)?.proof;
  }

  at(height: number): FormalBlock | undefined {
    return this.#blocks.get(height);
  }

  /** The digest of the block that is executed on trial. */
  get onTrial(): Digest | undefined {
    return this.#trial?.digest;
  }

  extendsHead({ height, parent }: Block): boolean {
    return height === this.#height + 1 && parent === this.head;
  }

  /** Executes the next block so that it can be taken back; another one on trial is taken back first. */
  execute(block: Block, digest: Digest, epoch: number): Results {
    assert(this.extendsHead(block), "a block on trial extends the highest block stored");
    if (this.#trial?.digest === digest) return this.#trial.results;
    this.rollBack();
    const requests = block.requests.map(({ message }) => message);
    const delivery = this.#executor.execute(block.height, epoch, digest, requests);
    const isCheckpoint = block.height % this.#options.checkpointInterval === 0;
    const snapshot = isCheckpoint ? this.#executor.snapshot() : undefined;
    const state = snapshot === undefined ? undefined : this.#options.digest(snapshot);
    const results = resultsOf(delivery.executed, state, this.#options.digest);
    this.#trial = { digest, delivery, results, snapshot };
    return results;
  }

  /** Takes back what is on trial; true if something was. */
  rollBack(): boolean {
    if (this.#trial === undefined) return false;
    this.#executor.undoLast();
    this.#trial = undefined;
    return true;
  }

  /** Stores the next block for good. */
  store(formal: FormalBlock): { readonly delivery: Delivery; readonly results: Results } {
    const { block, proof } = formal;
    const results = this.execute(block, proof.digest, proof.epoch);
    assert(this.#trial !== undefined, "what is stored was executed");
    const { delivery, snapshot } = this.#trial;
    this.#trial = undefined;
    this.#keep(formal);
    for (const [index, { client, timestamp }] of delivery.executed.entries()) {
      this.#answered.set(client, { timestamp, index, results, proof });
    }
    if (snapshot !== undefined) {
      this.#checkpoint = { formal, summary: results.summary, snapshot };
    }
    return { delivery: { ...delivery, view: proof.epoch }, results };
  }

  /**
   * Goes on from the state that somebody else checkpointed. False when it is no state at all: where
   * nodes are taken at their word, its digest proves nothing.
   */
  adopt(checkpoint: Checkpoint): boolean {
    this.rollBack();
    const before = this.#executor.snapshot();
    if (!this.#restore(checkpoint)) {
      this.#executor.restore(before);
      return false;
    }
    this.#blocks.clear();
    this.#answered.clear();
    this.#keep(checkpoint.formal);
    this.#checkpoint = checkpoint;
    return true;
  }

  /** At most so many blocks above the height, and the checkpoint if they do not reach down to it. */
  above(height: number, most: number): LedgerExcerpt {
    const checkpoint = this.#checkpoint;
    if (this.#blocks.has(height + 1) || checkpoint === undefined) {
      return { blocks: this.#blocksAbove(height, most) };
    }
    const reached = checkpoint.formal.block.height;
    if (reached <= height) return { blocks: [] };
    return { checkpoint, blocks: this.#blocksAbove(reached, most) };
  }

  /** Whether the request, or a newer one of its client, stands in a stored block or on trial. */
  isExecuted(request: Request): boolean {
    return this.#executor.isOld(request);
  }

  /** Whether the request, or a newer one of its client, stands in a stored block. */
  isStored(request: Request): boolean {
    const last = this.#executor.lastReply(request.client);
    return last !== undefined && request.timestamp <= last.timestamp && last.slot <= this.#height;
  }

  /** What the client's last stored request answered. */
  answerFor(client: NodeId): KnownAnswer | undefined {
    const last = this.#executor.lastReply(client);
    if (last === undefined || last.slot > this.#height) return undefined;
    const { timestamp, result, slot } = last;
    return { timestamp, result, height: slot, evidence: this.#evidenceFor(client, timestamp) };
  }

  #blocksAbove(height: number, most: number): readonly FormalBlock[] {
    const blocks: FormalBlock[] = [];
    for (let next = height + 1; next <= height + most; next += 1) {
      const block = this.#blocks.get(next);
      if (block === undefined) break;
      blocks.push(block);
    }
    return blocks;
  }

  #evidenceFor(client: NodeId, asked: number): ResultEvidence | undefined {
    const answered = this.#answered.get(client);
    if (answered === undefined || answered.timestamp !== asked) return undefined;
    const { proof, results, index } = answered;
    return { proof, summary: results.summary, path: results.pathOf(index) };
  }

  #keep(formal: FormalBlock): void {
    this.#height = formal.block.height;
    this.#blocks.set(this.#height, formal);
    this.#blocks.delete(this.#height - 2 * this.#options.checkpointInterval);
  }

  #restore({ formal, snapshot }: Checkpoint): boolean {
    try {
      this.#executor.restore(snapshot);
    } catch {
      return false;
    }
    return this.#executor.slot === formal.block.height;
  }
}
