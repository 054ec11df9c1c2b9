/** What replicas and clients of Multi-Paxos tell each other, what a signature covers, and the shapes. */

import { unreachable } from "../core/assert.ts";
import type { Check } from "../core/decode.ts";
import {
  isDigest,
  isExactly,
  isListOf,
  isMessageOf,
  isReply,
  isRequest,
  isShape,
  isSigned,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import type { Digest } from "../core/ids.ts";
import type { Message, Reply, Request, Signed } from "../core/messages.ts";
import { replyText, requestDigest, requestText } from "../core/messages.ts";
import type { Ballot } from "./ballots.ts";

/** A value for a slot: the requests that it stands for, none when it fills a gap (no-op). */
export interface Proposal {
  readonly slot: number;
  readonly ballot: Ballot;
  readonly digest: Digest;
  readonly requests: readonly Signed<Request>[];
}

/** Phase 1a: will you take part in this ballot, and in none below it? */
export interface Prepare extends Message {
  readonly kind: "prepare";
  readonly ballot: Ballot;
}

/** Phase 1b: yes; this is how far I executed, and what I accepted above that. */
export interface PromiseMessage extends Message {
  readonly kind: "promise";
  readonly ballot: Ballot;
  readonly executed: number;
  readonly accepted: readonly Proposal[];
}

/** Phase 2a: accept this value. */
export interface Accept extends Message, Proposal {
  readonly kind: "accept";
}

/** Phase 2b, to the leader alone: I accepted it. */
export interface Accepted extends Message {
  readonly kind: "accepted";
  readonly ballot: Ballot;
  readonly slot: number;
  readonly digest: Digest;
}

/** A majority accepted it: learn it. True in every ballot from then on. */
export interface Chosen extends Message {
  readonly kind: "chosen";
  readonly ballot: Ballot;
  readonly slot: number;
  readonly digest: Digest;
}

/** No: I promised this ballot. */
export interface Nack extends Message {
  readonly kind: "nack";
  readonly ballot: Ballot;
}

/** What was chosen from this slot on? */
export interface Fetch extends Message {
  readonly kind: "fetch";
  readonly slot: number;
}

/** These were chosen; I executed up to `executed`. */
export interface Values extends Message {
  readonly kind: "values";
  readonly ballot: Ballot;
  readonly executed: number;
  readonly values: readonly Proposal[];
}

/** The whole state after this slot, for whoever asks for what was collected. */
export interface Snapshot extends Message {
  readonly kind: "snapshot";
  readonly ballot: Ballot;
  readonly slot: number;
  readonly snapshot: string;
}

export type PaxosMessage =
  | Request
  | Accept
  | Accepted
  | Chosen
  | Reply
  | Prepare
  | PromiseMessage
  | Nack
  | Fetch
  | Values
  | Snapshot;

/** In the order of a round, then what runs the cluster. */
export const controlKinds = ["prepare", "promise", "nack", "fetch", "values", "snapshot"] as const;
export const kinds = ["request", "accept", "accepted", "chosen", "reply", ...controlKinds] as const;

/** The phase in which acceptors vote. */
export const votingPhase = "accepted";

/** What names a value: two different lists of requests never share it, nor does one with the no-op. */
export const digestOfValue = (
  requests: readonly Digest[],
  digest: (text: string) => Digest,
): Digest => digest(`value|${requests.join("|")}`);

/** The digests of signed requests, in order. */
export const digestsOf = (
  requests: readonly Signed<Request>[],
  digest: (text: string) => Digest,
): readonly Digest[] => requests.map(({ message }) => requestDigest(message, digest));

/** Requests are covered by the digest, which every receiver compares. */
export function signedText(message: PaxosMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "reply":
      return replyText(message);
    case "accept":
    case "accepted":
    case "chosen":
      return `${message.kind}|${proposalText(message)}`;
    case "prepare":
    case "nack":
      return `${message.kind}|${message.ballot}`;
    case "promise":
      return `promise|${message.ballot}|${message.executed}|${proposalsText(message.accepted)}`;
    case "fetch":
      return `fetch|${message.slot}`;
    case "values":
      return `values|${message.ballot}|${message.executed}|${proposalsText(message.values)}`;
    case "snapshot":
      return `snapshot|${message.ballot}|${message.slot}|${message.snapshot}`;
    default:
      return unreachable(message);
  }
}

const proposalText = ({ ballot, slot, digest }: Omit<Proposal, "requests">): string =>
  `${ballot}|${slot}|${digest}`;

const proposalsText = (proposals: readonly Proposal[]): string =>
  proposals.map(proposalText).join("|");

const isBallot = isWholeNumber;
const isRequests = isListOf(isSigned(isRequest));

export const isProposal: Check = isShape<Proposal>({
  slot: isWholeNumber,
  ballot: isBallot,
  digest: isDigest,
  requests: isRequests,
});

const vote = (kind: string): Check =>
  isShape<Accepted>({
    kind: isExactly(kind),
    ballot: isBallot,
    slot: isWholeNumber,
    digest: isDigest,
  });

const onlyBallot = (kind: string): Check =>
  isShape<Prepare>({ kind: isExactly(kind), ballot: isBallot });

/** Whether data from outside is one of these messages, by shape. */
export const check: Check = isMessageOf({
  request: isRequest,
  reply: isReply,
  accept: isShape<Accept>({
    kind: isExactly("accept"),
    slot: isWholeNumber,
    ballot: isBallot,
    digest: isDigest,
    requests: isRequests,
  }),
  accepted: vote("accepted"),
  chosen: vote("chosen"),
  prepare: onlyBallot("prepare"),
  nack: onlyBallot("nack"),
  promise: isShape<PromiseMessage>({
    kind: isExactly("promise"),
    ballot: isBallot,
    executed: isWholeNumber,
    accepted: isListOf(isProposal),
  }),
  fetch: isShape<Fetch>({ kind: isExactly("fetch"), slot: isWholeNumber }),
  values: isShape<Values>({
    kind: isExactly("values"),
    ballot: isBallot,
    executed: isWholeNumber,
    values: isListOf(isProposal),
  }),
  snapshot: isShape<Snapshot>({
    kind: isExactly("snapshot"),
    ballot: isBallot,
    slot: isWholeNumber,
    snapshot: isText,
  }),
});
