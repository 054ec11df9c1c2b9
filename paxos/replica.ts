/** A replica of Multi-Paxos: proposer, acceptor and learner in one machine. */

import { unreachable } from "../core/assert.ts";
import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { onAccept, onPrepare } from "./acceptor.ts";
import { ballotText, isBallotOf } from "./ballots.ts";
import { fetchMissing, onFetch, onSnapshot, onValues } from "./catch-up.ts";
import { onAccepted, proposeQueued, resend } from "./leader.ts";
import { campaign, onNack, onPromise } from "./leader-change.ts";
import { onChosen } from "./learner.ts";
import { logOf } from "./log.ts";
import type { PaxosMessage } from "./messages.ts";
import { restoreFrom } from "./records.ts";
import { onRequest } from "./requests.ts";
import { createState, leaderOf, type PaxosState } from "./state.ts";
import { setTimers, type Timer } from "./timers.ts";

export function createReplica(setup: MemberSetup<PaxosMessage>): Machine<PaxosMessage> {
  const state = createState(setup);
  return {
    step(input) {
      const out = new Out<PaxosMessage>();
      switch (input.kind) {
        case "start":
          start(state, input.records, out);
          break;
        case "message":
          onMessage(state, input.signed, out);
          break;
        case "time-out":
          onTimeOut(state, input.timer as Timer, out);
          break;
        case "request":
          // Operations are for clients.
          break;
        default:
          return unreachable(input);
      }
      if (state.office.kind === "leader") proposeQueued(state, state.office, out);
      setTimers(state, out);
      return out.effects;
    },
    status: () => statusOf(state),
    log: (from, to): readonly LogEntry[] => logOf(state, from, to),
  };
}

/**
 * The first life of r0 leads the first ballot without asking: no acceptor can have accepted anything
 * below it. A later life leads nothing before it has asked, and looks for what it missed.
 */
function start(state: PaxosState, records: readonly Json[], out: Out<PaxosMessage>): void {
  restoreFrom(state, records);
  if (state.executor.slot > 0) {
    out.mark({ name: "state transferred", view: state.promised, slot: state.executor.slot });
  }
  if (records.length === 0) {
    if (leaderOf(state) !== state.id) return;
    state.office = { kind: "leader", nextSlot: 1, queue: [], taken: new Map() };
  } else if (leaderOf(state) === state.id) {
    campaign(state, out);
  } else {
    fetchMissing(state, out);
  }
}

function onMessage(state: PaxosState, signed: Signed<PaxosMessage>, out: Out<PaxosMessage>): void {
  const { from, message } = signed;
  if (message.kind === "request") return onRequest(state, { ...signed, message }, out);
  if (!state.peers.has(from)) return out.reject(from, "not another replica");
  if ("ballot" in message && !isBallotOf(state.n, message.ballot)) {
    return out.reject(from, "ballot of nobody");
  }
  switch (message.kind) {
    case "prepare":
      return onPrepare(state, from, message, out);
    case "promise":
      return onPromise(state, from, message, out);
    case "accept":
      return onAccept(state, from, message, out);
    case "accepted":
      return onAccepted(state, from, message, out);
    case "chosen":
      return onChosen(state, from, message, out);
    case "nack":
      return onNack(state, from, message, out);
    case "fetch":
      return onFetch(state, from, message, out);
    case "values":
      return onValues(state, from, message, out);
    case "snapshot":
      return onSnapshot(state, from, message, out);
    case "reply":
      return out.reject(from, "replies are for clients");
    default:
      return unreachable(message);
  }
}

function onTimeOut(state: PaxosState, timer: Timer, out: Out<PaxosMessage>): void {
  state.timers.running.delete(timer);
  switch (timer) {
    case "suspect":
      return campaign(state, out);
    case "resend":
      if (state.office.kind === "leader") resend(state, state.office, out);
      return;
    case "fetch":
      fetchMissing(state, out);
      return passOnAgain(state, leaderOf(state), out);
    default:
      return unreachable(timer);
  }
}

/** What was passed on to the leader may be lost; it would notice a copy. */
function passOnAgain(state: PaxosState, leader: NodeId, out: Out<PaxosMessage>): void {
  if (leader === state.id) return;
  for (const signed of state.waiting.values()) out.forward(leader, signed);
}

function statusOf(state: PaxosState): Status {
  const { office, promised, executor, checkpoint, slots, waiting, highest } = state;
  return {
    role: office.kind,
    view: promised,
    slot: executor.slot,
    ballot: ballotText(promised),
    leader: leaderOf(state),
    highest,
    checkpoint: checkpoint?.slot ?? 0,
    kept: slots.size,
    waiting: waiting.size,
    majority: state.majority,
  };
}
