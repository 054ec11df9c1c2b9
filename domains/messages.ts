/** What travels between the nodes of a split cluster: what domains say inside, and what they tell each other. */

import {
  type Check,
  isExactly,
  isId,
  isListOf,
  isRequest,
  isShape,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import type { NodeId, Result } from "../core/ids.ts";
import { type Message, type Request, requestText } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";

export type DomainMessage<M extends Message> =
  | Request
  | Scoped<M>
  | LedgerBlock<M>
  | LedgerFetch
  | Outcome;

/** A message of the protocol inside, under its own kind; it counts in its domain and nowhere else. */
export interface Scoped<M extends Message> extends Message {
  readonly domain: number;
  /** As the protocol knows it, with the names that nodes have inside. */
  readonly inner: M;
}

/** A finished block on its way to other domains, and to whoever missed it. */
export interface LedgerBlock<M extends Message> extends Message {
  readonly kind: "ledger-block";
  /** Whose block it is. */
  readonly domain: number;
  /** What the protocol inside shows to outsiders. */
  readonly evidence: M;
  /** Who is to pass it on in their own domains; nobody where it answers a fetch. */
  readonly relays: readonly NodeId[];
}

/** Asks for the blocks from one height to another, both included. */
export interface LedgerFetch extends Message {
  readonly kind: "ledger-fetch";
  readonly from: number;
  readonly to: number;
}

/** To a client: what came of its request at its place in the whole ledger. */
export interface Outcome extends Message {
  readonly kind: "outcome";
  readonly height: number;
  readonly view: number;
  readonly timestamp: number;
  readonly client: NodeId;
  readonly node: NodeId;
  /** Whom this node believes to lead its domain. */
  readonly leader: NodeId;
  readonly result: Result;
}

export const ownKinds = ["ledger-block", "outcome", "ledger-fetch"] as const;

export const isScoped = <M extends Message>(message: DomainMessage<M>): message is Scoped<M> =>
  "inner" in message;

// Kinds of the protocol inside are open-ended, so the compiler cannot narrow by them.
export const isBlock = <M extends Message>(message: DomainMessage<M>): message is LedgerBlock<M> =>
  message.kind === "ledger-block" && "evidence" in message;

export const isFetch = <M extends Message>(message: DomainMessage<M>): message is LedgerFetch =>
  message.kind === "ledger-fetch" && "to" in message;

export const isOutcome = <M extends Message>(message: DomainMessage<M>): message is Outcome =>
  message.kind === "outcome" && "height" in message;

/** The domain stands in front, so that no vote counts in another one. */
export function signedTextOf<M extends Message>(
  inner: Pick<Protocol<M>, "signedText">,
  message: DomainMessage<M>,
): string {
  if (isScoped(message)) return `domain|${message.domain}|${inner.signedText(message.inner)}`;
  if (isBlock(message)) {
    const { domain, evidence, relays } = message;
    return `ledger-block|${domain}|${relays.length}|${relays.join("|")}|${inner.signedText(evidence)}`;
  }
  if (isFetch(message)) return `ledger-fetch|${message.from}|${message.to}`;
  if (isOutcome(message)) {
    const { height, view, timestamp, client, node, leader, result } = message;
    return `outcome|${height}|${view}|${timestamp}|${client}|${node}|${leader}|${result}`;
  }
  return requestText(message);
}

export function checkOf<M extends Message>(inner: Pick<Protocol<M>, "check" | "kinds">): Check {
  const own = new Map<unknown, Check>([
    [
      "ledger-block",
      isShape<LedgerBlock<M>>({
        kind: isExactly("ledger-block"),
        domain: isWholeNumber,
        evidence: inner.check,
        relays: isListOf(isId, 1000),
      }),
    ],
    [
      "ledger-fetch",
      isShape<LedgerFetch>({
        kind: isExactly("ledger-fetch"),
        from: isWholeNumber,
        to: isWholeNumber,
      }),
    ],
    [
      "outcome",
      isShape<Outcome>({
        kind: isExactly("outcome"),
        height: isWholeNumber,
        view: isWholeNumber,
        timestamp: isWholeNumber,
        client: isId,
        node: isId,
        leader: isId,
        result: isText,
      }),
    ],
  ]);
  const isAnyKind: Check = (kind) =>
    inner.kinds.some((known) => known === kind) ? undefined : "must be a kind of message";
  const isScopedShape = isShape<Scoped<M>>({
    kind: isAnyKind,
    domain: isWholeNumber,
    inner: inner.check,
  });
  return (value) => {
    if (typeof value !== "object" || value === null) return "must be an object";
    const { kind, inner: within } = value as { kind?: unknown; inner?: unknown };
    const check = own.get(kind);
    if (check !== undefined) return check(value);
    if (kind === "request" && within === undefined) return isRequest(value);
    const objection = isScopedShape(value);
    if (objection !== undefined) return objection;
    return (within as Message).kind === kind ? undefined : ".inner must be of the same kind";
  };
}
