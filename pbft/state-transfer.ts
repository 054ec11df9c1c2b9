/**
 * State transfer (§4.3; TOCS 2002): what a replica that is behind is given, and how it checks it. A
 * stable checkpoint brings it over what is collected, commit certificates bring it from there on.
 */

import type { Millis } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { askOn } from "./catch-up.ts";
import { objectionToCommitted, objectionToProof } from "./certificates.ts";
import { keepSnapshot, makeStable } from "./checkpoints.ts";
import { execute, executeReady } from "./execution.ts";
import type { Committed, CommittedCertificate, Fetch, PbftMessage, State } from "./messages.ts";
import { objectionToFetch, refuse } from "./objections.ts";
import { forgetExecuted } from "./requests.ts";
import { highWatermark, isPrimary, lowWatermark, type PbftState, slotAt } from "./state.ts";

// Most slots in one answer. Whoever needs more asks on when it has executed these.
const mostSlots = 64;

export function onFetch(
  state: PbftState,
  { message: fetch, from }: Signed<Fetch>,
  now: Millis,
  out: Out<PbftMessage>,
): void {
  const objection = objectionToFetch(state, from, fetch, now);
  if (objection !== undefined) return refuse(out, from, objection);
  state.catchUp.answered.set(from, { at: now, executed: fetch.executed });
  if (fetch.supplier === state.id) supply(state, fetch, out);
  resendVotes(state, fetch, out);
  resendViewChange(state, fetch, out);
  resendCheckpoints(state, fetch, out);
}

/** The full answer: the new view it missed, a state it cannot reach by itself, what committed since. */
function supply(state: PbftState, fetch: Fetch, out: Out<PbftMessage>): void {
  const { newView, stable } = state;
  const isMissingView =
    fetch.view < state.view || (fetch.view === state.view && fetch.isViewChanging);
  if (newView !== undefined && !state.isViewChanging && isMissingView) {
    out.forward(fetch.replica, newView);
  }
  if (stable.sequence > Math.min(fetch.stable, fetch.executed)) supplyCheckpoint(state, fetch, out);
  const slots = decisionsAfter(state, fetch.executed);
  if (slots.length > 0) {
    out.send(fetch.replica, { kind: "committed", slots, replica: state.id });
  }
}

/** The state with its proof, or the proof alone when the other one has come that far by itself. */
function supplyCheckpoint(state: PbftState, fetch: Fetch, out: Out<PbftMessage>): void {
  const { sequence, proof } = state.stable;
  const snapshot = state.snapshots.get(sequence)?.text;
  if (fetch.executed >= sequence) {
    for (const signed of proof) out.forward(fetch.replica, signed);
  } else if (snapshot !== undefined) {
    out.send(fetch.replica, { kind: "state", sequence, proof, snapshot, replica: state.id });
  }
}

function decisionsAfter(state: PbftState, executed: number): readonly CommittedCertificate[] {
  const decisions: CommittedCertificate[] = [];
  let sequence = Math.max(executed, lowWatermark(state)) + 1;
  while (decisions.length < mostSlots) {
    const decision = state.slots.get(sequence)?.decision;
    if (decision === undefined) break;
    decisions.push(decision);
    sequence += 1;
  }
  return decisions;
}

/** What is under way in the same view may only lack the votes that got lost: says its own again. */
function resendVotes(state: PbftState, fetch: Fetch, out: Out<PbftMessage>): void {
  if (state.isViewChanging || fetch.isViewChanging || fetch.view !== state.view) return;
  let sent = 0;
  for (const sequence of state.uncommitted) {
    if (sequence <= fetch.executed) continue;
    const slot = state.slots.get(sequence);
    const votes = [
      isPrimary(state) ? slot?.proposal : undefined,
      slot?.prepares.of(state.number),
      slot?.commits.of(state.number),
    ];
    for (const vote of votes) if (vote !== undefined) out.forward(fetch.replica, vote);
    sent += 1;
    if (sent === mostSlots) return;
  }
}

/** The same for two that want the same view. */
function resendViewChange(state: PbftState, fetch: Fetch, out: Out<PbftMessage>): void {
  if (!state.isViewChanging || !fetch.isViewChanging || fetch.view !== state.view) return;
  const own = state.viewChanges.get(state.id);
  if (own === undefined || fetch.viewChanges.includes(state.id)) return;
  out.forward(fetch.replica, own);
}

/** Whose checkpoints got lost has a window that stays full: says its own again, stable here or not. */
function resendCheckpoints(state: PbftState, fetch: Fetch, out: Out<PbftMessage>): void {
  for (const [sequence, votes] of state.checkpoints) {
    const own = votes.of(state.id);
    if (own !== undefined && sequence > fetch.stable) out.forward(fetch.replica, own);
  }
}

/** Slots that others committed: executed in order, as far as their certificates hold. */
export function onCommitted(
  state: PbftState,
  { message, from }: Signed<Committed>,
  out: Out<PbftMessage>,
): void {
  const before = state.executor.slot;
  for (const certificate of message.slots) {
    if (certificate.sequence !== state.executor.slot + 1) continue;
    if (certificate.sequence > highWatermark(state)) break;
    const objection = objectionToCommitted(state, certificate);
    if (objection !== undefined) return refuse(out, from, objection);
    decide(state, certificate);
    execute(state, certificate, out);
    executeReady(state, out);
  }
  if (state.executor.slot === before) return refuse(out, from, "nothing new");
  askOn(state, out);
}

/** Keeps a decision for others who ask, and for the log. */
function decide(state: PbftState, certificate: CommittedCertificate): void {
  const { sequence, view } = certificate;
  // Below a checkpoint that a new view proved, there is no log to keep it in.
  if (sequence <= lowWatermark(state)) return;
  const slot = slotAt(state, sequence);
  slot.decision = certificate;
  if (view !== state.view || slot.proposal === undefined) return;
  slot.phase = "committed";
  state.uncommitted.delete(sequence);
}

/** A stable checkpoint of others, taken over whole once its proof and its digest hold. */
export function onState(
  state: PbftState,
  { message, from }: Signed<State>,
  out: Out<PbftMessage>,
): void {
  const { sequence, proof, snapshot } = message;
  if (sequence <= state.executor.slot) return refuse(out, from, "nothing new");
  const digest = state.tools.digest(snapshot);
  const objection = objectionToProof(state, sequence, proof, digest);
  if (objection !== undefined) return refuse(out, from, objection);

  state.executor.restore(snapshot);
  keepSnapshot(state, message, out);
  makeStable(state, { sequence, digest, proof: proof.slice(0, state.quorum) }, out);
  forgetExecuted(state);
  out.mark({ name: "state transferred", view: state.view, slot: sequence });
  executeReady(state, out);
  askOn(state, out);
}
