/** A participant of single-decree Paxos: first a place on the ring, then one role. */

import { unreachable } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Request, Signed } from "../../core/messages.ts";
import { Out } from "../../core/out.ts";
import type { MemberSetup } from "../../core/protocol.ts";
import { onAccept, onPrepare, tellLearners } from "./acceptor.ts";
import { assignFirst, confirmTimer, onConfirmTimeOut, onHeard, onRoles } from "./assignment.ts";
import {
  acknowledge,
  onElected,
  onElection,
  onSilence,
  ringTimer,
  rolesTimer,
  startElection,
} from "./election.ts";
import { onAsked, onQueryTimeOut, onVote, queryTimer } from "./learner.ts";
import type {
  Accepted,
  Elected,
  Election,
  Nack,
  PromiseMessage,
  SingleDecreeMessage,
} from "./messages.ts";
import {
  onAcceptedByOne,
  onNack,
  onPromise,
  onRoundTimeOut,
  onWish,
  roundTimer,
} from "./proposer.ts";
import { restoreFrom } from "./records.ts";
import { type Role, type RoleCounts, roleOf } from "./roles.ts";
import { createState, type ParticipantState } from "./state.ts";
import { logOf, statusOf } from "./views.ts";

type ThisOut = Out<SingleDecreeMessage>;

export function createParticipant(
  setup: MemberSetup<SingleDecreeMessage>,
  counts: RoleCounts,
): Machine<SingleDecreeMessage> {
  const state = createState(setup, counts);
  return {
    step(input) {
      const out = new Out<SingleDecreeMessage>();
      switch (input.kind) {
        case "start":
          restoreFrom(state, input.records);
          startElection(state, out);
          break;
        case "message":
          onMessage(state, input.signed, out);
          break;
        case "time-out":
          onTimeOut(state, input.timer, out);
          break;
        case "request":
          // Operations are for clients.
          break;
        default:
          return unreachable(input);
      }
      return out.effects;
    },
    status: () => statusOf(state),
    log: (from, to) => logOf(state, from, to),
  };
}

function onMessage(
  state: ParticipantState,
  signed: Signed<SingleDecreeMessage>,
  out: ThisOut,
): void {
  const { from, message } = signed;
  if (message.kind === "request") return onRequest(state, { ...signed, message }, out);
  if (message.kind === "join") return onJoin(state, from, out);
  if (!state.others.includes(from)) return out.reject(from, "not another participant");
  state.ring.down.delete(from);
  switch (message.kind) {
    case "election":
    case "elected":
      return onRing(state, from, message, out);
    case "heard":
      return onHeard(state, from, message, out);
    case "roles":
      return onRoles(state, message, out);
    case "prepare":
      return isAcceptor(state)
        ? onPrepare(state, from, message, out)
        : out.reject(from, "not an acceptor");
    case "accept":
      return isAcceptor(state)
        ? onAccept(state, from, message, out)
        : out.reject(from, "not an acceptor");
    case "query":
      return isAcceptor(state) ? tellLearners(state, [from], out) : undefined;
    case "promise":
    case "nack":
    case "accepted":
      return state.seats.acceptors.includes(from)
        ? onAnswer(state, from, message, out)
        : out.reject(from, "not from an acceptor");
    case "reply":
    case "start":
      return out.reject(from, "that is for clients");
    default:
      return unreachable(message);
  }
}

/** A node without a role asks the ring; who knows the roles tells it, and no election is needed. */
function onRing(
  state: ParticipantState,
  from: NodeId,
  message: Election | Elected,
  out: ThisOut,
): void {
  acknowledge(from, message, out);
  if (message.kind === "election") {
    if (state.assignment === undefined) return onElection(state, message, out);
    if (message.candidate !== state.id) out.send(message.candidate, state.assignment);
    return;
  }
  if (onElected(state, message, out)) assignFirst(state, message, out);
}

/** Clients start when the roles are known, however early they ask. */
function onJoin(state: ParticipantState, client: NodeId, out: ThisOut): void {
  state.joined.add(client);
  if (state.assignment === undefined) return;
  const { proposers, learners } = state.assignment;
  out.send(client, { kind: "start", proposers, learners });
}

function onRequest(state: ParticipantState, signed: Signed<Request>, out: ThisOut): void {
  const { from, message } = signed;
  if (from !== message.client) return out.reject(from, "request under another name");
  const role = currentRole(state);
  if (role === "learner") onAsked(state, message, out);
  else if (role === "proposer") onWish(state, signed, out);
  else out.reject(from, "neither proposer nor learner");
}

/** What an acceptor says. */
function onAnswer(
  state: ParticipantState,
  from: NodeId,
  message: PromiseMessage | Nack | Accepted,
  out: ThisOut,
): void {
  const role = currentRole(state);
  if (role === "learner" && message.kind === "accepted") return onVote(state, from, message, out);
  if (role !== "proposer") return out.reject(from, "not a proposer");
  if (message.kind === "promise") onPromise(state, from, message, out);
  else if (message.kind === "nack") onNack(state, from, message, out);
  else onAcceptedByOne(state, from, message, out);
}

function onTimeOut(state: ParticipantState, timer: string, out: ThisOut): void {
  if (timer === rolesTimer) startElection(state, out);
  else if (timer === confirmTimer) onConfirmTimeOut(state, out);
  else if (timer === roundTimer) onRoundTimeOut(state, out);
  else if (timer === queryTimer) onQueryTimeOut(state, out);
  else if (timer.startsWith(ringTimer)) onSilence(state, timer, out);
}

/** A node acts by its seat until it is told otherwise; a client, though, starts only when told. */
const currentRole = ({ assignment, seats, id }: ParticipantState): Role | undefined =>
  roleOf(assignment ?? seats, id);

const isAcceptor = (state: ParticipantState): boolean => currentRole(state) === "acceptor";
