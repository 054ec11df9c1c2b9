/** Clients that write all the time, at whatever nodes are up, and remember what was acknowledged. */

import { setTimeout as pause } from "node:timers/promises";
import { canonical, type Json } from "../../core/encoding.ts";
import type { NodeId, Operation } from "../../core/ids.ts";
import type { Acceptance } from "../../core/machine.ts";
import type { Random } from "../../core/random.ts";
import type { Outcome } from "../cluster.ts";

export interface Submission {
  readonly client: NodeId;
  readonly operation: Operation;
}

export interface Acknowledged extends Submission {
  readonly acceptance: Acceptance;
}

export interface WritersOptions {
  readonly count: number;
  readonly random: Random;
  /** Nodes that are up just now. */
  standing(): readonly NodeId[];
  clientAt(node: NodeId, lane: number): NodeId;
  submit(node: NodeId, lane: number, operation: Json): Promise<Outcome>;
}

const value = "x".repeat(64);
const pauseMs = 20;

export class Writers {
  readonly submissions: Submission[] = [];
  readonly acknowledged: Acknowledged[] = [];
  readonly #options: WritersOptions;
  readonly #running: readonly Promise<void>[];
  readonly #whenMore = new Set<() => void>();
  #isStopping = false;

  /** Begins at once. */
  constructor(options: WritersOptions) {
    this.#options = options;
    this.#running = Array.from({ length: options.count }, (_, lane) => this.#write(lane));
  }

  /** Asks a node for something that it must order like a write. */
  read(node: NodeId): Promise<void> {
    return this.#submit(node, 0, { op: "get", key: "0/0" });
  }

  /** Resolves with the next acknowledgement. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenMore.add(resolve);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  /** What has no answer may be executed or not: each write has a key of its own. */
  async #write(lane: number): Promise<void> {
    const { random, standing } = this.#options;
    const choice = random.fork(`writer ${lane}`);
    for (let count = 0; !this.#isStopping; count += 1) {
      const nodes = standing();
      const node = choice.sample(nodes, 1)[0] ?? "";
      await this.#submit(node, lane, { op: "put", key: `${lane}/${count}`, value });
    }
  }

  async #submit(node: NodeId, lane: number, operation: Json): Promise<void> {
    const { clientAt, submit } = this.#options;
    const text = canonical(operation);
    this.submissions.push({ client: clientAt(node, lane), operation: text });
    await this.#note(await submit(node, lane, operation), text);
  }

  async #note(outcome: Outcome, operation: Operation): Promise<void> {
    const { client, timestamp, result, view, slot } = outcome;
    // A node that is gone says so at once: no need to ask it a thousand times a second.
    if (outcome.outcome !== "committed") return pause(pauseMs);
    if (timestamp === undefined || result === undefined) return;
    if (view === undefined || slot === undefined) return;
    const acceptance = { timestamp, operation, result, view, slot, from: [] };
    this.acknowledged.push({ client, operation, acceptance });
    for (const resolve of this.#whenMore) resolve();
    this.#whenMore.clear();
  }
}
