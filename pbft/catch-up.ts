/**
 * How a replica notices that it is behind, and asks (TOCS 2002 §6.2): it listens to how far others got;
 * when f + 1 of them acted where it cannot follow, or a request waits and nothing moves, it fetches.
 */

import type { NodeId } from "../core/ids.ts";
import type { Out } from "../core/out.ts";
import type { Fetch, PbftMessage } from "./messages.ts";
import { lowWatermark, type PbftState } from "./state.ts";
import { catchUpPatience, catchUpTimer } from "./timers.ts";

/** Notes that a replica acted where this one could not follow. */
export function hear(
  state: PbftState,
  from: NodeId,
  { sequence = 0, view = 0 }: { readonly sequence?: number; readonly view?: number },
): void {
  const { catchUp, f } = state;
  const number = state.numbers.get(from);
  const heard = number === undefined ? undefined : catchUp.heard[number];
  if (heard === undefined) return;
  if (sequence > heard.sequence) {
    heard.sequence = sequence;
    noteActed(
      state,
      highestOf(
        catchUp.heard.map((each) => each.sequence),
        f + 1,
      ),
    );
  }
  if (view > heard.view) {
    heard.view = view;
    catchUp.view = Math.max(
      catchUp.view,
      highestOf(
        catchUp.heard.map((each) => each.view),
        f + 1,
      ),
    );
  }
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

/** After every step: the timer runs while there is something that should move. */
export function superviseCatchUp(state: PbftState, out: Out<PbftMessage>): void {
  const { catchUp } = state;
  const isNeeded = state.isViewChanging || state.waiting.size > 0 || isBehind(state);
  if (isNeeded === catchUp.isTimerOn) return;
  if (isNeeded) return startTimer(state, out);
  catchUp.isTimerOn = false;
  catchUp.vain = 0;
  out.stopTimer(catchUpTimer);
}

function startTimer(state: PbftState, out: Out<PbftMessage>): void {
  const { catchUp, executor } = state;
  catchUp.isTimerOn = true;
  catchUp.executedThen = executor.slot;
  out.startTimer(catchUpTimer, catchUpPatience(state));
}

export function onCatchUpTimer(state: PbftState, out: Out<PbftMessage>): void {
  const { catchUp, executor } = state;
  catchUp.isTimerOn = false;
  const ownViewChange = state.isViewChanging ? state.viewChanges.get(state.id) : undefined;
  if (ownViewChange !== undefined) out.broadcast(state.others, ownViewChange.message);
  if (executor.slot > catchUp.executedThen) {
    catchUp.vain = 0;
    if (!state.isViewChanging) return;
  }
  // Whoever was asked last could not help, or did not want to.
  do catchUp.supplier = (catchUp.supplier + 1) % state.replicas.length;
  while (state.replicas[catchUp.supplier] === state.id && state.others.length > 0);
  fetch(state, out);
  catchUp.vain += 1;
}

/** A new view begins: what others did in earlier ones says nothing about what it still lacks. */
export function forgetHeard(state: PbftState, { upTo }: { readonly upTo: number }): void {
  for (const heard of state.catchUp.heard) heard.sequence = 0;
  state.catchUp.sequence = upTo;
}

/** It knows now that there is more than it has, or who can help: asks at once. */
export function askOn(state: PbftState, out: Out<PbftMessage>): void {
  state.catchUp.vain = 0;
  if (isBehind(state)) fetch(state, out);
}

function fetch(state: PbftState, out: Out<PbftMessage>): void {
  const supplier = state.replicas[state.catchUp.supplier];
  if (supplier === undefined || state.others.length === 0) return;
  const message: Fetch = {
    kind: "fetch",
    view: state.view,
    isViewChanging: state.isViewChanging,
    stable: lowWatermark(state),
    executed: state.executor.slot,
    supplier,
    replica: state.id,
  };
  out.broadcast(state.others, message);
  startTimer(state, out);
}
