/** What an operator may see of a replica: its status, and its message log slot by slot. */

import type { LogEntry, LoggedVote } from "../core/log.ts";
import type { Status } from "../core/machine.ts";
import { requestDigest, type Signed } from "../core/messages.ts";
import type { PrePrepare, Vote } from "./messages.ts";
import type { Slot } from "./slot.ts";
import {
  highWatermark,
  isPrimary,
  isSilent,
  lowWatermark,
  type PbftState,
  primaryOf,
} from "./state.ts";

export const statusOf = (state: PbftState): Status => ({
  role: isPrimary(state) ? "primary" : "backup",
  view: state.view,
  slot: state.executor.slot,
  lastProposed: state.lastProposed,
  primary: primaryOf(state, state.view),
  isViewChanging: state.isViewChanging,
  lowWatermark: lowWatermark(state),
  highWatermark: highWatermark(state),
  waiting: state.waiting.size,
  inFlight: state.uncommitted.size,
  logged: state.slots.size,
  postponed: state.postponed.size,
  history: state.executor.history,
  ...(isSilent(state) ? { silentUpTo: state.lost?.slot ?? 0 } : {}),
});

export function logOf(state: PbftState, from: number, to: number): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  for (const slots of [state.collected, state.slots]) {
    for (const slot of slots.values()) {
      if (slot.sequence >= from && slot.sequence <= to) entries.push(entryOf(state, slot));
    }
  }
  return entries.sort((a, b) => a.slot - b.slot);
}

function entryOf(state: PbftState, slot: Slot): LogEntry {
  return {
    slot: slot.sequence,
    view: slot.proposal === undefined ? (slot.decision?.view ?? slot.lastView) : slot.lastView,
    state: slot.sequence <= state.executor.slot ? "executed" : slot.phase,
    values: valuesOf(state, slot),
    votes: votesOf(slot),
    voters: state.replicas,
  };
}

function valuesOf(state: PbftState, { seen, decision }: Slot): LogEntry["values"] {
  const values = new Map<string, PrePrepare["batch"]>();
  for (const { digest, batch } of seen) values.set(digest, batch);
  if (decision !== undefined) values.set(decision.digest, decision.batch);
  return [...values].map(([digest, batch]) => ({
    digest,
    requests: batch.map(({ message }) => requestDigest(message, state.tools.digest)),
  }));
}

/** The votes of the current view, and those that a decision of an earlier one stands on. */
function votesOf({ prepares, commits, decision }: Slot): LoggedVote[] {
  const votes: Signed<Vote>[] = [...prepares.all(), ...commits.all()];
  for (const commit of decision?.commits ?? []) {
    const { from, message } = commit;
    const isThere = votes.some(
      (vote) =>
        vote.from === from && vote.message.kind === "commit" && vote.message.view === message.view,
    );
    if (!isThere) votes.push(commit);
  }
  return votes.map(({ from, message: { kind, view, digest } }) => ({
    phase: kind,
    voter: from,
    view,
    digest,
  }));
}
