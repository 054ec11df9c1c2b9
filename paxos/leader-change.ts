/**
 * Phase 1, for all slots at once: a replica that waits too long prepares a higher ballot, and with the
 * promises of a majority leads it. What anybody may have chosen is proposed again; gaps get the no-op.
 */

import type { NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { Votes } from "../core/votes.ts";
import { promiseOf } from "./acceptor.ts";
import { ballotText, nextBallot } from "./ballots.ts";
import { fetchFrom } from "./catch-up.ts";
import { enqueue, proposeNext } from "./leader.ts";
import type { Nack, PaxosMessage, PromiseMessage, Proposal } from "./messages.ts";
import { follow } from "./office.ts";
import { type Candidate, type Leader, mostAhead, type PaxosState } from "./state.ts";
import { readProposal } from "./values.ts";

/** Phase 1a. */
export function campaign(state: PaxosState, out: Out<PaxosMessage>): void {
  const ballot = nextBallot(state.index, state.promised);
  // Only lies get counters this high. Numbers beyond are not exact, and could be another's ballot.
  if (!Number.isSafeInteger(ballot)) return;
  follow(state, ballot, out);
  state.timers.campaigns += 1;
  const candidate: Candidate = { kind: "candidate", promises: new Votes() };
  state.office = candidate;
  out.mark({ name: "campaign", view: ballot, detail: ballotText(ballot) });
  out.broadcast(state.others, { kind: "prepare", ballot });
  addPromise(state, candidate, state.id, promiseOf(state, ballot), out);
}

export function onPromise(
  state: PaxosState,
  from: NodeId,
  promise: PromiseMessage,
  out: Out<PaxosMessage>,
): void {
  const objection = objectionToPromise(state, promise);
  if (objection !== undefined) return out.reject(from, objection);
  if (state.office.kind !== "candidate") return out.reject(from, "not a candidate");
  addPromise(state, state.office, from, promise, out);
}

/** A higher ballot is known elsewhere; an equal one is my own, from a life that I forgot. */
export function onNack(
  state: PaxosState,
  from: NodeId,
  { ballot }: Nack,
  out: Out<PaxosMessage>,
): void {
  if (ballot < state.promised) return out.reject(from, "older ballot");
  if (ballot > state.promised) return follow(state, ballot, out);
  if (state.office.kind === "leader") return campaign(state, out);
  out.reject(from, "not the leader");
}

function addPromise(
  state: PaxosState,
  candidate: Candidate,
  from: NodeId,
  promise: PromiseMessage,
  out: Out<PaxosMessage>,
): void {
  if (!candidate.promises.add(from, promise)) return out.reject(from, "second promise");
  if (candidate.promises.size < state.majority) return;
  lead(state, candidate.promises, out);
}

/**
 * Up to where any of the majority executed, all is chosen: that is fetched. Above it, what was
 * accepted in the highest ballot may be chosen, and nothing else can be.
 */
function lead(state: PaxosState, votes: Votes<PromiseMessage>, out: Out<PaxosMessage>): void {
  const promises = [...votes.entries()];
  const executed = Math.max(...promises.map(([, promise]) => promise.executed));
  const open = openSlots(
    state,
    votes.where(() => true),
    executed,
  );
  const leader: Leader = {
    kind: "leader",
    nextSlot: executed + 1,
    queue: [],
    taken: new Map(),
  };
  state.office = leader;
  out.mark({ name: "leader elected", view: state.promised, detail: state.id });
  const ahead = promises.find(([, promise]) => promise.executed === executed);
  if (executed > state.executor.slot && ahead !== undefined) fetchFrom(state, ahead[0], out);
  const last = Math.max(executed, ...open.keys());
  while (leader.nextSlot <= last) {
    const requests = open.get(leader.nextSlot);
    if (requests === undefined) {
      out.mark({ name: "gap filled", view: state.promised, slot: leader.nextSlot });
    }
    proposeNext(state, leader, requests ?? [], out);
  }
  for (const signed of state.waiting.values()) enqueue(leader, signed);
}

/** For each slot above the executed ones: the value accepted in the highest ballot. */
function openSlots(
  state: PaxosState,
  promises: readonly PromiseMessage[],
  executed: number,
): ReadonlyMap<number, readonly Signed<Request>[]> {
  const highest = new Map<number, Proposal>();
  const open = new Map<number, readonly Signed<Request>[]>();
  for (const proposal of promises.flatMap(({ accepted }) => accepted)) {
    if (proposal.slot <= executed) continue;
    if ((highest.get(proposal.slot)?.ballot ?? -1) >= proposal.ballot) continue;
    const requests = requestsOf(state, proposal);
    if (requests === undefined) continue;
    highest.set(proposal.slot, proposal);
    open.set(proposal.slot, requests);
  }
  return open;
}

/** The requests of a value, if their clients made them. What was checked before is not checked again. */
function requestsOf(state: PaxosState, proposal: Proposal): readonly Signed<Request>[] | undefined {
  const own = state.slots.get(proposal.slot)?.value;
  if (own?.digest === proposal.digest) return own.requests;
  const read = readProposal(state, proposal);
  return typeof read === "string" ? undefined : read.value.requests;
}

type Objection = "another ballot" | "accepted in a later ballot" | "slot beyond the window";

export function objectionToPromise(
  state: PaxosState,
  { ballot, executed, accepted }: PromiseMessage,
): Objection | undefined {
  if (ballot !== state.promised) return "another ballot";
  if (accepted.some((proposal) => proposal.ballot >= ballot)) return "accepted in a later ballot";
  const last = executed + mostAhead(state);
  if (accepted.some(({ slot }) => slot <= executed || slot > last)) return "slot beyond the window";
  return undefined;
}
