/** The acceptor of one decree (Paxos Made Simple §2.2): what it promised and accepted is on its disk. */

import type { NodeId } from "../../core/ids.ts";
import type { Out } from "../../core/out.ts";
import { type Ballot, ownerOf } from "../ballots.ts";
import { isByItsClient, isSameDecree } from "./decrees.ts";
import type { Accept, Prepare, PromiseMessage, SingleDecreeMessage } from "./messages.ts";
import { acceptedRecord, promisedRecord } from "./records.ts";
import type { ParticipantState } from "./state.ts";

type ThisOut = Out<SingleDecreeMessage>;

/** Phase 1b. */
export function onPrepare(
  state: ParticipantState,
  from: NodeId,
  { ballot }: Prepare,
  out: ThisOut,
): void {
  const objection = objectionToBallot(state, from, ballot);
  if (objection !== undefined) return refuse(state, from, objection, out);

  const { acceptor } = state;
  if (ballot > acceptor.promised) {
    acceptor.promised = ballot;
    out.persist(promisedRecord(ballot));
  }
  const promise: PromiseMessage = { kind: "promise", ballot };
  const { accepted } = acceptor;
  out.send(from, accepted === undefined ? promise : { ...promise, accepted });
}

/** Phase 2b: to the proposer, so that it can stop, and to the learners. */
export function onAccept(
  state: ParticipantState,
  from: NodeId,
  accept: Accept,
  out: ThisOut,
): void {
  const objection = objectionToAccept(state, from, accept);
  if (objection !== undefined) return refuse(state, from, objection, out);

  const { acceptor } = state;
  const { ballot, decree } = accept;
  if (acceptor.accepted?.ballot !== ballot) {
    acceptor.promised = ballot;
    acceptor.accepted = { ballot, decree };
    out.persist(acceptedRecord(acceptor.accepted));
  }
  out.send(from, { kind: "accepted", ballot, decree });
  if (state.assignment === undefined) acceptor.owesLearners = true;
  else tellLearners(state, state.assignment.learners, out);
}

/** What this node accepted last, if anything. */
export function tellLearners(
  { acceptor }: ParticipantState,
  learners: readonly NodeId[],
  out: ThisOut,
): void {
  acceptor.owesLearners = false;
  if (acceptor.accepted === undefined) return;
  out.broadcast(learners, { kind: "accepted", ...acceptor.accepted });
}

type Objection =
  | "not the owner of the ballot"
  | "older ballot"
  | "request not by its client"
  | "another value in this ballot";

export function objectionToBallot(
  { acceptor }: ParticipantState,
  from: NodeId,
  ballot: Ballot,
): Objection | undefined {
  if (from !== ownerOf(ballot)) return "not the owner of the ballot";
  if (ballot < acceptor.promised) return "older ballot";
  return undefined;
}

export function objectionToAccept(
  state: ParticipantState,
  from: NodeId,
  { ballot, decree }: Accept,
): Objection | undefined {
  const objection = objectionToBallot(state, from, ballot);
  if (objection !== undefined) return objection;
  if (!isByItsClient(state.tools, decree)) return "request not by its client";
  const { accepted } = state.acceptor;
  if (accepted?.ballot === ballot && !isSameDecree(accepted.decree, decree)) {
    return "another value in this ballot";
  }
  return undefined;
}

/** A proposer of the past is told what it has to beat. */
function refuse(
  { acceptor }: ParticipantState,
  from: NodeId,
  objection: Objection,
  out: ThisOut,
): void {
  out.reject(from, objection);
  if (objection === "older ballot") out.send(from, { kind: "nack", ballot: acceptor.promised });
}
