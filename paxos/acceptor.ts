/**
 * The acceptor (Lamport, Paxos Made Simple §2.2, for many instances at once): it promises ballots and
 * accepts values, and never takes either back. Both are on disk before anybody hears of them.
 */

import type { NodeId } from "../core/ids.ts";
import type { Out } from "../core/out.ts";
import { type Ballot, ownerOf } from "./ballots.ts";
import { executeReady } from "./learner.ts";
import type { Accept, PaxosMessage, Prepare, PromiseMessage } from "./messages.ts";
import { follow } from "./office.ts";
import { acceptedRecord } from "./records.ts";
import {
  isBeyondWindow,
  noteAhead,
  type PaxosState,
  type Slot,
  setValue,
  slotAt,
} from "./state.ts";
import { type CheckedValue, proposalOf, readProposal } from "./values.ts";

/** Phase 1b. */
export function onPrepare(
  state: PaxosState,
  from: NodeId,
  { ballot }: Prepare,
  out: Out<PaxosMessage>,
): void {
  const objection = objectionToBallot(state, from, ballot);
  if (objection !== undefined) return refuse(state, from, objection, out);

  follow(state, ballot, out);
  out.send(from, promiseOf(state, ballot));
}

/** What this node has to say to whoever prepares a ballot. */
export const promiseOf = (state: PaxosState, ballot: Ballot): PromiseMessage => ({
  kind: "promise",
  ballot,
  executed: state.executor.slot,
  accepted: [...state.slots.values()].flatMap(({ number, value }) =>
    value !== undefined && number > state.executor.slot ? [proposalOf(number, value)] : [],
  ),
});

/** Phase 2b. */
export function onAccept(
  state: PaxosState,
  from: NodeId,
  accept: Accept,
  out: Out<PaxosMessage>,
): void {
  const read = objectionToAccept(state, from, accept) ?? readProposal(state, accept);
  if (typeof read === "string") return refuse(state, from, read, out);

  const { ballot, slot: number, digest } = accept;
  follow(state, ballot, out);
  // A slot that was collected is chosen, and its value is this one: to say yes again is all it takes
  // for a leader that has not heard of it.
  const isCollected = number <= state.executor.slot && !state.slots.has(number);
  if (!isCollected) {
    const slot = slotAt(state, number);
    record(slot, read, out);
    slot.votes.add(from, accept);
    slot.votes.add(state.id, accept);
  }
  out.send(from, { kind: "accepted", ballot, slot: number, digest });
  executeReady(state, out);
}

/** Accepts a value: from here on every promise tells of it. */
export function record(
  slot: Slot,
  { value, requests }: CheckedValue,
  out: Out<PaxosMessage>,
): void {
  if (slot.value?.ballot !== value.ballot) out.persist(acceptedRecord(slot.number, value));
  setValue(slot, value, requests);
}

type Objection =
  | "not the owner of the ballot"
  | "older ballot"
  | "slots count from 1"
  | "slot beyond the window"
  | "another value in this ballot"
  | "another value was chosen";

export function objectionToBallot(
  { promised }: PaxosState,
  from: NodeId,
  ballot: Ballot,
): Objection | undefined {
  if (from !== ownerOf(ballot)) return "not the owner of the ballot";
  if (ballot < promised) return "older ballot";
  return undefined;
}

export function objectionToAccept(
  state: PaxosState,
  from: NodeId,
  { ballot, slot: number, digest }: Accept,
): Objection | undefined {
  const objection = objectionToBallot(state, from, ballot);
  if (objection !== undefined) return objection;
  if (number < 1) return "slots count from 1";
  if (isBeyondWindow(state, number)) return "slot beyond the window";
  const slot = state.slots.get(number);
  // One ballot has one value for each slot: its leader forgot an earlier life, or lies.
  if (slot?.value?.ballot === ballot && slot.value.digest !== digest) {
    return "another value in this ballot";
  }
  if (slot?.chosen !== undefined && slot.chosen !== digest) return "another value was chosen";
  return undefined;
}

/** Says no aloud where that helps: to leaders of old ballots, and to one that forgot its own. */
function refuse(state: PaxosState, from: NodeId, objection: string, out: Out<PaxosMessage>): void {
  out.reject(from, objection);
  if (objection === "older ballot" || objection === "another value in this ballot") {
    out.send(from, { kind: "nack", ballot: state.promised });
  }
  if (objection === "slot beyond the window") noteAhead(state);
}
