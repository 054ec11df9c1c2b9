/**
 * The message log: what a node proposed, saw and said at each height, one round for each epoch in
 * which the height was tried. Only the newest heights are kept.
 */

import type { Digest, Millis, NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import { Votes } from "../core/votes.ts";
import type {
  Block,
  Commit,
  FormalBlock,
  NamedBlock,
  PrePrepare,
  PreparatoryBlock,
  Prepare,
  Reply,
} from "./messages.ts";
import type { Roles } from "./roles.ts";

/** One try at one height. Each part is there once it was said or heard. */
export interface Round {
  readonly height: number;
  readonly roles: Roles;
  /** The preparatory block. */
  proposed: NamedBlock | undefined;
  /** What this node said as primary, and the results of its own execution. */
  lead: Lead | undefined;
  prePrepare: PrePrepare | undefined;
  /** This node's own vote. */
  prepare: Prepare | undefined;
  /** When this node asked for votes, as communication node. */
  askedAt: Millis | undefined;
  /** What reached this node as communication node, and when. */
  readonly prepares: Votes<Signed<Prepare>>;
  readonly answeredAt: Map<NodeId, Millis>;
  commit: Commit | undefined;
  /** This node's own reply. */
  reply: Reply | undefined;
  /** What reached this node as primary. */
  readonly replies: Votes<Signed<Reply>>;
  /** What this node's own execution gave, once the block of this round is stored. */
  results: Digest | undefined;
  /** A complete block whose parent is not there yet. */
  formal: FormalBlock | undefined;
}

export interface Lead {
  readonly proposal: PreparatoryBlock;
  readonly results: Digest;
}

// A height that is tried more often than that keeps its newest rounds.
const mostTries = 8;

export class Rounds {
  readonly #byHeight = new Map<number, Round[]>();
  /** How many of the newest heights are kept. */
  readonly kept: number;
  #highest = 0;

  constructor(kept: number) {
    this.kept = kept;
  }

  /** The highest height of which anything was heard. */
  get highest(): number {
    return this.#highest;
  }

  at(epoch: number, height: number): Round | undefined {
    return this.of(height).find(({ roles }) => roles.epoch === epoch);
  }

  /** Oldest epoch first. */
  of(height: number): readonly Round[] {
    return this.#byHeight.get(height) ?? [];
  }

  /** The round of this height in the epoch of these roles, a new one if need be. */
  open(roles: Roles, height: number): Round {
    const known = this.at(roles.epoch, height);
    if (known !== undefined) return known;
    const rounds = this.#byHeight.get(height) ?? [];
    this.#byHeight.set(height, rounds);
    const round = createRound(roles, height);
    rounds.push(round);
    this.#highest = Math.max(this.#highest, height);
    if (rounds.length > mostTries) rounds.shift();
    return round;
  }

  /** A block that was proposed at this height in whatever epoch. */
  blockCalled(digest: Digest, height: number): Block | undefined {
    return this.of(height).find(({ proposed }) => proposed?.digest === digest)?.proposed?.block;
  }

  /** Makes room, now that this height is stored. */
  forgetBelow(height: number): void {
    for (const known of this.#byHeight.keys()) {
      // Heights are tried in their order, so the oldest come first.
      if (known > height - this.kept) return;
      this.#byHeight.delete(known);
    }
  }
}

const createRound = (roles: Roles, height: number): Round => ({
  height,
  roles,
  proposed: undefined,
  lead: undefined,
  prePrepare: undefined,
  prepare: undefined,
  askedAt: undefined,
  prepares: new Votes(),
  answeredAt: new Map(),
  commit: undefined,
  reply: undefined,
  replies: new Votes(),
  results: undefined,
  formal: undefined,
});
