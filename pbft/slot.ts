/** One sequence number at one replica: what was proposed, who voted, what it came to. */

import type { Digest } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type {
  Commit,
  CommittedCertificate,
  PrePrepare,
  Prepare,
  PreparedCertificate,
  Vote,
} from "./messages.ts";

/** How far a slot got in the current view. */
export type Phase = "waiting" | "proposed" | "prepared" | "committed";

export interface Slot {
  readonly sequence: number;
  phase: Phase;
  /** The pre-prepare accepted in the current view. */
  proposal: Signed<PrePrepare> | undefined;
  /** Votes of the current view; they may come before the pre-prepare. */
  prepares: PhaseVotes<Prepare>;
  commits: PhaseVotes<Commit>;
  /** Its prepared certificate of the highest view: what a view-change message must show. */
  prepared: PreparedCertificate | undefined;
  /** What was committed here, in whichever view: final. */
  decision: CommittedCertificate | undefined;
  /** The view of the last pre-prepare accepted here. */
  lastView: number;
  /** Every value this replica saw proposed here, refused ones included. */
  readonly seen: PrePrepare[];
}

// A faulty primary may propose as much as it likes in one slot; this much is kept to be shown.
const mostSeen = 4;

export const createSlot = (sequence: number): Slot => ({
  sequence,
  phase: "waiting",
  proposal: undefined,
  prepares: new PhaseVotes(),
  commits: new PhaseVotes(),
  prepared: undefined,
  decision: undefined,
  lastView: 0,
  seen: [],
});

/** A new view starts every slot afresh; certificates and decisions stay. */
export function resetSlot(slot: Slot): void {
  slot.phase = "waiting";
  slot.proposal = undefined;
  slot.prepares = new PhaseVotes();
  slot.commits = new PhaseVotes();
}

/** Keeps what was seen proposed, for the message log. */
export function noteProposal(slot: Slot, { message }: Signed<PrePrepare>): void {
  if (slot.seen.some(({ digest }) => digest === message.digest)) return;
  if (slot.seen.length < mostSeen) slot.seen.push(message);
}

/**
 * The votes of one phase in one view: the first of each replica, counted as they come for the digest
 * that was proposed. An array by replica number, because all 2n² votes of a round pass here.
 */
export class PhaseVotes<V extends Vote> {
  readonly #byReplica: (Signed<V> | undefined)[] = [];
  #digest: Digest | undefined;
  #matching = 0;
  #size = 0;

  /** False if this replica voted before. */
  add(replica: number, vote: Signed<V>): boolean {
    if (this.#byReplica[replica] !== undefined) return false;
    this.#byReplica[replica] = vote;
    this.#size += 1;
    if (vote.message.digest === this.#digest) this.#matching += 1;
    return true;
  }

  /** From now on, votes for this digest are the matching ones. */
  countFor(digest: Digest): void {
    this.#digest = digest;
    this.#matching = this.#matches().length;
  }

  get matching(): number {
    return this.#matching;
  }

  get size(): number {
    return this.#size;
  }

  of(replica: number): Signed<V> | undefined {
    return this.#byReplica[replica];
  }

  all(): Signed<V>[] {
    return this.#byReplica.filter((vote) => vote !== undefined);
  }

  /** This many matching votes: a certificate. */
  proof(count: number): readonly Signed<V>[] {
    return this.#matches().slice(0, count);
  }

  #matches(): Signed<V>[] {
    return this.all().filter(({ message }) => message.digest === this.#digest);
  }
}
