/** What a host hands to a node: time, transport, disk and an eye. A simulator is a host, too. */

import type { Json } from "./encoding.ts";
import type { Millis, NodeId } from "./ids.ts";
import type { Effect, Input } from "./machine.ts";
import type { Message, Signed } from "./messages.ts";

export interface Time {
  now(): Millis;
  /** Runs once, later; the answer cancels it. */
  after(delayMs: Millis, run: () => void): () => void;
}

export interface Transport<M extends Message> {
  /**
   * Takes the message along. Never calls back into the sender during the call, never throws: what
   * cannot arrive is lost, and counted by the transport.
   */
  send(from: NodeId, to: NodeId, signed: Signed<M>): void;
}

export interface Disk {
  /** `done` runs once the record would survive a crash: at once where nothing is kept. */
  append(record: Json, done: () => void): void;
}

/** Sees everything, changes nothing. */
export interface Observer<M extends Message> {
  sent?(node: NodeId, to: NodeId, signed: Signed<M>, now: Millis): void;
  received?(node: NodeId, signed: Signed<M>, now: Millis): void;
  /** What a machine was told, and what it wants done about it: before faults, before the disk. */
  stepped?(node: NodeId, input: Input<M>, effects: readonly Effect<M>[], now: Millis): void;
  /** Everything that is not a message or a timer: deliveries, acceptances, marks, refusals. */
  effect?(node: NodeId, effect: Effect<M>, now: Millis): void;
}

/** For runs that keep nothing. */
export const noDisk: Disk = { append: (_record, done) => done() };
