/**
 * Chang and Roberts' election on a ring of ids: everybody sends its id to the next node; lower ids are
 * swallowed, so only the highest comes round. Unlike the paper's, this ring survives nodes that are
 * down: each message is acknowledged, and goes on to the next but one when it is not.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Out } from "../../core/out.ts";
import { indexOf } from "../ballots.ts";
import type { Elected, Election, Heard, SingleDecreeMessage } from "./messages.ts";
import type { ParticipantState, UnderWay } from "./state.ts";

type ThisOut = Out<SingleDecreeMessage>;

/** Runs until a node knows its role; then a new election begins. */
export const rolesTimer = "roles";

/** So often a neighbour is asked before it is passed over. */
const mostTries = 2;
// Each election without an end doubles the patience, up to 2 to this power.
const mostDoublings = 3;

/** A new term, with itself as candidate. */
export function startElection(state: ParticipantState, out: ThisOut): void {
  state.ring.elections += 1;
  enterTerm(state, state.ring.term + 1);
  nominateItself(state, out);
  awaitRoles(state, out);
}

/** As long as a message takes round the ring that meets every second node down; longer each time. */
function awaitRoles({ ring, settings, everybody, tools }: ParticipantState, out: ThisOut): void {
  const roundMs = settings.timeoutMs * (2 + everybody.length / 2);
  const doublings = Math.min(ring.elections - 1, mostDoublings);
  out.startTimer(rolesTimer, roundMs * 2 ** doublings * (1 + tools.random.fraction()));
}

/** Who gets its own candidacy back is the highest of all that live. */
export function onElection(state: ParticipantState, election: Election, out: ThisOut): void {
  const { ring, index } = state;
  const { term, candidate } = election;
  if (term < ring.term) return;
  enterTerm(state, term);
  awaitRoles(state, out);
  const rank = indexOf(candidate);
  if (rank === index) return announceItself(state, out);
  if (rank > index && rank > ring.highest) {
    ring.highest = rank;
    passOn(state, election, out);
  } else if (rank < index && ring.highest < index) {
    nominateItself(state, out);
  }
}

/** True when the message has come round to the leader: everybody who lives knows it. */
export function onElected(state: ParticipantState, elected: Elected, out: ThisOut): boolean {
  const { ring, id } = state;
  const { term, leader, alive } = elected;
  if (leader === id) return ring.leader === id && term === ring.term;
  if (term < ring.term || (term === ring.term && ring.leader === leader)) return false;
  enterTerm(state, term);
  awaitRoles(state, out);
  ring.leader = leader;
  out.mark({ name: "leader elected", view: term, detail: leader });
  passOn(state, { ...elected, alive: [...alive, id] }, out);
  return false;
}

/** Every message of the ring is acknowledged, whatever else comes of it. */
export function acknowledge(from: NodeId, message: Election | Elected, out: ThisOut): void {
  const { kind: of, term } = message;
  out.send(from, { kind: "heard", of, term, about: aboutOf(message) });
}

export function onHeardOnRing(
  { ring }: ParticipantState,
  from: NodeId,
  heard: Heard,
  out: ThisOut,
) {
  const key = keyOf(heard.of, heard.term, heard.about);
  if (ring.underWay.get(key)?.target !== from) return out.reject(from, "nothing under way to it");
  ring.underWay.delete(key);
  out.stopTimer(key);
}

/** The neighbour did not answer: once more, then the next one. */
export function onSilence(state: ParticipantState, key: string, out: ThisOut): void {
  const underWay = state.ring.underWay.get(key);
  if (underWay === undefined) return;
  if (underWay.tries < mostTries) return sendOn(state, key, underWay, out);
  state.ring.down.add(underWay.target);
  state.ring.underWay.delete(key);
  out.mark({ name: "passed over", view: state.ring.term, detail: underWay.target });
  passOn(state, underWay.message, out);
}

/** To the next node that is not known to be down. */
function passOn(state: ParticipantState, message: Election | Elected, out: ThisOut): void {
  const { everybody, index, ring } = state;
  const ahead = [...everybody.slice(index + 1), ...everybody.slice(0, index)];
  const target = ahead.find((node) => !ring.down.has(node));
  // Alone: nothing can be decided, and the next term tries everybody again.
  if (target === undefined) return;
  const underWay = { message, target, tries: 0 };
  const key = keyOf(message.kind, message.term, aboutOf(message));
  ring.underWay.set(key, underWay);
  sendOn(state, key, underWay, out);
}

function sendOn(state: ParticipantState, key: string, underWay: UnderWay, out: ThisOut): void {
  underWay.tries += 1;
  out.send(underWay.target, underWay.message);
  out.startTimer(key, state.settings.timeoutMs / 2);
}

function nominateItself(state: ParticipantState, out: ThisOut): void {
  const { ring, id, index } = state;
  ring.highest = index;
  passOn(state, { kind: "election", term: ring.term, candidate: id }, out);
}

function announceItself(state: ParticipantState, out: ThisOut): void {
  const { ring, id } = state;
  if (ring.leader === id) return;
  ring.leader = id;
  out.mark({ name: "leader elected", view: ring.term, detail: id });
  passOn(state, { kind: "elected", term: ring.term, leader: id, alive: [id] }, out);
}

function enterTerm({ ring }: ParticipantState, term: number): void {
  if (term === ring.term) return;
  ring.term = term;
  ring.highest = -1;
  ring.leader = undefined;
  ring.down.clear();
}

const aboutOf = (message: Election | Elected): NodeId =>
  message.kind === "election" ? message.candidate : message.leader;

/** Names the message, and the timer that waits for its acknowledgement. */
const keyOf = (kind: string, term: number, about: NodeId): string =>
  `${ringTimer}${kind} ${term} ${about}`;

/** How the timers of ring messages begin. */
export const ringTimer = "ring ";
