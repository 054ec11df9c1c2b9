/** The client's side of a replica (§4.1): requests that wait, replies that are sent again. */

import type { LastReply } from "../core/executor.ts";
import type { NodeId } from "../core/ids.ts";
import type { Reply, Request, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import type { Batch, PbftMessage } from "./messages.ts";
import { objectionToRequest, refuse } from "./objections.ts";
import { isPrimary, type PbftState, primaryOf } from "./state.ts";

/** ⟨REQUEST, o, t, c⟩: answered if it was executed, else it waits, and the primary hears of it. */
export function onRequest(state: PbftState, signed: Signed<Request>, out: Out<PbftMessage>): void {
  const { message: request, from } = signed;
  const objection = objectionToRequest(state, from, request);
  if (objection !== undefined) return refuse(out, from, objection);

  const last = state.executor.lastReply(request.client);
  if (last?.timestamp === request.timestamp) return reply(state, request.client, last, out);
  remember(state, signed);
  if (isPrimary(state) || state.isViewChanging || !state.queue.has(request.client)) return;
  out.forward(primaryOf(state, state.view), signed);
}

/** Sends a client its last reply, for the first time or again. */
export function reply(
  state: PbftState,
  client: NodeId,
  { timestamp, result, slot }: LastReply,
  out: Out<PbftMessage>,
): void {
  const message: Reply = {
    kind: "reply",
    view: state.view,
    sequence: slot,
    timestamp,
    client,
    replica: state.id,
    result,
  };
  out.send(client, message);
}

/** Keeps a request until it is executed; of each client only the newest. */
function remember(state: PbftState, signed: Signed<Request>): void {
  const { client, timestamp } = signed.message;
  const known = state.waiting.get(client);
  if (known !== undefined) {
    if (known.signed.message.timestamp >= timestamp) return;
    // Back to the end of the line, or a client could keep the others behind it from ever being timed.
    known.isDone = true;
    state.waiting.delete(client);
  }
  state.waiting.set(client, { signed, isDone: false });
  state.queue.add(client);
}

/** A pre-prepare of the current view holds these requests, whose signatures were checked. */
export function noteProposed(state: PbftState, batch: Batch): void {
  for (const signed of batch) {
    const { message } = signed;
    if (state.executor.isOld(message)) continue;
    remember(state, signed);
    const waiting = state.waiting.get(message.client);
    if (waiting?.signed.message.timestamp === message.timestamp) state.queue.delete(message.client);
  }
}

/** The next requests to propose, oldest first, at most as many as a batch may hold. */
export function takeBatch(state: PbftState): Batch {
  const batch: Signed<Request>[] = [];
  for (const client of state.queue) {
    if (batch.length === state.settings.batch) break;
    const waiting = state.waiting.get(client);
    if (waiting !== undefined) batch.push(waiting.signed);
  }
  for (const { message } of batch) state.queue.delete(message.client);
  return batch;
}

/** No request of this client waits any more that is not newer than this one. */
export function forget(state: PbftState, { client, timestamp }: Request): void {
  const waiting = state.waiting.get(client);
  if (waiting === undefined || waiting.signed.message.timestamp > timestamp) return;
  waiting.isDone = true;
  state.waiting.delete(client);
  state.queue.delete(client);
}

/** After a jump in the state: forgets all requests that turn out to be executed. */
export function forgetExecuted(state: PbftState): void {
  for (const { signed } of [...state.waiting.values()]) {
    if (state.executor.isOld(signed.message)) forget(state, signed.message);
  }
}

/** Whether its client signed it. A request that came by itself was checked then. */
export const isAuthenticRequest = (state: PbftState, signed: Signed<Request>): boolean =>
  isKnown(state, signed) ||
  (signed.from === signed.message.client && state.tools.isAuthentic(signed));

function isKnown(state: PbftState, signed: Signed<Request>): boolean {
  const known = state.waiting.get(signed.message.client)?.signed;
  if (known === undefined) return false;
  return (
    known === signed ||
    (known.signature === signed.signature &&
      known.from === signed.from &&
      known.message.timestamp === signed.message.timestamp &&
      known.message.operation === signed.message.operation)
  );
}
