/**
 * What travels in seed 004's flood: the client's request, then three rounds of words about it. Every
 * word carries the whole value, as there.
 */

import { unreachable } from "../core/assert.ts";
import {
  type Check,
  isExactly,
  isId,
  isMessageOf,
  isReply,
  isRequest,
  isShape,
  isWholeNumber,
} from "../core/decode.ts";
import type { NodeId } from "../core/ids.ts";
import {
  type Message,
  type Reply,
  type Request,
  replyText,
  requestText,
} from "../core/messages.ts";

/** The commander to everybody: this is the value. */
export interface PrePrepare extends Message {
  readonly kind: "pre-prepare";
  readonly sequence: number;
  /** As the sender says the client asked. Nobody's signature but the sender's is on it. */
  readonly request: Request;
}

/** Each of those to everybody else: this is what the commander told me. */
export interface Prepare extends Message {
  readonly kind: "prepare";
  readonly sequence: number;
  readonly request: Request;
}

/** Each of those to everybody else: this is what `origin` says that the commander told it. */
export interface Commit extends Message {
  readonly kind: "commit";
  readonly sequence: number;
  readonly origin: NodeId;
  readonly request: Request;
}

export type FloodMessage = Request | PrePrepare | Prepare | Commit | Reply;

/** In the order in which a round sends them. */
export const kinds = ["request", "pre-prepare", "prepare", "commit", "reply"] as const;

// The request's text ends with the operation, the only field that could hold a separator.
export function signedText(message: FloodMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "pre-prepare":
    case "prepare":
      return `${message.kind}|${message.sequence}|${requestText(message.request)}`;
    case "commit":
      return `commit|${message.sequence}|${message.origin}|${requestText(message.request)}`;
    case "reply":
      return replyText(message);
    default:
      return unreachable(message);
  }
}

const sequence = isWholeNumber;
const request = isRequest;

export const check: Check = isMessageOf({
  request,
  "pre-prepare": isShape<PrePrepare>({ kind: isExactly("pre-prepare"), sequence, request }),
  prepare: isShape<Prepare>({ kind: isExactly("prepare"), sequence, request }),
  commit: isShape<Commit>({ kind: isExactly("commit"), sequence, origin: isId, request }),
  reply: isReply,
});
