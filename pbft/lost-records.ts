/**
 * What a replica does whose disk lost records: it must not vote where it may have voted, so it only
 * listens, catches up and signs states, until a stable checkpoint is beyond all that it may have said.
 */

import type { Pledge } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { hearActing } from "./catch-up.ts";
import type { PbftMessage } from "./messages.ts";
import { enter } from "./new-view.ts";
import { refuse } from "./objections.ts";
import { planOf } from "./plan.ts";
import { persist } from "./records.ts";
import { isSilent, lowWatermark, type PbftState } from "./state.ts";

/**
 * After it relived what is left: it is silent unless that leads beyond the loss. It may have left every
 * view below the last one that it spoke of, so it stays out of them, without the view-change that it
 * cannot repeat in the same words.
 */
export function admitLoss(state: PbftState, lost: Pledge): void {
  if (lowWatermark(state) < lost.slot) state.lost = lost;
  if (lost.view <= state.view) return;
  state.view = lost.view;
  state.isViewChanging = true;
  state.newView = undefined;
}

/** What would lead to a vote is refused; it still tells how far the others are. True if it was that. */
export function refuseToVote(
  state: PbftState,
  { message, from }: Signed<PbftMessage>,
  out: Out<PbftMessage>,
): boolean {
  if (!isSilent(state) || !leadsToVotes.has(message.kind)) return false;
  if (message.kind === "commit") hearActing(state, from, message);
  if (message.kind === "prepare") hearActing(state, from, { view: message.view });
  refuse(out, from, "cannot vote without its records");
  return true;
}

const leadsToVotes: ReadonlySet<PbftMessage["kind"]> = new Set([
  "request",
  "pre-prepare",
  "prepare",
  "commit",
  "view-change",
]);

/**
 * After every step: above a stable checkpoint that is not below its last word, nothing that it forgot
 * matters. It votes on what its view began with as if it entered now: so it is on disk before.
 */
export function considerVotingAgain(state: PbftState, out: Out<PbftMessage>): void {
  if (state.lost === undefined || lowWatermark(state) < state.lost.slot) return;
  state.lost = undefined;
  const { view, newView } = state;
  out.mark({ name: "votes again", view, slot: lowWatermark(state) });
  if (newView === undefined || state.isViewChanging) return;
  persist({ kind: "new view", newView }, out);
  enter(state, newView, planOf(newView.message, state.tools.digest), out);
}
