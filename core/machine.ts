/**
 * The contract: a participant is a machine without I/O. Inputs in, effects out; same inputs, same
 * effects. Replicas, clients and monitoring nodes are all machines.
 */

import type { Json } from "./encoding.ts";
import type { Digest, Millis, NodeId, Operation, Result } from "./ids.ts";
import type { LogEntry } from "./log.ts";
import type { Message, Signed } from "./messages.ts";

export interface Machine<M extends Message> {
  step(input: Input<M>, now: Millis): readonly Effect<M>[];
  /** What an operator may know, for `/status`. */
  status(): Status;
  /** The message log of the slots from `from` to `to`, both included, as far as it is kept. */
  log(from: number, to: number): readonly LogEntry[];
  /** What shows to outsiders what was decided at a slot, as far as it is kept. */
  finished?(slot: number): M | undefined;
}

export type Input<M extends Message> =
  /**
   * First input of every life: the records that an earlier life persisted, oldest first. `lost` when
   * some of them are missing.
   */
  | { readonly kind: "start"; readonly records: readonly Json[]; readonly lost?: Pledge }
  /** A message whose signature is its sender's. */
  | { readonly kind: "message"; readonly signed: Signed<M> }
  /** Somebody wants this operation done; only clients get this. */
  | { readonly kind: "request"; readonly operation: Operation }
  /** One of its own timers ran out. Not a message: nobody can send one. */
  | { readonly kind: "time-out"; readonly timer: string };

/** How far earlier lives may have bound themselves at most, in ways that nobody remembers. */
export interface Pledge {
  readonly view: number;
  readonly slot: number;
}

/** What a machine wants done, in this order. */
export type Effect<M extends Message> =
  | { readonly kind: "send"; readonly to: NodeId; readonly message: M }
  | { readonly kind: "broadcast"; readonly to: readonly NodeId[]; readonly message: M }
  /** Passes on what somebody else signed. */
  | { readonly kind: "forward"; readonly to: NodeId; readonly signed: Signed<M> }
  /** Starting a timer that runs restarts it. */
  | { readonly kind: "start-timer"; readonly timer: string; readonly afterMs: Millis }
  | { readonly kind: "stop-timer"; readonly timer: string }
  /** On disk before anything later in the list leaves. */
  | { readonly kind: "persist"; readonly record: Json }
  | { readonly kind: "deliver"; readonly delivery: Delivery }
  | { readonly kind: "accept"; readonly acceptance: Acceptance }
  | { readonly kind: "mark"; readonly mark: Mark }
  /** A message was refused; `from` is who sent it. */
  | { readonly kind: "reject"; readonly from: NodeId; readonly objection: string };

/** A replica executed a slot for good. */
export interface Delivery {
  /** PBFT: sequence number; CCRO: height; Paxos: instance. Counted from 1, no gaps. */
  readonly slot: number;
  /** The view, epoch or ballot in which it was decided, as this node saw it. */
  readonly view: number;
  readonly digest: Digest;
  /** What was executed, in order. Duplicates and null requests execute nothing. */
  readonly executed: readonly Executed[];
  /** Chains all deliveries up to this one: equal slot and equal history, equal past. */
  readonly history: Digest;
}

export interface Executed {
  readonly client: NodeId;
  readonly timestamp: number;
  readonly operation: Operation;
  readonly result: Result;
}

/** A client has enough matching replies. */
export interface Acceptance {
  readonly timestamp: number;
  readonly operation: Operation;
  readonly result: Result;
  readonly view: number;
  readonly slot: number;
  /** Whose word it took. */
  readonly from: readonly NodeId[];
}

/** Something that an observer may want to see: prepared, committed, view changed … */
export interface Mark {
  readonly name: string;
  readonly view: number;
  readonly slot?: number;
  readonly detail?: string;
}

export interface Status {
  /** primary, backup; communication, consensus, monitor; client … */
  readonly role: string;
  /** View, epoch or ballot. */
  readonly view: number;
  /** Highest slot executed. */
  readonly slot: number;
  /** Whatever else this protocol has to show, such as watermarks. */
  readonly [more: string]: Json;
}
