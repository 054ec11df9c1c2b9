/** What clients ask for: waiting, passed on to the primary, and answered. */

import type { NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import { isOfItsClient } from "./blocks.ts";
import type { Answer } from "./messages.ts";
import { monitorId } from "./roles.ts";
import type { CcroOut, CcroState, Waiting } from "./state.ts";

export type RequestObjection = "not its own name" | "not a client" | "an older request";

export function objectionToRequest(
  { certificates, ledger, waiting }: CcroState,
  signed: Signed<Request>,
): RequestObjection | undefined {
  const { from, message } = signed;
  if (!isOfItsClient(signed)) return "not its own name";
  if (certificates.isNode(from) || from === monitorId) return "not a client";
  const known = waiting.get(from)?.request.message.timestamp ?? 0;
  const answered = ledger.answerFor(from)?.timestamp ?? 0;
  return message.timestamp < Math.max(known, answered) ? "an older request" : undefined;
}

export function onRequest(state: CcroState, signed: Signed<Request>, out: CcroOut): void {
  const objection = objectionToRequest(state, signed);
  if (objection !== undefined) return out.reject(signed.from, objection);

  if (state.ledger.isStored(signed.message)) return answer(state, signed.from, out);

  const known = state.waiting.get(signed.from);
  const isNew = known === undefined || known.request.message.timestamp < signed.message.timestamp;
  const waiting = isNew ? { request: signed, relayedTo: undefined, relayedAt: 0 } : known;
  state.waiting.set(signed.from, waiting);
  relay(state, waiting, out);
}

/** Passes everything that waits on to a new primary. */
export function relayAll(state: CcroState, out: CcroOut): void {
  for (const waiting of state.waiting.values()) relay(state, waiting, out);
}

/** Not too often, so that two nodes with different primaries do not pass a request back and forth. */
function relay(state: CcroState, waiting: Waiting, out: CcroOut): void {
  const { roles, now, settings } = state;
  if (state.role === "primary") return;
  const isFresh = now - waiting.relayedAt < settings.timeoutMs / 2;
  if (waiting.relayedTo === roles.primary && isFresh) return;
  waiting.relayedTo = roles.primary;
  waiting.relayedAt = now;
  out.forward(roles.primary, waiting.request);
}

/** What the primary may put into its next block, first come first served. */
export function nextBatch({ waiting, ledger, settings }: CcroState): readonly Signed<Request>[] {
  const batch: Signed<Request>[] = [];
  for (const { request } of waiting.values()) {
    if (batch.length === settings.batch) break;
    if (!ledger.isExecuted(request.message)) batch.push(request);
  }
  return batch;
}

/** Tells the client what came of its last stored request. */
export function answer(state: CcroState, client: NodeId, out: CcroOut): void {
  const { id, ledger, roles, rules } = state;
  const known = ledger.answerFor(client);
  if (known === undefined) return;
  const isProven = rules.formalBlock === "proof";
  // Whoever took over the state has no evidence for what it did not execute; others have.
  if (isProven && known.evidence === undefined) return;
  const { timestamp, result, height, evidence } = known;
  const message: Answer = {
    kind: "answer",
    epoch: roles.epoch,
    height,
    node: id,
    client,
    timestamp,
    result,
    assignment: roles.assignment,
    evidence: isProven ? evidence : undefined,
  };
  out.send(client, message);
}
