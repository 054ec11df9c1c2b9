/**
 * What was first seen in each slot. Long runs have many: once all honest nodes are far past a slot it
 * is forgotten, except every so often. A delivery's history stands for all of its past, so that a node
 * which executes forgotten slots again, and otherwise, shows it at the next one that is kept.
 */

import type { NodeId } from "../../core/ids.ts";

/** So far below the slowest honest node everything is kept: late nodes and short runs miss nothing. */
export const keptSlots = 512;
/** Below that, each slot whose number this divides. */
export const keptEvery = 64;

export class FirstSeen<Seen> {
  readonly #nodes: number;
  readonly #bySlot = new Map<number, Seen>();
  readonly #newest = new Map<NodeId, number>();
  #forgottenUpTo = 0;

  /** So many nodes must be past a slot; with infinitely many, nothing is ever forgotten. */
  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  /** Slots in memory. */
  get size(): number {
    return this.#bySlot.size;
  }

  /** What was first seen, unless this is it, or it is forgotten. */
  note(node: NodeId, slot: number, seen: Seen): Seen | undefined {
    const first = this.#bySlot.get(slot);
    if (first === undefined && (slot > this.#forgottenUpTo || isKept(slot))) {
      this.#bySlot.set(slot, seen);
    }
    if (slot > (this.#newest.get(node) ?? 0)) this.#newest.set(node, slot);
    if (isKept(slot)) this.#forget();
    return first;
  }

  #forget(): void {
    if (this.#newest.size < this.#nodes) return;
    const until = Math.min(...this.#newest.values()) - keptSlots;
    for (let slot = this.#forgottenUpTo + 1; slot <= until; slot += 1) {
      if (!isKept(slot)) this.#bySlot.delete(slot);
    }
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, until);
  }
}

const isKept = (slot: number): boolean => slot % keptEvery === 0;
