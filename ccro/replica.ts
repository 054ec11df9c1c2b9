/** A node of the domain: takes inputs to the handlers of their phase, and lets it say what it can. */

import { unreachable } from "../core/assert.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { onAssignment, onReport, openIfReported } from "./handover.ts";
import { beat, onHeightCheck } from "./heartbeats.ts";
import { logEntries } from "./message-log.ts";
import type {
  Assignment,
  CcroMessage,
  Commit,
  PrePrepare,
  PreparatoryBlock,
  Prepare,
  Report,
} from "./messages.ts";
import { keepWatch, onTimeOut, takeHeart } from "./patience.ts";
import { onPreparatoryBlock, propose } from "./proposal.ts";
import { restore } from "./records.ts";
import { onRequest } from "./requests.ts";
import { onCommit, onPrePrepare, onPrepare, onReply, takeTurn } from "./round.ts";
import type { RuleSet } from "./rules.ts";
import { type CcroOut, type CcroState, createState, noteAhead } from "./state.ts";
import { statusOf } from "./status.ts";
import { onFormalBlock, storeNext } from "./storage.ts";
import { onExcerpt, onSynchronize, seek } from "./synchronization.ts";

export function createReplica(
  setup: MemberSetup<CcroMessage>,
  rules: RuleSet,
): Machine<CcroMessage> {
  return new Replica(createState(setup, rules));
}

// Of each sender so many messages of epochs to come are kept.
const mostEarly = 8;

class Replica implements Machine<CcroMessage> {
  readonly #state: CcroState;

  constructor(state: CcroState) {
    this.#state = state;
  }

  step(input: Input<CcroMessage>, now: Millis): readonly Effect<CcroMessage>[] {
    const state = this.#state;
    const out: CcroOut = new Out();
    state.now = now;
    switch (input.kind) {
      case "start":
        restore(state, input.records);
        // Whoever has lived before may have missed something since.
        if (input.records.length > 0) seek(state, state.roles.primary, out);
        beat(state, out);
        break;
      case "message":
        receive(state, input.signed, out);
        break;
      case "time-out":
        onTimeOut(state, input.timer, out);
        break;
      case "request":
        break;
    }
    advance(state, out);
    keepWatch(state, out);
    return out.effects;
  }

  status(): Status {
    return statusOf(this.#state);
  }

  log(from: number, to: number): readonly LogEntry[] {
    return logEntries(this.#state, from, to);
  }

  finished(height: number): CcroMessage | undefined {
    return this.#state.ledger.at(height);
  }
}

/** Whatever can be said or stored by now, at this height and then at the next. */
function advance(state: CcroState, out: CcroOut): void {
  while (storeNext(state, out));
  openIfReported(state, out);
  propose(state, out);
  takeTurn(state, out);
}

function receive(state: CcroState, signed: Signed<CcroMessage>, out: CcroOut): void {
  const { from, message } = signed;
  if (message.kind === "preparatory-block") joinBy(state, from, message, out);
  if (isEarly(state, signed)) return;
  switch (message.kind) {
    case "request":
      takeHeart(state);
      return onRequest(state, { ...signed, message }, out);
    case "preparatory-block":
      return onPreparatoryBlock(state, from, message, out);
    case "pre-prepare":
      return onPrePrepare(state, from, message, out);
    case "prepare":
      return onPrepare(state, { ...signed, message }, out);
    case "commit":
      return onCommit(state, from, message, out);
    case "reply":
      return onReply(state, { ...signed, message }, out);
    case "formal-block":
      return onFormalBlock(state, from, message, out);
    case "assignment":
      return takeAssignment(state, from, { ...signed, message }, out);
    case "report":
      return onReport(state, { ...signed, message }, out);
    case "synchronize":
      return onSynchronize(state, from, message, out);
    case "excerpt":
      return onExcerpt(state, from, message, out);
    case "height-check":
      return onHeightCheck(state, from, message, out);
    case "answer":
    case "heartbeat":
    case "participation":
    case "suspicion":
      return out.reject(from, "not for a node of the domain");
    default:
      return unreachable(message);
  }
}

/** The first block of an epoch carries the assignment, for those who have not heard of it. */
function joinBy(
  state: CcroState,
  from: NodeId,
  { epoch, opening }: PreparatoryBlock,
  out: CcroOut,
): void {
  if (opening === undefined || epoch <= state.roles.epoch) return;
  takeAssignment(state, from, opening.assignment, out);
}

function takeAssignment(
  state: CcroState,
  from: NodeId,
  signed: Signed<Assignment>,
  out: CcroOut,
): void {
  if (!onAssignment(state, from, signed, out)) return;
  const early = [...state.early.values()].flat();
  state.early.clear();
  for (const message of early) receive(state, message, out);
}

/** Keeps a message of an epoch that is not assigned here yet; true if it is one. */
function isEarly(state: CcroState, signed: Signed<CcroMessage>): boolean {
  const { roles, certificates, early, ledger } = state;
  const { from, message } = signed;
  if (!isOfAnEpoch(message) || message.epoch <= roles.epoch) return false;
  if (!certificates.isNode(from)) return true;
  const kept = early.get(from) ?? [];
  early.set(from, kept);
  kept.push(signed);
  if (kept.length > mostEarly) kept.shift();
  noteAhead(state, from, message.epoch, ledger.height);
  return true;
}

const isOfAnEpoch = (
  message: CcroMessage,
): message is PreparatoryBlock | PrePrepare | Prepare | Commit | Report =>
  message.kind === "preparatory-block" ||
  message.kind === "pre-prepare" ||
  message.kind === "prepare" ||
  message.kind === "commit" ||
  message.kind === "report";
