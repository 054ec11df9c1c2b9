/** How far the nodes are, as far as they told the monitor (the paper's algorithm 1, height check). */

import type { NodeId } from "../core/ids.ts";
import { heartbeatEvery } from "./heartbeats.ts";

/** A heart beats once in so many blocks at least, and one beat may be on its way. */
const grace = 2 * heartbeatEvery;

export class Heights {
  readonly #told = new Map<NodeId, number>();
  readonly #needed: number;
  #attested = 0;

  /** `needed` is f + 1: one of so many tells the truth. */
  constructor(needed: number) {
    this.#needed = needed;
  }

  /** A height that an honest node stores. */
  get attested(): number {
    return this.#attested;
  }

  tell(node: NodeId, height: number): void {
    this.#told.set(node, height);
    const sorted = [...this.#told.values()].sort((a, b) => b - a);
    this.#attested = Math.max(this.#attested, sorted[this.#needed - 1] ?? 0);
  }

  /** Whether a round at this height may be over by now. */
  isPlausible(height: number): boolean {
    return height <= this.#attested + grace;
  }

  /** Whether the node said, not long before this height, that it lives. */
  isAliveAt(height: number, node: NodeId): boolean {
    const told = this.#told.get(node);
    return told !== undefined && told + grace >= height;
  }

  /** Whom a node that is behind may ask; undefined when it is not behind. */
  holderFor(node: NodeId): NodeId | undefined {
    const own = this.#told.get(node) ?? 0;
    if (own + heartbeatEvery >= this.#attested) return undefined;
    return [...this.#told].find(([, height]) => height >= this.#attested)?.[0];
  }
}
