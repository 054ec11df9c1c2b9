/**
 * A protocol's own judges: what must hold of what its nodes say and do, beyond what they execute. They
 * hear of honest nodes only, from whoever runs the cluster.
 */

import type { Digest, NodeId } from "./ids.ts";
import type { Effect, Input } from "./machine.ts";
import type { Message } from "./messages.ts";
import type { Settings } from "./protocol.ts";

/** What went wrong, where, at whom. */
export interface Violation {
  readonly judge: string;
  readonly slot: number | undefined;
  readonly nodes: readonly NodeId[];
  /** What stands against each other, node by node where there are two. */
  readonly digests: readonly Digest[];
  readonly message: string;
}

export interface Inspector<M extends Message> {
  /**
   * What a machine was told and what it wants done: before its faults and its disk, so a crash may
   * still undo the end of it. A `start` begins a new life.
   */
  stepped?(node: NodeId, input: Input<M>, effects: readonly Effect<M>[]): readonly Violation[];
  /** What left a node under its own name: nothing takes it back. */
  sent?(node: NodeId, message: M): readonly Violation[];
}

/** The cluster that is inspected. */
export interface Inspected {
  readonly n: number;
  readonly f: number;
  readonly honest: ReadonlySet<NodeId>;
  readonly settings: Settings;
}

/** Signed votes that prove something together, as a node shows them or writes them down. */
export interface Certificate {
  /** What it proves, in words: `prepared`. */
  readonly name: string;
  readonly slot: number;
  /** How many voters must say `says`. */
  readonly needed: number;
  readonly says: string;
  readonly mayVote: readonly NodeId[];
  readonly votes: readonly CertifiedVote[];
}

export interface CertifiedVote {
  readonly voter: NodeId;
  /** What the vote is for, without its voter's name. */
  readonly says: string;
  /** What its signature covers. */
  readonly text: string;
}
