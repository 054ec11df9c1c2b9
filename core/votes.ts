/** Who said what, counted once per voter. */

import type { Digest, NodeId } from "./ids.ts";

/** Votes on one question. A voter's first word counts; what it says later changes nothing. */
export class Votes<V> {
  readonly #byVoter = new Map<NodeId, V>();

  /** True if this is the voter's first vote. */
  add(voter: NodeId, vote: V): boolean {
    if (this.#byVoter.has(voter)) return false;
    this.#byVoter.set(voter, vote);
    return true;
  }

  of(voter: NodeId): V | undefined {
    return this.#byVoter.get(voter);
  }

  get size(): number {
    return this.#byVoter.size;
  }

  entries(): Iterable<[NodeId, V]> {
    return this.#byVoter.entries();
  }

  /** All votes for which the question is answered with yes, in the order of arrival. */
  where(isFor: (vote: V) => boolean): V[] {
    return [...this.#byVoter.values()].filter(isFor);
  }

  count(isFor: (vote: V) => boolean): number {
    let count = 0;
    for (const vote of this.#byVoter.values()) if (isFor(vote)) count += 1;
    return count;
  }
}

/** How many of these votes name this digest. */
export const countFor = (votes: Votes<{ readonly digest: Digest }>, digest: Digest): number =>
  votes.count((vote) => vote.digest === digest);
