/** The messages of CCRO (Yu et al. 2022, §3.2 and figure 2), and the evidence that they carry. */

import type { Digest, NodeId, Result } from "../core/ids.ts";
import type { Message, Request, Signed } from "../core/messages.ts";

export type CcroMessage =
  | Request
  | PreparatoryBlock
  | PrePrepare
  | Prepare
  | Commit
  | Reply
  | FormalBlock
  | Answer
  | Heartbeat
  | Participation
  | HeightCheck
  | Suspicion
  | Assignment
  | Report
  | Synchronize
  | Excerpt;

/** What is agreed on. Its digest names no epoch, so a block proposed again stays the same block. */
export interface Block {
  /** Counted from 1. */
  readonly height: number;
  readonly parent: Digest;
  readonly requests: readonly Signed<Request>[];
}

/** Phase 1, request: primary → everybody. */
export interface PreparatoryBlock extends Message {
  readonly kind: "preparatory-block";
  readonly epoch: number;
  readonly digest: Digest;
  readonly block: Block;
  /** In an epoch that has not completed a block yet: why it may begin with this one. */
  readonly opening?: Opening | undefined;
}

/** What a new primary shows: that it is one, and what it was told about older epochs (R4). */
export interface Opening {
  readonly assignment: Signed<Assignment>;
  readonly reports: readonly Signed<Report>[];
}

/** Phase 2, pre-prepare: communication node → consensus nodes. */
export interface PrePrepare extends Message {
  readonly kind: "pre-prepare";
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
}

/** Phase 3, prepare: consensus node → communication node, a vote on the block that it holds. */
export interface Prepare extends Message {
  readonly kind: "prepare";
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
  /** No: the communication node named another block than the primary sent. */
  readonly isYes: boolean;
  readonly node: NodeId;
}

/** A prepare as the message log holds it. Epoch and height stand once, in what carries the log. */
export interface LoggedPrepare {
  readonly node: NodeId;
  readonly digest: Digest;
  readonly isYes: boolean;
  /** Empty where the log is kept and not checked. */
  readonly signature: string;
}

/** Phase 4, commit (the paper's submission): communication node → consensus nodes. */
export interface Commit extends Message {
  readonly kind: "commit";
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
  /** The message log. */
  readonly votes: readonly LoggedPrepare[];
}

/** Phase 5, reply: consensus node → primary. Under R1 it is the commit vote. */
export interface Reply extends Message {
  readonly kind: "reply";
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
  /** Of all results of the block, and of the state after it where a checkpoint is due. */
  readonly results: Digest;
  readonly node: NodeId;
}

/** Phase 6, storage: primary → everybody. */
export interface FormalBlock extends Message {
  readonly kind: "formal-block";
  readonly block: Block;
  readonly proof: Proof;
}

/** That a block is complete in an epoch. Without replies it is no more than the primary's word. */
export interface Proof {
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
  readonly results: Digest;
  readonly replies: readonly SignedName[];
  /** Who had which role in that epoch; epoch 0 needs none. */
  readonly assignment?: Signed<Assignment> | undefined;
}

/** Whose signature it is on a message that the context tells. */
export interface SignedName {
  readonly node: NodeId;
  readonly signature: string;
}

/** That a block is prepared in an epoch: a quorum of its voters said yes. */
export interface Prepared {
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
  readonly votes: readonly LoggedPrepare[];
  readonly assignment?: Signed<Assignment> | undefined;
}

/** To the client, from the primary; from others, too, when the client asks everybody. */
export interface Answer extends Message {
  readonly kind: "answer";
  /** In which its sender is now: whom to ask next. */
  readonly epoch: number;
  readonly height: number;
  readonly node: NodeId;
  readonly client: NodeId;
  readonly timestamp: number;
  readonly result: Result;
  readonly assignment?: Signed<Assignment> | undefined;
  /** Absent where the client takes a node's word. */
  readonly evidence?: ResultEvidence | undefined;
}

/** That a result is among those of a complete block. */
export interface ResultEvidence {
  readonly proof: Proof;
  readonly summary: ResultSummary;
  readonly path: readonly PathStep[];
}

/** What the digest of a block's results is made of. */
export interface ResultSummary {
  readonly count: number;
  readonly root: Digest;
  /** Digest of the state after the block, where a checkpoint is due. */
  readonly state?: Digest | undefined;
}

/** One step from a leaf of a hash tree to its root. */
export interface PathStep {
  readonly isLeft: boolean;
  readonly digest: Digest;
}

export const awaitedPhases = [
  "preparatory-block",
  "pre-prepare",
  "prepare",
  "commit",
  "reply",
  "formal-block",
] as const;
export type AwaitedPhase = (typeof awaitedPhases)[number];

/** Control, node → monitor: it lives, and stores blocks up to this height. */
export interface Heartbeat extends Message {
  readonly kind: "heartbeat";
  readonly epoch: number;
  readonly height: number;
  readonly node: NodeId;
}

/** Control, communication node → monitor, after each round: what trust is computed from. It may lie. */
export interface Participation extends Message {
  readonly kind: "participation";
  readonly epoch: number;
  readonly height: number;
  readonly node: NodeId;
  /** Of each voter whose vote came. */
  readonly answers: readonly VoterAnswer[];
}

export interface VoterAnswer {
  readonly node: NodeId;
  /** It said yes to the block that became formal. */
  readonly isForBlock: boolean;
  /** From the pre-prepare to the vote, in microseconds. */
  readonly responseUs: number;
}

/** Control, monitor → node that is behind (algorithm 1): how far others are, and whom to ask. */
export interface HeightCheck extends Message {
  readonly kind: "height-check";
  readonly height: number;
  readonly holder: NodeId;
}

/** Control, node → monitor: what it waited for in vain. */
export interface Suspicion extends Message {
  readonly kind: "suspicion";
  readonly epoch: number;
  /** The highest block that the node stores. */
  readonly height: number;
  readonly awaited: AwaitedPhase;
  readonly node: NodeId;
}

/** Control, monitor → everybody: the roles of an epoch. */
export interface Assignment extends Message {
  readonly kind: "assignment";
  readonly epoch: number;
  readonly primary: NodeId;
  readonly communication: NodeId;
  readonly consensus: readonly NodeId[];
}

/**
 * Control, node → new primary. After it the node gives no reply in an older epoch (R5); with it the
 * node says how far it got (R2).
 */
export interface Report extends Message {
  readonly kind: "report";
  readonly epoch: number;
  /** Of the assignment, so that a report serves one new primary only. */
  readonly roles: Digest;
  readonly node: NodeId;
  /** The highest block that the node stores. */
  readonly height: number;
  readonly proof?: Proof | undefined;
  /** Its highest certificate for the height after that. */
  readonly prepared?: Prepared | undefined;
}

/** Control: asks a node for what it stores above a height (algorithm 2). */
export interface Synchronize extends Message {
  readonly kind: "synchronize";
  readonly epoch: number;
  readonly height: number;
  /** A block that is asked for by name, stored or not. */
  readonly digest?: Digest | undefined;
}

/** Control: what was asked for, as much as fits. */
export interface Excerpt extends Message {
  readonly kind: "excerpt";
  /** Up to which its sender stores blocks. */
  readonly height: number;
  readonly blocks: readonly FormalBlock[];
  /** The state after an older block, where the blocks before it are no longer kept. */
  readonly checkpoint?: Checkpoint | undefined;
  /** The block that was asked for by name. */
  readonly wanted?: NamedBlock | undefined;
}

export interface NamedBlock {
  readonly digest: Digest;
  readonly block: Block;
}

export interface Checkpoint {
  readonly formal: FormalBlock;
  readonly summary: ResultSummary;
  readonly snapshot: string;
}

/** What names an epoch's round or the evidence from one. */
export interface Ballot {
  readonly epoch: number;
  readonly height: number;
  readonly digest: Digest;
}
