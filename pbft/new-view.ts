/** New view, Castro & Liskov §4.4: what follows from q view-changes, and how a view begins with it. */

import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { askOn, hearNewView } from "./catch-up.ts";
import { isSame, objectionToViewChange } from "./certificates.ts";
import { makeStable } from "./checkpoints.ts";
import {
  type NewView,
  nullBatch,
  type PbftMessage,
  type PrePrepare,
  type ViewChange,
} from "./messages.ts";
import { accept } from "./normal-case.ts";
import { type Objection, refuse } from "./objections.ts";
import { type Plan, planOf } from "./plan.ts";
import { persist } from "./records.ts";
import { isAuthenticRequest, noteProposed } from "./requests.ts";
import { resetSlot } from "./slot.ts";
import {
  isPrimary,
  isSilent,
  lowWatermark,
  type PbftState,
  primaryOf,
  seal,
  slotAt,
} from "./state.ts";
import { viewTimer } from "./timers.ts";

/** The new primary: tells everybody V and O, and begins. */
export function announce(
  state: PbftState,
  viewChanges: readonly Signed<ViewChange>[],
  out: Out<PbftMessage>,
): void {
  const plan = planOf({ view: state.view, viewChanges }, state.tools.digest);
  const prePrepares = plan.proposals.map((proposal) =>
    seal(state, { ...proposal, batch: nullBatch }),
  );
  const newView: NewView = { kind: "new-view", view: state.view, viewChanges, prePrepares };
  const signed = seal(state, newView);
  persist({ kind: "new view", newView: signed }, out);
  out.broadcast(state.others, newView);
  enter(state, signed, plan, out);
}

export function onNewView(state: PbftState, signed: Signed<NewView>, out: Out<PbftMessage>): void {
  const { message: newView, from } = signed;
  const objection = objectionToNewView(state, from, newView);
  if (objection !== undefined) return refuse(out, from, objection);
  const plan = planOf(newView, state.tools.digest);
  const flaw = objectionToProposals(state, newView, plan);
  if (flaw !== undefined) return refuse(out, from, flaw);
  // It votes for nothing in it: the record would say that it did.
  if (!isSilent(state)) persist({ kind: "new view", newView: signed }, out);
  enter(state, signed, plan, out);
}

/** V: q valid view-changes of different replicas for this very view, the primary's among them. */
function objectionToNewView(
  state: PbftState,
  from: string,
  { view, viewChanges }: NewView,
): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== primaryOf(state, view)) return "not from the primary";
  if (view < state.view || (view === state.view && !state.isViewChanging)) return "earlier view";
  const senders = new Set<string>();
  for (const signed of viewChanges) {
    if (signed.message.view !== view) return "view-change of another view";
    if (senders.has(signed.from)) return "view-change twice";
    senders.add(signed.from);
    // Those that came by themselves were checked then.
    if (isSame(state.viewChanges.get(signed.from), signed)) continue;
    if (!state.tools.isAuthentic(signed)) return "view-change not authentic";
    const objection = objectionToViewChange(state, signed.from, signed.message);
    if (objection !== undefined) return objection;
  }
  if (senders.size < state.quorum) return "too few view-changes";
  return senders.has(from) ? undefined : "without the primary's view-change";
}

/** O must be what follows from V, signed by the primary one by one. */
function objectionToProposals(
  state: PbftState,
  { prePrepares }: NewView,
  { proposals }: Plan,
): Objection | undefined {
  const areThose =
    prePrepares.length === proposals.length &&
    proposals.every((proposal, index) => isProposal(state, proposal, prePrepares[index]));
  return areThose ? undefined : "not the proposals that follow";
}

function isProposal(
  state: PbftState,
  { view, sequence, digest }: PrePrepare,
  signed: Signed<PrePrepare> | undefined,
): boolean {
  if (signed === undefined || signed.from !== primaryOf(state, view)) return false;
  const { message } = signed;
  if (message.view !== view || message.sequence !== sequence) return false;
  return message.digest === digest && state.tools.isAuthentic(signed);
}

/** Begins a view: the checkpoint of V, a fresh vote on everything in O, then what waits. */
export function enter(
  state: PbftState,
  signed: Signed<NewView>,
  plan: Plan,
  out: Out<PbftMessage>,
): void {
  const { view, prePrepares } = signed.message;
  state.view = view;
  state.isViewChanging = false;
  state.newView = signed;
  for (const [replica, { message }] of state.viewChanges) {
    if (message.view <= view) state.viewChanges.delete(replica);
  }
  out.stopTimer(viewTimer);
  out.mark({ name: "new view", view });
  makeStable(state, plan.stable, out);
  startAfresh(state, plan);
  if (isSilent(state)) return askOn(state, out);
  for (const [index, { batch }] of plan.proposals.entries()) {
    const prePrepare = prePrepares[index];
    if (prePrepare === undefined || prePrepare.message.sequence <= lowWatermark(state)) continue;
    // The signature covers the digest, so the batch can be put back in.
    const proposal = { ...prePrepare, message: { ...prePrepare.message, batch } };
    noteProposed(
      state,
      batch.filter((request) => isAuthenticRequest(state, request)),
    );
    accept(state, slotAt(state, prePrepare.message.sequence), proposal, out);
  }
  carryOver(state, out);
  if (state.executor.slot < lowWatermark(state)) askOn(state, out);
}

function startAfresh(state: PbftState, { stable, proposals }: Plan): void {
  for (const slot of state.slots.values()) resetSlot(slot);
  state.uncommitted.clear();
  state.lastProposed = stable.sequence + proposals.length;
  state.isViewTimed = false;
  state.timed = undefined;
  state.isReplayDue = true;
  hearNewView(state, state.lastProposed);
  state.queue.clear();
  for (const client of state.waiting.keys()) state.queue.add(client);
}

/** What waits and is not in O reaches the new primary even if its client never asks again. */
function carryOver(state: PbftState, out: Out<PbftMessage>): void {
  if (isPrimary(state)) return;
  for (const client of state.queue) {
    const waiting = state.waiting.get(client);
    if (waiting !== undefined) out.forward(primaryOf(state, state.view), waiting.signed);
  }
}
