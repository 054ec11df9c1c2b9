/** How roles are given out and taken: by the leader to everybody, and on to whoever comes late. */

import type { NodeId } from "../../core/ids.ts";
import type { Out } from "../../core/out.ts";
import { indexOf } from "../ballots.ts";
import { tellLearners } from "./acceptor.ts";
import { onHeardOnRing, rolesTimer } from "./election.ts";
import type { Assignment, Elected, Heard, Roles, SingleDecreeMessage } from "./messages.ts";
import { assignRoles, roleOf } from "./roles.ts";
import type { ParticipantState } from "./state.ts";

type ThisOut = Out<SingleDecreeMessage>;

/** Runs at the leader until everybody has confirmed its role. */
export const confirmTimer = "confirm";

// So often the roles are sent again to a node that is silent, before it is given up.
const mostReminders = 10;

/** The leader's first assignment, once its election has come round the ring. */
export function assignFirst(state: ParticipantState, { term, alive }: Elected, out: ThisOut): void {
  if (state.assignment !== undefined) return;
  for (const node of alive) state.alive.add(node);
  assign(state, term, 0, assignRoles(state.seats, state.alive), out);
}

/**
 * The roles arrived somewhere. A node that seemed to be down and is not gets its seat back: otherwise
 * a message that was merely slow would cost a proposer or an acceptor.
 */
export function onHeard(state: ParticipantState, from: NodeId, heard: Heard, out: ThisOut): void {
  if (heard.of !== "roles") return onHeardOnRing(state, from, heard, out);
  const { assignment, alive, unconfirmed, id } = state;
  if (assignment?.leader !== id) return out.reject(from, "not the leader");
  if (unconfirmed.delete(from) && unconfirmed.size === 0) out.stopTimer(confirmTimer);
  if (alive.has(from)) return;
  alive.add(from);
  const roles = assignRoles(state.seats, alive);
  if (isSame(roles, assignment)) return;
  assign(state, assignment.term, assignment.version + 1, roles, out);
}

/** To everybody, those that seem to be down included: they may be back. */
function assign(
  state: ParticipantState,
  term: number,
  version: number,
  roles: Roles,
  out: ThisOut,
): void {
  const assignment: Assignment = { kind: "roles", term, leader: state.id, version, ...roles };
  for (const node of state.others) state.unconfirmed.add(node);
  out.broadcast(state.others, assignment);
  onRoles(state, assignment, out);
  state.reminders = 0;
  out.startTimer(confirmTimer, state.settings.timeoutMs);
}

/** Word of the roles, or of having heard them, may be lost. */
export function onConfirmTimeOut(state: ParticipantState, out: ThisOut): void {
  const { assignment, unconfirmed, settings } = state;
  if (assignment === undefined || state.reminders >= mostReminders) return;
  state.reminders += 1;
  out.broadcast([...unconfirmed], assignment);
  out.startTimer(confirmTimer, settings.timeoutMs);
}

/** Whoever tells of them: the latest word of the latest leader counts. */
export function onRoles(state: ParticipantState, assignment: Assignment, out: ThisOut): void {
  const { id, seats, assignment: known, acceptor, joined } = state;
  const { leader, term, proposers, acceptors, learners } = assignment;
  if (!isSameList(acceptors, seats.acceptors)) return out.reject(leader, "other acceptors");
  if (leader !== id) out.send(leader, { kind: "heard", of: "roles", term, about: leader });
  if (known !== undefined && !isNewer(assignment, known)) return;
  state.assignment = assignment;
  state.ring.leader = leader;
  out.stopTimer(rolesTimer);
  out.mark({ name: "roles assigned", view: term, detail: roleOf(assignment, id) ?? "none" });
  if (acceptor.owesLearners) tellLearners(state, learners, out);
  for (const client of joined) out.send(client, { kind: "start", proposers, learners });
}

function isNewer(a: Assignment, b: Assignment): boolean {
  if (a.term !== b.term) return a.term > b.term;
  if (a.leader !== b.leader) return indexOf(a.leader) > indexOf(b.leader);
  return a.version > b.version;
}

const isSame = (a: Roles, b: Roles): boolean =>
  isSameList(a.proposers, b.proposers) && isSameList(a.learners, b.learners);

const isSameList = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);
