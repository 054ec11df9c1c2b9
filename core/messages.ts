/** What travels, as far as all protocols agree on it: sealed messages, requests and replies. */

import type { Digest, NodeId, Operation, Result } from "./ids.ts";

/** Every protocol's messages are a union on `kind`. */
export interface Message {
  readonly kind: string;
}

/**
 * A message under its sender's signature, ⟨m⟩σ. The signature covers the protocol's
 * `signedText(message)`; it can be passed on and kept as evidence.
 */
export interface Signed<M extends Message> {
  readonly from: NodeId;
  readonly message: M;
  readonly signature: string;
}

/** ⟨REQUEST, o, t, c⟩ Castro & Liskov §4.1: the client's timestamps only grow. */
export interface Request extends Message {
  readonly kind: "request";
  readonly operation: Operation;
  readonly timestamp: number;
  readonly client: NodeId;
}

/**
 * ⟨REPLY, v, t, c, i, r⟩ §4.1. Unlike the paper it also names the sequence, so that a client can
 * say where its request went.
 */
export interface Reply extends Message {
  readonly kind: "reply";
  readonly view: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly client: NodeId;
  readonly replica: NodeId;
  readonly result: Result;
}

// The operation comes last: it is the only field that could hold a separator.
export const requestText = (request: Request): string =>
  `request|${request.client}|${request.timestamp}|${request.operation}`;

export const replyText = (reply: Reply): string =>
  `reply|${reply.view}|${reply.sequence}|${reply.timestamp}|${reply.client}|${reply.replica}|${reply.result}`;

/** What names a request: two different requests never share it. */
export const requestDigest = (request: Request, digest: (text: string) => Digest): Digest =>
  digest(requestText(request));
