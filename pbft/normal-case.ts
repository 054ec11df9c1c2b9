/** Normal case, Castro & Liskov §4.2: how a request becomes committed. */

import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { hearActing, noteActed } from "./catch-up.ts";
import { executeReady } from "./execution.ts";
import type { Commit, PbftMessage, PrePrepare, Prepare, Vote } from "./messages.ts";
import {
  objectionToPrePrepare,
  objectionToProposal,
  objectionToVote,
  refuse,
} from "./objections.ts";
import type { Ordering } from "./postponed.ts";
import { persist, preparedRecord } from "./records.ts";
import { isAuthenticRequest, noteProposed } from "./requests.ts";
import { noteProposal, type PhaseVotes, type Slot } from "./slot.ts";
import { highWatermark, isPrimary, type PbftState, seal, slotAt } from "./state.ts";

type SignedVote = Signed<Prepare> | Signed<Commit>;

export function onPrePrepare(
  state: PbftState,
  signed: Signed<PrePrepare>,
  out: Out<PbftMessage>,
): void {
  const { message: prePrepare, from } = signed;
  const objection = objectionToPrePrepare(state, from, prePrepare);
  if (objection !== undefined) return refuse(out, from, objection);
  if (isEarly(state, prePrepare)) return postpone(state, signed, out);

  const refusal = objectionToProposal(state, prePrepare);
  if (refusal === "conflicting pre-prepare") recordConflict(state, signed, out);
  if (refusal !== undefined) return refuse(out, from, refusal);
  if (!prePrepare.batch.every((request) => isAuthenticRequest(state, request))) {
    return refuse(out, from, "request not signed by its client");
  }
  noteProposed(state, prePrepare.batch);
  persist({ kind: "accepted", proposal: signed }, out);
  accept(state, slotAt(state, prePrepare.sequence), signed, out);
}

/** Two signed pre-prepares for one slot prove that the primary is faulty. */
function recordConflict(state: PbftState, signed: Signed<PrePrepare>, out: Out<PbftMessage>): void {
  const { view, sequence, digest } = signed.message;
  noteProposal(slotAt(state, sequence), signed);
  out.mark({ name: "equivocation", view, slot: sequence, detail: digest });
}

/** Makes a pre-prepare the proposal of its slot in this view; a backup prepares it. */
export function accept(
  state: PbftState,
  slot: Slot,
  proposal: Signed<PrePrepare>,
  out: Out<PbftMessage>,
): void {
  const { view, sequence, digest } = proposal.message;
  noteProposal(slot, proposal);
  slot.proposal = proposal;
  slot.phase = "proposed";
  slot.lastView = view;
  slot.prepares.countFor(digest);
  slot.commits.countFor(digest);
  state.uncommitted.add(sequence);
  state.lastProposed = Math.max(state.lastProposed, sequence);
  if (!isPrimary(state)) {
    castVote(
      state,
      slot.prepares,
      { kind: "prepare", view, sequence, digest, replica: state.id },
      out,
    );
  }
  advance(state, slot, out);
}

export function onPrepare(state: PbftState, signed: Signed<Prepare>, out: Out<PbftMessage>): void {
  const slot = slotToVoteOn(state, signed, out);
  if (slot === undefined) return;
  if (!slot.prepares.add(numberOf(state, signed), signed)) {
    return refuse(out, signed.from, "voted before");
  }
  advance(state, slot, out);
}

export function onCommit(state: PbftState, signed: Signed<Commit>, out: Out<PbftMessage>): void {
  const slot = slotToVoteOn(state, signed, out);
  if (slot === undefined) return;
  if (!slot.commits.add(numberOf(state, signed), signed)) {
    return refuse(out, signed.from, "voted before");
  }
  if (slot.commits.size > state.f) noteActed(state, slot.sequence);
  advance(state, slot, out);
}

/** The slot that a vote counts in, if it counts now; refuses or postpones it otherwise. */
function slotToVoteOn(
  state: PbftState,
  signed: SignedVote,
  out: Out<PbftMessage>,
): Slot | undefined {
  const { message: vote, from } = signed;
  const objection = objectionToVote(state, from, vote);
  if (objection === undefined && !isEarly(state, vote)) return slotAt(state, vote.sequence);

  // Where it cannot follow, a commit still tells how far its sender is.
  if (vote.kind === "commit") hearActing(state, from, vote);
  if (objection === undefined) postpone(state, signed, out);
  else if (objection !== "below the low watermark" || !logLate(state, signed)) {
    refuse(out, from, objection);
  }
  return undefined;
}

const numberOf = (state: PbftState, { from }: SignedVote): number => state.numbers.get(from) ?? -1;

/** What was just collected goes on to log late votes, so that one can see who voted; no more than that. */
function logLate(state: PbftState, signed: SignedVote): boolean {
  const { message: vote } = signed;
  const slot = state.collected.get(vote.sequence);
  if (slot?.lastView !== vote.view) return false;
  const votes: PhaseVotes<Vote> = vote.kind === "prepare" ? slot.prepares : slot.commits;
  return votes.add(numberOf(state, signed), signed);
}

/** Of a view that has not begun here, or from beyond the high watermark. */
const isEarly = (
  state: PbftState,
  { view, sequence }: { readonly view: number; readonly sequence: number },
): boolean => state.isViewChanging || view > state.view || sequence > highWatermark(state);

function postpone(state: PbftState, signed: Signed<Ordering>, out: Out<PbftMessage>): void {
  hearActing(state, signed.from, { view: signed.message.view });
  if (!state.postponed.add(signed)) refuse(out, signed.from, "no room for later messages");
}

/** Takes a slot as far as its votes carry it: prepared, then committed. */
export function advance(state: PbftState, slot: Slot, out: Out<PbftMessage>): void {
  const { proposal } = slot;
  if (proposal === undefined) return;
  if (slot.phase === "proposed" && slot.prepares.matching >= state.quorum - 1) {
    becomePrepared(state, slot, proposal, out);
  }
  if (slot.phase === "prepared" && slot.commits.matching >= state.quorum) {
    becomeCommitted(state, slot, proposal.message, out);
  }
}

/** prepared(m, v, n, i): the pre-prepare and q − 1 matching prepares of different backups. */
function becomePrepared(
  state: PbftState,
  slot: Slot,
  proposal: Signed<PrePrepare>,
  out: Out<PbftMessage>,
): void {
  const { view, sequence, digest } = proposal.message;
  slot.phase = "prepared";
  const prepares = slot.prepares.proof(state.quorum - 1);
  slot.prepared = { prePrepare: proposal, prepares };
  out.mark({ name: "prepared", view, slot: sequence, detail: digest });
  persist(preparedRecord(proposal.message, prepares), out);
  const commit: Commit = { kind: "commit", view, sequence, digest, replica: state.id };
  castVote(state, slot.commits, commit, out);
}

/** committed-local(m, v, n, i): prepared, and q matching commits, perhaps its own among them. */
function becomeCommitted(
  state: PbftState,
  slot: Slot,
  { view, sequence, digest, batch }: PrePrepare,
  out: Out<PbftMessage>,
): void {
  slot.phase = "committed";
  state.uncommitted.delete(sequence);
  out.mark({ name: "committed", view, slot: sequence, detail: digest });
  // Decided once is decided for good, however many views run it again.
  slot.decision ??= { view, sequence, digest, batch, commits: slot.commits.proof(state.quorum) };
  executeReady(state, out);
}

function castVote<V extends Prepare | Commit>(
  state: PbftState,
  votes: PhaseVotes<V>,
  vote: V,
  out: Out<PbftMessage>,
): void {
  out.broadcast(state.others, vote);
  votes.add(state.number, seal(state, vote));
}
