/** What the participants of single-decree Paxos tell each other: the election, the roles, the decree. */

import { unreachable } from "../../core/assert.ts";
import type { Check } from "../../core/decode.ts";
import {
  isExactly,
  isId,
  isListOf,
  isMessageOf,
  isOneOf,
  isOptional,
  isReply,
  isRequest,
  isShape,
  isSigned,
  isWholeNumber,
} from "../../core/decode.ts";
import type { NodeId } from "../../core/ids.ts";
import {
  type Message,
  type Reply,
  type Request,
  replyText,
  requestText,
  type Signed,
} from "../../core/messages.ts";
import type { Ballot } from "../ballots.ts";

/** What is decided: one client's request, whole. */
export type Decree = Signed<Request>;

/** Round the ring: the highest id that was met so far. */
export interface Election extends Message {
  readonly kind: "election";
  readonly term: number;
  readonly candidate: NodeId;
}

/** Round the ring again: this one leads; these were met on the way. */
export interface Elected extends Message {
  readonly kind: "elected";
  readonly term: number;
  readonly leader: NodeId;
  readonly alive: readonly NodeId[];
}

/**
 * It arrived. A message of the ring: its sender need not go on to the next but one. The roles: the
 * leader knows who lives.
 */
export interface Heard extends Message {
  readonly kind: "heard";
  readonly of: "election" | "elected" | "roles";
  readonly term: number;
  readonly about: NodeId;
}

/** Who does what. The acceptors are the same in every assignment. */
export interface Roles {
  readonly proposers: readonly NodeId[];
  readonly acceptors: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

/** The leader to everybody. Its version grows when somebody lives after all. */
export interface Assignment extends Message, Roles {
  readonly kind: "roles";
  readonly term: number;
  readonly leader: NodeId;
  readonly version: number;
}

/** A client: tell me when I may start, and whom to ask. */
export interface Join extends Message {
  readonly kind: "join";
}

/** The answer to it. */
export interface Start extends Message, Omit<Roles, "acceptors"> {
  readonly kind: "start";
}

/** Phase 1a. */
export interface Prepare extends Message {
  readonly kind: "prepare";
  readonly ballot: Ballot;
}

/** Phase 1b, with what was accepted in the highest ballot so far. */
export interface PromiseMessage extends Message {
  readonly kind: "promise";
  readonly ballot: Ballot;
  readonly accepted?: Vote | undefined;
}

export interface Vote {
  readonly ballot: Ballot;
  readonly decree: Decree;
}

/** Phase 2a. */
export interface Accept extends Message, Vote {
  readonly kind: "accept";
}

/** Phase 2b, to the learners and to the proposer. */
export interface Accepted extends Message, Vote {
  readonly kind: "accepted";
}

/** No: I promised this ballot. */
export interface Nack extends Message {
  readonly kind: "nack";
  readonly ballot: Ballot;
}

/** A learner: what did you accept? */
export interface Query extends Message {
  readonly kind: "query";
}

export type SingleDecreeMessage =
  | Request
  | Prepare
  | PromiseMessage
  | Accept
  | Accepted
  | Reply
  | Election
  | Elected
  | Heard
  | Assignment
  | Join
  | Start
  | Nack
  | Query;

export const controlKinds = [
  "election",
  "elected",
  "heard",
  "roles",
  "join",
  "start",
  "nack",
  "query",
] as const;

export const kinds = [
  "request",
  "prepare",
  "promise",
  "accept",
  "accepted",
  "reply",
  ...controlKinds,
] as const;

/** The phase in which acceptors vote. */
export const votingPhase = "accepted";

/** Text that is free, such as an operation, comes last. */
export function signedText(message: SingleDecreeMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "reply":
      return replyText(message);
    case "election":
      return `election|${message.term}|${message.candidate}`;
    case "elected":
      return `elected|${message.term}|${message.leader}|${message.alive.join(",")}`;
    case "heard":
      return `heard|${message.of}|${message.term}|${message.about}`;
    case "roles":
      return `roles|${message.term}|${message.leader}|${message.version}|${rolesText(message)}`;
    case "start":
      return `start|${message.proposers.join(",")}|${message.learners.join(",")}`;
    case "prepare":
    case "nack":
      return `${message.kind}|${message.ballot}`;
    case "promise":
      return `promise|${message.ballot}|${message.accepted === undefined ? "" : voteText(message.accepted)}`;
    case "accept":
    case "accepted":
      return `${message.kind}|${voteText(message)}`;
    case "join":
    case "query":
      return message.kind;
    default:
      return unreachable(message);
  }
}

const rolesText = ({ proposers, acceptors, learners }: Roles): string =>
  [proposers, acceptors, learners].map((ids) => ids.join(",")).join("|");

const voteText = ({ ballot, decree }: Vote): string =>
  `${ballot}|${decree.from}|${decree.signature}|${requestText(decree.message)}`;

const isDecree = isSigned(isRequest);
const isIds = isListOf(isId);
const isVote = isShape<Vote>({ ballot: isWholeNumber, decree: isDecree });

const voteOf = (kind: string): Check =>
  isShape<Accept>({ kind: isExactly(kind), ballot: isWholeNumber, decree: isDecree });

const ballotOf = (kind: string): Check =>
  isShape<Prepare>({ kind: isExactly(kind), ballot: isWholeNumber });

const only = (kind: string): Check => isShape<Join>({ kind: isExactly(kind) });

/** Whether data from outside is one of these messages, by shape. */
export const check: Check = isMessageOf({
  request: isRequest,
  reply: isReply,
  election: isShape<Election>({
    kind: isExactly("election"),
    term: isWholeNumber,
    candidate: isId,
  }),
  elected: isShape<Elected>({
    kind: isExactly("elected"),
    term: isWholeNumber,
    leader: isId,
    alive: isIds,
  }),
  heard: isShape<Heard>({
    kind: isExactly("heard"),
    of: isOneOf("election", "elected", "roles"),
    term: isWholeNumber,
    about: isId,
  }),
  roles: isShape<Assignment>({
    kind: isExactly("roles"),
    term: isWholeNumber,
    leader: isId,
    version: isWholeNumber,
    proposers: isIds,
    acceptors: isIds,
    learners: isIds,
  }),
  start: isShape<Start>({ kind: isExactly("start"), proposers: isIds, learners: isIds }),
  prepare: ballotOf("prepare"),
  nack: ballotOf("nack"),
  promise: isShape<PromiseMessage>({
    kind: isExactly("promise"),
    ballot: isWholeNumber,
    accepted: isOptional(isVote),
  }),
  accept: voteOf("accept"),
  accepted: voteOf("accepted"),
  join: only("join"),
  query: only("query"),
});
