/**
 * The proposer of one decree (Paxos Made Simple §2.2): proposes its client's value, or what it finds
 * accepted already. Proposers that get in each other's way back off for a random while.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Mark } from "../../core/machine.ts";
import type { Out } from "../../core/out.ts";
import { Votes } from "../../core/votes.ts";
import { type Ballot, ballotText, nextBallot } from "../ballots.ts";
import { isByItsClient } from "./decrees.ts";
import type {
  Accepted,
  Decree,
  Nack,
  PromiseMessage,
  SingleDecreeMessage,
  Vote,
} from "./messages.ts";
import { proposedRecord } from "./records.ts";
import type { ParticipantState, Round } from "./state.ts";
import { countVote } from "./tally.ts";

type ThisOut = Out<SingleDecreeMessage>;

/** The timer of a round under way, and of the pause between two. */
export const roundTimer = "round";

// A pause lasts up to this part of a time-out, doubled with each failure, up to 2 to this power.
const shortestPause = 1 / 4;
const mostDoublings = 4;

/**
 * Its first client's wish is its own; later clients get whatever is chosen. Who asks a second time has
 * not heard of what was chosen: an acceptor that voted may be down since, so others must vote, too.
 */
export function onWish(state: ParticipantState, decree: Decree, out: ThisOut): void {
  const { proposer } = state;
  const { client } = decree.message;
  const isRepeated = proposer.clients.has(client);
  proposer.clients.add(client);
  if (proposer.wanted !== undefined && !(proposer.isDone && isRepeated)) return;
  proposer.isDone = false;
  proposer.wanted ??= decree;
  startRound(state, proposer.wanted, out);
}

/** Phase 1a. */
export function startRound(state: ParticipantState, wanted: Decree, out: ThisOut): void {
  const { proposer, index, seats } = state;
  const ballot = nextBallot(index, proposer.highest);
  // Only lies get counters this high. Numbers beyond are not exact, and could be another's ballot.
  if (!Number.isSafeInteger(ballot)) return;
  proposer.highest = ballot;
  proposer.round = { ballot, wanted, promises: new Votes(), decree: undefined };
  out.persist(proposedRecord(ballot));
  out.mark({ name: "proposal", view: ballot, slot: 1, detail: ballotText(ballot) });
  out.broadcast(seats.acceptors, { kind: "prepare", ballot });
  startTimer(state, out);
}

/** Phase 2a, once a majority has promised. */
export function onPromise(
  state: ParticipantState,
  from: NodeId,
  promise: PromiseMessage,
  out: ThisOut,
): void {
  const round = roundOf(state, promise.ballot);
  if (round === undefined) return out.reject(from, "not my ballot");
  if (!round.promises.add(from, promise)) return out.reject(from, "second promise");
  if (round.decree !== undefined || round.promises.size < state.majority) return;
  round.decree = highestAccepted(state, round)?.decree ?? round.wanted;
  out.broadcast(state.seats.acceptors, {
    kind: "accept",
    ballot: round.ballot,
    decree: round.decree,
  });
  startTimer(state, out);
}

/** Phase 2b: with a majority its value is chosen, and there is nothing left to do for it. */
export function onAcceptedByOne(
  state: ParticipantState,
  from: NodeId,
  accepted: Accepted,
  out: ThisOut,
): void {
  const { proposer, majority, tally, tools } = state;
  const counted = countVote(tally, tools, from, accepted);
  if (typeof counted === "string") return out.reject(from, counted);
  if (proposer.isDone || counted.count < majority) return;
  proposer.isDone = true;
  out.stopTimer(roundTimer);
  const { ballot, decree } = accepted;
  out.mark({ name: "chosen", view: ballot, slot: 1, detail: decree.message.operation });
}

/** Another proposer is ahead: a random pause, so that one of the two gets through. */
export function onNack(
  { proposer, settings, tools }: ParticipantState,
  from: NodeId,
  { ballot }: Nack,
  out: ThisOut,
): void {
  proposer.highest = Math.max(proposer.highest, ballot);
  if (proposer.isDone || proposer.round === undefined || ballot < proposer.round.ballot) {
    return out.reject(from, "nothing to give up");
  }
  proposer.round = undefined;
  const doublings = Math.min(proposer.failed, mostDoublings);
  proposer.failed += 1;
  const longestMs = settings.timeoutMs * shortestPause * 2 ** doublings;
  out.mark({ name: "backed off", view: ballot, slot: 1 });
  out.startTimer(roundTimer, longestMs * tools.random.fraction());
}

/** The pause is over, or the round got too few answers. */
export function onRoundTimeOut(state: ParticipantState, out: ThisOut): void {
  const { isDone, wanted, round } = state.proposer;
  if (isDone || wanted === undefined) return;
  if (round !== undefined) out.mark(tooFewAnswers(state, round));
  startRound(state, wanted, out);
}

function tooFewAnswers({ majority, seats, tally }: ParticipantState, round: Round): Mark {
  const isVoting = round.decree !== undefined;
  const answers = isVoting ? (tally.votes.get(round.ballot)?.size ?? 0) : round.promises.size;
  const answered = isVoting ? "accepted" : "promised";
  const detail = `${answers} of ${seats.acceptors.length} acceptors ${answered}, ${majority} must`;
  return { name: "no majority", view: round.ballot, slot: 1, detail };
}

const roundOf = ({ proposer }: ParticipantState, ballot: Ballot): Round | undefined =>
  proposer.round?.ballot === ballot ? proposer.round : undefined;

/** Only a value accepted in the highest ballot can have been chosen. */
function highestAccepted({ tools }: ParticipantState, { promises }: Round): Vote | undefined {
  let highest: Vote | undefined;
  for (const [, { accepted }] of promises.entries()) {
    if (accepted === undefined || accepted.ballot <= (highest?.ballot ?? -1)) continue;
    if (isByItsClient(tools, accepted.decree)) highest = accepted;
  }
  return highest;
}

const startTimer = ({ settings, tools }: ParticipantState, out: ThisOut): void =>
  out.startTimer(roundTimer, settings.timeoutMs * (1 + tools.random.fraction()));
