/** A PBFT replica as a machine: which input goes where, and nothing else. */

import { assert, unreachable } from "../core/assert.ts";
import type { Millis } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { propose } from "./batching.ts";
import { onCatchUpTimer, superviseCatchUp } from "./catch-up.ts";
import { onCheckpoint } from "./checkpoints.ts";
import { logOf, statusOf } from "./inspection.ts";
import { considerVotingAgain, refuseToVote } from "./lost-records.ts";
import type { PbftMessage } from "./messages.ts";
import { onNewView } from "./new-view.ts";
import { onCommit, onPrePrepare, onPrepare } from "./normal-case.ts";
import { refuse } from "./objections.ts";
import { recover } from "./recovery.ts";
import { onRequest } from "./requests.ts";
import { createState, isSilent, type PbftState } from "./state.ts";
import { onCommitted, onFetch, onState } from "./state-transfer.ts";
import { catchUpTimer, operatorTimer, viewTimer } from "./timers.ts";
import { changeView, onViewChange, onViewTimer, superviseView } from "./view-change.ts";

export const createReplica = (setup: MemberSetup<PbftMessage>): Machine<PbftMessage> =>
  new Replica(setup);

class Replica implements Machine<PbftMessage> {
  readonly #state: PbftState;

  constructor(setup: MemberSetup<PbftMessage>) {
    this.#state = createState(setup);
  }

  step(input: Input<PbftMessage>, now: Millis): readonly Effect<PbftMessage>[] {
    assert(input.kind !== "request", "only clients are asked for operations");
    const out = new Out<PbftMessage>();
    switch (input.kind) {
      case "start":
        recover(this.#state, input.records, input.lost, out);
        break;
      case "message":
        receive(this.#state, input.signed, now, out);
        break;
      case "time-out":
        onTimer(this.#state, input.timer, out);
        break;
      default:
        unreachable(input);
    }
    settle(this.#state, now, out);
    return out.effects;
  }

  status(): Status {
    return statusOf(this.#state);
  }

  log(from: number, to: number): readonly LogEntry[] {
    return logOf(this.#state, from, to);
  }

  finished(slot: number): PbftMessage | undefined {
    const decision = this.#state.slots.get(slot)?.decision;
    if (decision === undefined) return undefined;
    return { kind: "committed", slots: [decision], replica: this.#state.id };
  }
}

function receive(
  state: PbftState,
  signed: Signed<PbftMessage>,
  now: Millis,
  out: Out<PbftMessage>,
): void {
  if (refuseToVote(state, signed, out)) return;
  const { message, from } = signed;
  switch (message.kind) {
    case "request":
      return onRequest(state, typed(signed, message), out);
    case "pre-prepare":
      return onPrePrepare(state, typed(signed, message), out);
    case "prepare":
      return onPrepare(state, typed(signed, message), out);
    case "commit":
      return onCommit(state, typed(signed, message), out);
    case "checkpoint":
      return onCheckpoint(state, typed(signed, message), out);
    case "view-change":
      return onViewChange(state, typed(signed, message), out);
    case "new-view":
      return onNewView(state, typed(signed, message), out);
    case "fetch":
      return onFetch(state, typed(signed, message), now, out);
    case "committed":
      return onCommitted(state, typed(signed, message), out);
    case "state":
      return onState(state, typed(signed, message), out);
    case "reply":
      return refuse(out, from, "not for a replica");
    default:
      return unreachable(message);
  }
}

/** The compiler narrows a message by its kind, but not what the message stands in. */
const typed = <M extends PbftMessage>(signed: Signed<PbftMessage>, _message: M): Signed<M> =>
  signed as Signed<M>;

function onTimer(state: PbftState, timer: string, out: Out<PbftMessage>): void {
  if (timer === catchUpTimer) return onCatchUpTimer(state, out);
  if (isSilent(state)) return;
  if (timer === viewTimer) onViewTimer(state, out);
  else if (timer === operatorTimer) changeView(state, state.view + 1, out);
}

/** What any step may have made possible: votes, early messages, proposals; and which timers must run. */
function settle(state: PbftState, now: Millis, out: Out<PbftMessage>): void {
  considerVotingAgain(state, out);
  while (state.isReplayDue) {
    state.isReplayDue = false;
    for (const signed of state.postponed.takeAll()) receive(state, signed, now, out);
  }
  if (!isSilent(state)) {
    propose(state, out);
    superviseView(state, out);
  }
  superviseCatchUp(state, out);
}
