/** A client of single-decree Paxos: waits for the start, asks a proposer, hears from a learner. */

import { type NodeId, type Operation, replicaIds } from "../../core/ids.ts";
import type { LogEntry } from "../../core/log.ts";
import type { Machine, Status } from "../../core/machine.ts";
import type { Reply, Request } from "../../core/messages.ts";
import { Out } from "../../core/out.ts";
import type { ClientSetup } from "../../core/protocol.ts";
import type { SingleDecreeMessage, Start } from "./messages.ts";

type ThisOut = Out<SingleDecreeMessage>;

// Patience doubles with each try, up to this many times the first.
const longestPatience = 8;

interface ClientState {
  readonly setup: ClientSetup<SingleDecreeMessage>;
  readonly desiredProposer: number;
  readonly everybody: readonly NodeId[];
  start: Start | undefined;
  readonly waiting: Operation[];
  current: Request | undefined;
  tries: number;
  lastTimestamp: number;
}

/** `desiredProposer` counts among the proposers, modulo their number. */
export function createDecreeClient(
  setup: ClientSetup<SingleDecreeMessage>,
  desiredProposer: number,
): Machine<SingleDecreeMessage> {
  const state: ClientState = {
    setup,
    desiredProposer,
    everybody: replicaIds(setup.n),
    start: undefined,
    waiting: [],
    current: undefined,
    tries: 0,
    lastTimestamp: setup.firstTimestamp - 1,
  };
  return {
    step(input) {
      const out = new Out<SingleDecreeMessage>();
      if (input.kind === "request") {
        state.waiting.push(input.operation);
        if (state.current === undefined) askNext(state, out);
      } else if (input.kind === "message") {
        onMessage(state, input.signed.from, input.signed.message, out);
      } else if (input.kind === "time-out") {
        ask(state, out);
      }
      return out.effects;
    },
    status: () => statusOf(state),
    log: (): readonly LogEntry[] => [],
  };
}

function askNext(state: ClientState, out: ThisOut): void {
  const operation = state.waiting.shift();
  if (operation === undefined) return;
  state.lastTimestamp += 1;
  const { id: client } = state.setup;
  state.current = { kind: "request", operation, timestamp: state.lastTimestamp, client };
  state.tries = 0;
  ask(state, out);
}

/**
 * Before the start: asks to join, the expected leader first, then one node after the other. After it:
 * asks its proposer, at each try the next one, as proposers may fail; and the learners for the answer.
 */
function ask(state: ClientState, out: ThisOut): void {
  const { setup, everybody, start, current, tries, desiredProposer } = state;
  if (current === undefined) return;
  if (start === undefined) {
    const target = everybody.at(-1 - (tries % everybody.length));
    if (target !== undefined) out.send(target, { kind: "join" });
  } else {
    const proposer = start.proposers[(desiredProposer + tries) % start.proposers.length];
    if (proposer !== undefined) out.send(proposer, current);
    out.broadcast(start.learners, current);
  }
  const patience = Math.min(2 ** tries, longestPatience);
  out.startTimer("patience", patience * setup.settings.timeoutMs);
  state.tries += 1;
}

function onMessage(
  state: ClientState,
  from: NodeId,
  message: SingleDecreeMessage,
  out: ThisOut,
): void {
  if (!state.everybody.includes(from)) return out.reject(from, "not a participant");
  if (message.kind === "start") onStart(state, message, out);
  else if (message.kind === "reply") onReply(state, from, message, out);
  else out.reject(from, "that is not for clients");
}

/** A later word on the roles replaces an earlier one, but only the first begins the asking. */
function onStart(state: ClientState, start: Start, out: ThisOut): void {
  const isFirst = state.start === undefined;
  state.start = start;
  if (!isFirst) return;
  state.tries = 0;
  ask(state, out);
}

/** A learner's word is enough: nodes fail here but do not lie. */
function onReply(state: ClientState, from: NodeId, reply: Reply, out: ThisOut): void {
  const { current, setup } = state;
  if (reply.replica !== from) return out.reject(from, "reply under another name");
  if (reply.client !== setup.id) return out.reject(from, "reply to another client");
  if (current?.timestamp !== reply.timestamp) return out.reject(from, "reply to another request");
  state.current = undefined;
  const { timestamp, result, view, sequence: slot } = reply;
  out.stopTimer("patience");
  out.accept({ timestamp, operation: current.operation, result, view, slot, from: [from] });
  askNext(state, out);
}

const statusOf = ({ waiting, current, lastTimestamp, start }: ClientState): Status => ({
  role: "client",
  view: 0,
  slot: lastTimestamp,
  proposers: start?.proposers ?? [],
  learners: start?.learners ?? [],
  waiting: waiting.length + (current === undefined ? 0 : 1),
});
