/** View change, Castro & Liskov §4.4 and §4.5.2: when a replica gives a primary up, and whom it follows. */

import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { isSame, objectionToViewChange } from "./certificates.ts";
import type { PbftMessage, PreparedCertificate, ViewChange } from "./messages.ts";
import { announce } from "./new-view.ts";
import { refuse } from "./objections.ts";
import { persist } from "./records.ts";
import { isPrimary, lowWatermark, type PbftState, seal } from "./state.ts";
import { viewPatience, viewTimer } from "./timers.ts";

/**
 * After every step: a backup's timer runs while a request waits, for the one that waits longest. When
 * that one is executed it stops, or starts again for the next (§4.4).
 */
export function superviseView(state: PbftState, out: Out<PbftMessage>): void {
  if (state.timed === undefined ? state.waiting.size === 0 : !state.timed.isDone) return;
  if (state.isViewChanging || isPrimary(state)) return;
  const [oldest] = state.waiting.values();
  state.timed = oldest;
  if (oldest === undefined) out.stopTimer(viewTimer);
  else out.startTimer(viewTimer, viewPatience(state));
}

/** The primary, or the one that should have begun the new view, was too slow. */
export function onViewTimer(state: PbftState, out: Out<PbftMessage>): void {
  if (state.isViewChanging ? !state.isViewTimed : state.timed === undefined) return;
  changeView(state, state.view + 1, out);
}

/** Leaves its view: from now on it only listens to checkpoints, view-changes and new views. */
export function changeView(state: PbftState, view: number, out: Out<PbftMessage>): void {
  state.view = view;
  state.isViewChanging = true;
  state.isViewTimed = false;
  state.attempts += 1;
  state.newView = undefined;
  state.timed = undefined;
  out.stopTimer(viewTimer);
  out.mark({ name: "view change", view });
  const viewChange: ViewChange = {
    kind: "view-change",
    view,
    stable: lowWatermark(state),
    proof: state.stable.proof,
    prepared: preparedCertificates(state),
    replica: state.id,
  };
  persist({ kind: "view change", view }, out);
  state.viewChanges.set(state.id, seal(state, viewChange));
  out.broadcast(state.others, viewChange);
  considerNewView(state, out);
}

const preparedCertificates = (state: PbftState): readonly PreparedCertificate[] =>
  [...state.slots.values()]
    .map(({ prepared }) => prepared)
    .filter((prepared) => prepared !== undefined)
    .sort((a, b) => a.prePrepare.message.sequence - b.prePrepare.message.sequence);

export function onViewChange(
  state: PbftState,
  signed: Signed<ViewChange>,
  out: Out<PbftMessage>,
): void {
  const { message: viewChange, from } = signed;
  const { view } = viewChange;
  if (view < state.view || (view === state.view && !state.isViewChanging)) {
    return refuse(out, from, "earlier view");
  }
  const known = state.viewChanges.get(from);
  if (known !== undefined && known.message.view >= view) {
    // It says it again because it cannot know who heard it.
    return isSame(known, signed) ? undefined : refuse(out, from, "not newer than its last");
  }
  const objection = objectionToViewChange(state, from, viewChange);
  if (objection !== undefined) return refuse(out, from, objection);
  // One for each replica, so that no number of invented views fills the memory.
  state.viewChanges.set(from, signed);
  if (!followOthers(state, out)) considerNewView(state, out);
}

/**
 * f + 1 replicas want later views, so a correct one does: follows before its own timer fires, to the
 * smallest view of the f + 1 that want the most.
 */
function followOthers(state: PbftState, out: Out<PbftMessage>): boolean {
  const later = [...state.viewChanges.values()]
    .map(({ message }) => message.view)
    .filter((view) => view > state.view)
    .sort((a, b) => b - a);
  const view = later[state.f];
  if (view === undefined) return false;
  changeView(state, view, out);
  return true;
}

/** With q view-changes the new primary begins the view; everybody else starts to lose patience. */
function considerNewView(state: PbftState, out: Out<PbftMessage>): void {
  if (!state.isViewChanging) return;
  const all = [...state.viewChanges.values()];
  const forThisView = all.filter(({ message }) => message.view === state.view);
  if (isPrimary(state) && forThisView.length >= state.quorum) {
    return announce(state, choose(state, forThisView), out);
  }
  // Those who went on to later views have seen this one fail.
  const here = all.filter(({ message }) => message.view >= state.view);
  if (state.isViewTimed || here.length < state.quorum) return;
  state.isViewTimed = true;
  out.startTimer(viewTimer, viewPatience(state));
}

/** V: its own view-change and the first q − 1 of others. */
function choose(
  state: PbftState,
  viewChanges: readonly Signed<ViewChange>[],
): readonly Signed<ViewChange>[] {
  const own = viewChanges.filter(({ from }) => from === state.id);
  const others = viewChanges.filter(({ from }) => from !== state.id);
  return [...own, ...others].slice(0, state.quorum);
}
