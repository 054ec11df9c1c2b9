/**
 * How a replica notices that it is behind, and asks (after TOCS 2002): it listens to how far others got;
 * when f + 1 of them acted where it cannot follow, or a request waits and nothing moves, it fetches.
 */

import type { NodeId } from "../core/ids.ts";
import type { Out } from "../core/out.ts";
import type { Fetch, PbftMessage } from "./messages.ts";
import { isSilent, lowWatermark, type PbftState } from "./state.ts";
import { catchUpPatience, catchUpTimer } from "./timers.ts";

/** A replica said something in this view, about this sequence if it is a commit. */
export function hearActing(
  state: PbftState,
  from: NodeId,
  { view, sequence = 0 }: { readonly view: number; readonly sequence?: number },
): void {
  const heard = state.catchUp.heard.get(from);
  if (heard === undefined || view < heard.view) return;
  if (view === heard.view && sequence <= heard.sequence) return;
  // What it did in an earlier view may have come to nothing.
  heard.view = view;
  heard.sequence = sequence;
  conclude(state);
}

/** A replica executed up to a checkpoint that has no place here. */
export function hearCheckpoint(state: PbftState, from: NodeId, sequence: number): void {
  const heard = state.catchUp.heard.get(from);
  if (heard === undefined || sequence <= heard.checkpoint) return;
  heard.checkpoint = sequence;
  conclude(state);
}

/** What f + 1 replicas did, at least one correct replica did. */
function conclude({ catchUp, f }: PbftState): void {
  const heard = [...catchUp.heard.values()];
  const sequences = heard.map(({ sequence, checkpoint }) => Math.max(sequence, checkpoint));
  catchUp.sequence = Math.max(catchUp.sequence, highestOf(sequences, f + 1));
  catchUp.view = Math.max(
    catchUp.view,
    highestOf(
      heard.map(({ view }) => view),
      f + 1,
    ),
  );
}

/** f + 1 replicas acted at this sequence or above. */
export function noteActed(state: PbftState, sequence: number): void {
  if (sequence > state.catchUp.sequence) state.catchUp.sequence = sequence;
}

/** The highest number that at least `count` of these reach. */
function highestOf(numbers: readonly number[], count: number): number {
  return numbers.toSorted((a, b) => b - a)[count - 1] ?? 0;
}

const isBehind = ({ catchUp, executor, view }: PbftState): boolean =>
  catchUp.sequence > executor.slot || catchUp.view > view;

/** After every step: the timer runs while there is something that should move and does not. */
export function superviseCatchUp(state: PbftState, out: Out<PbftMessage>): void {
  const { catchUp, executor } = state;
  const isNeeded =
    state.isViewChanging || state.waiting.size > 0 || isBehind(state) || isSilent(state);
  if (!isNeeded && !catchUp.isTimerOn) return;
  if (!isNeeded) return stopTimer(state, out);
  const hasMoved = executor.slot !== catchUp.executedThen;
  // Who asked in vain when there was nothing to be had need not be slow now that there is.
  const hasNews = catchUp.vain > 0 && othersMoved(state);
  if (hasMoved || hasNews) catchUp.vain = 0;
  if (hasMoved || hasNews || !catchUp.isTimerOn) startTimer(state, out);
}

const othersMoved = ({ catchUp }: PbftState): boolean => catchUp.sequence > catchUp.actedThen;

function startTimer(state: PbftState, out: Out<PbftMessage>): void {
  state.catchUp.isTimerOn = true;
  state.catchUp.executedThen = state.executor.slot;
  out.startTimer(catchUpTimer, catchUpPatience(state));
}

function stopTimer({ catchUp }: PbftState, out: Out<PbftMessage>): void {
  catchUp.isTimerOn = false;
  catchUp.vain = 0;
  out.stopTimer(catchUpTimer);
}

/** Nothing moved here: asks somebody else. */
export function onCatchUpTimer(state: PbftState, out: Out<PbftMessage>): void {
  const { catchUp } = state;
  // As long as others get on in their view they will not come along.
  if (state.isViewChanging && !othersMoved(state)) repeatViewChange(state, out);
  catchUp.actedThen = catchUp.sequence;
  catchUp.supplier = nextSupplier(state);
  catchUp.vain += 1;
  ask(state, out);
}

/** The next one in turn of those who seem to be ahead, if it cannot only be liars; else of all others. */
function nextSupplier(state: PbftState): NodeId {
  const { replicas, others, catchUp, f } = state;
  const ahead = others.filter((replica) => isAhead(state, replica));
  const eligible = new Set(ahead.length > f ? ahead : others);
  const last = replicas.indexOf(catchUp.supplier);
  const inTurn = [...replicas.slice(last + 1), ...replicas.slice(0, last + 1)];
  return inTurn.find((replica) => eligible.has(replica)) ?? state.id;
}

/** Whether it has heard this replica act where it cannot follow, or vote where it has not executed. */
function isAhead(state: PbftState, replica: NodeId): boolean {
  const { slot: executed } = state.executor;
  const { view = 0, sequence = 0, checkpoint = 0 } = state.catchUp.heard.get(replica) ?? {};
  if (view > state.view || sequence > executed || checkpoint > executed) return true;
  const number = state.numbers.get(replica) ?? -1;
  return [...state.slots.values()].some(
    (slot) => slot.sequence > executed && slot.commits.of(number) !== undefined,
  );
}

/** Says it again to those who do not seem to know; the others ask for what they lack. */
function repeatViewChange(state: PbftState, out: Out<PbftMessage>): void {
  const own = state.viewChanges.get(state.id);
  const hasHeard = (id: NodeId) => (state.viewChanges.get(id)?.message.view ?? 0) >= state.view;
  const unheard = state.others.filter((id) => !hasHeard(id));
  if (own !== undefined && unheard.length > 0) out.broadcast(unheard, own.message);
}

/** A view begins: only what was done in it, or what it takes over from earlier ones, is lacking. */
export function hearNewView(state: PbftState, upTo: number): void {
  for (const heard of state.catchUp.heard.values()) {
    if (heard.view < state.view) heard.sequence = 0;
  }
  state.catchUp.sequence = upTo;
  conclude(state);
}

const viewChangersOf = ({ isViewChanging, view, viewChanges }: PbftState): readonly NodeId[] =>
  isViewChanging
    ? [...viewChanges.values()]
        .filter(({ message }) => message.view === view)
        .map(({ from }) => from)
    : [];

/** It knows now that there is more than it has, or who can help: asks at once. */
export function askOn(state: PbftState, out: Out<PbftMessage>): void {
  state.catchUp.vain = 0;
  if (isBehind(state)) ask(state, out);
}

/** Asks everybody, and one of them for everything it lacks. */
export function ask(state: PbftState, out: Out<PbftMessage>): void {
  if (state.others.length === 0) return;
  const message: Fetch = {
    kind: "fetch",
    view: state.view,
    isViewChanging: state.isViewChanging,
    viewChanges: viewChangersOf(state),
    stable: lowWatermark(state),
    executed: state.executor.slot,
    supplier: state.catchUp.supplier,
    replica: state.id,
  };
  out.broadcast(state.others, message);
  startTimer(state, out);
}
