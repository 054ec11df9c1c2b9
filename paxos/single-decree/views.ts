/** What a participant shows: its status, and the votes that it heard as proposer or learner. */

import type { LogEntry } from "../../core/log.ts";
import type { Status } from "../../core/machine.ts";
import { ballotText } from "../ballots.ts";
import { votingPhase } from "./messages.ts";
import { roleOf } from "./roles.ts";
import type { ParticipantState } from "./state.ts";

export function statusOf(state: ParticipantState): Status {
  const { id, assignment, acceptor, proposer, learner, ring, tally } = state;
  const role = assignment === undefined ? undefined : roleOf(assignment, id);
  const decree = tally.decrees.get(learner.learned?.digest ?? "");
  return {
    role: role ?? "unassigned",
    view: Math.max(acceptor.promised, proposer.highest, learner.learned?.ballot ?? 0),
    slot: learner.learned === undefined ? 0 : 1,
    leader: assignment?.leader ?? ring.leader ?? null,
    term: ring.term,
    promised: ballotText(acceptor.promised),
    accepted: acceptor.accepted?.decree.message.operation ?? null,
    learned: decree?.message.operation ?? null,
    majority: state.majority,
  };
}

/** There is one slot; its last ballot counts, or the one in which the value was learned. */
export function logOf(state: ParticipantState, from: number, to: number): readonly LogEntry[] {
  const { tally, learner, seats } = state;
  const view = learner.learned?.ballot ?? Math.max(...tally.votes.keys());
  const votes = tally.votes.get(view);
  if (votes === undefined || from > 1 || to < 1) return [];
  return [
    {
      slot: 1,
      view,
      state: learner.learned === undefined ? "accepted" : "executed",
      values: [...tally.decrees.keys()].map((digest) => ({ digest, requests: [digest] })),
      votes: [...votes.entries()].map(([voter, { digest }]) => ({
        phase: votingPhase,
        voter,
        view,
        digest,
      })),
      voters: seats.acceptors,
    },
  ];
}
