/**
 * How a node fails: functions on what it sends. Faults wrap; protocols do not know.
 *
 * A message passes its node's chain of faults after the protocol and before the seal, so a faulty
 * node may say anything to anyone, but only under its own name.
 */

import type { Digest, Millis, NodeId } from "./ids.ts";
import type { Message, Request, Signed } from "./messages.ts";
import type { Random } from "./random.ts";

/** One message on its way to one node, not yet sealed. */
export interface Envelope<M extends Message> {
  readonly to: NodeId;
  readonly message: M;
  /** As somebody else signed it, when it is only passed on. A fault that changes it drops this. */
  readonly forwarded?: Signed<M> | undefined;
  /** How long it is held back before it leaves. */
  readonly delayMs: Millis;
  /** Whether the seal itself is spoiled. */
  readonly isBadlySealed: boolean;
}

export interface Fault<M extends Message> {
  /** Its mode, as at the command line. */
  readonly name: string;
  /** What travels instead of this envelope: itself, others, nothing. */
  onSend(envelope: Envelope<M>, context: FaultContext<M>): readonly Envelope<M>[];
  /** For faults that talk unasked: called every `everyMs` while the node lives. */
  readonly everyMs?: Millis;
  onTick?(context: FaultContext<M>): readonly Envelope<M>[];
}

export interface FaultContext<M extends Message> {
  readonly self: NodeId;
  readonly now: Millis;
  readonly random: Random;
  /** The node's role and view at this moment: a lie as primary needs a primary. */
  readonly role: string;
  readonly view: number;
  /** All other participants of the protocol, clients not among them. */
  readonly peers: readonly NodeId[];
  readonly lies: Lies<M>;
  readonly tools: LieTools<M>;
  /** Ground truth: the fault changed, added or held back something just now. */
  witness(): void;
}

/** What a liar needs to lie well. */
export interface LieTools<M extends Message> {
  readonly self: NodeId;
  digest(text: string): Digest;
  /** Its own signature, on whatever it likes. */
  seal(message: M): Signed<M>;
  /** Signed requests that this node has seen, newest first, at most a few hundred. */
  readonly requests: readonly Signed<Request>[];
}

/**
 * What a plausible lie is in a protocol; each protocol's `lies.ts`. Undefined means: this message
 * says nothing that could be lied about in that way, and passes as it is.
 */
export interface Lies<M extends Message> {
  /** The same statement about a corrupt value; equal messages become equal lies. */
  corrupt(message: M, tools: LieTools<M>): M | undefined;
  /** The other story: valid on its face, in conflict with this message. */
  equivocate(message: M, tools: LieTools<M>): M | undefined;
  /** The same claim with invented evidence. */
  forge(message: M, tools: LieTools<M>): M | undefined;
  /** The same report with false response times; absent where nobody reports any. */
  misreport?(message: M, tools: LieTools<M>): M | undefined;
  /** A call for the next view (new roles, higher ballot) that nobody needs; undefined if there is none. */
  spam(view: number, tools: LieTools<M>): M | undefined;
}

/** What a fault did in a run: without it, a cell that claims a fault proves nothing. */
export interface FaultWitness {
  readonly node: NodeId;
  readonly fault: string;
  /** How often it changed, added or held back something. */
  fired: number;
  /** Roles that the node held while it did. */
  readonly roles: Set<string>;
}
