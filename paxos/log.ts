/** The message log of a replica, as far as it is kept. */

import type { LogEntry } from "../core/log.ts";
import { ownerOf } from "./ballots.ts";
import { votingPhase } from "./messages.ts";
import type { PaxosState, Slot } from "./state.ts";

export const logOf = (state: PaxosState, from: number, to: number): readonly LogEntry[] =>
  [...state.slots.values()]
    .filter(({ number }) => number >= from && number <= to)
    .sort((a, b) => a.number - b.number)
    .map((slot) => entryOf(state, slot));

/** Acceptors answer the leader alone: it hears of all votes, a backup of the leader's and its own. */
function entryOf(state: PaxosState, { number, value, votes, chosen, seen }: Slot): LogEntry {
  const view = value?.ballot ?? state.promised;
  const leader = ownerOf(view);
  return {
    slot: number,
    view,
    state: stateOf(state, number, chosen !== undefined),
    values: [...seen].map(([digest, requests]) => ({ digest, requests })),
    votes: [...votes.entries()].map(([voter, { digest }]) => ({
      phase: votingPhase,
      voter,
      view,
      digest,
    })),
    voters: leader === state.id ? state.everybody : [leader, state.id],
  };
}

function stateOf({ executor }: PaxosState, number: number, isChosen: boolean): string {
  if (number <= executor.slot) return "executed";
  return isChosen ? "chosen" : "accepted";
}
