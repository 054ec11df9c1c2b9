/**
 * The timers of a replica, set after each step to what its state calls for. In a quiet run none of
 * them ever runs out, and nothing is ever sent only because time has passed.
 */

import type { Out } from "../core/out.ts";
import type { PaxosMessage } from "./messages.ts";
import type { PaxosState } from "./state.ts";

/** `suspect`: campaign. `fetch`: ask what was missed. `resend`: propose again to who did not answer. */
export type Timer = "suspect" | "fetch" | "resend";

// Each campaign without progress doubles the patience, up to 2 to this power.
const mostDoublings = 3;

export function setTimers(state: PaxosState, out: Out<PaxosMessage>): void {
  const { timers, executor, promised } = state;
  const hasProgressed = executor.slot > timers.executed;
  const hasNewBallot = promised > timers.promised;
  timers.executed = executor.slot;
  timers.promised = promised;
  if (hasProgressed) {
    timers.campaigns = 0;
    timers.fetches = 0;
  }
  const half = state.settings.timeoutMs / 2;
  const keep = (timer: Timer, isWanted: boolean, isRenewed: boolean, afterMs: () => number) => {
    const isRunning = timers.running.has(timer);
    if (isWanted && (!isRunning || isRenewed)) {
      timers.running.add(timer);
      out.startTimer(timer, afterMs());
    } else if (!isWanted && isRunning) {
      timers.running.delete(timer);
      out.stopTimer(timer);
    }
  };
  keep("suspect", isImpatient(state), hasProgressed || hasNewBallot, () => patienceMs(state));
  keep("fetch", isBehind(state), hasProgressed, () => half);
  keep("resend", isProposing(state), hasProgressed, () => half);
}

/** Random, so that two candidates rarely meet, and hardly ever twice in a row. */
function patienceMs({ settings, timers, tools }: PaxosState): number {
  const doublings = Math.min(timers.campaigns, mostDoublings);
  return settings.timeoutMs * 2 ** doublings * (1 + tools.random.fraction());
}

/** Something is going on that this node has not executed. */
const isOpen = ({ highest, executor, waiting }: PaxosState): boolean =>
  highest > executor.slot || waiting.size > 0;

const isImpatient = (state: PaxosState): boolean =>
  state.office.kind === "candidate" || (state.office.kind === "backup" && isOpen(state));

/** A leader is behind when its own proposals stand above something that it has not executed. */
function isBehind(state: PaxosState): boolean {
  const { office, executor, slots, promised } = state;
  if (office.kind !== "leader") return isOpen(state);
  const next = executor.slot + 1;
  return office.nextSlot > next && slots.get(next)?.value?.ballot !== promised;
}

const isProposing = ({ office, executor }: PaxosState): boolean =>
  office.kind === "leader" && office.nextSlot - 1 > executor.slot;
