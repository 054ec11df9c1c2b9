/** What PBFT says, named and shaped as in Castro & Liskov §4, and what each signature covers. */

import { unreachable } from "../core/assert.ts";
import type { Digest, NodeId } from "../core/ids.ts";
import {
  type Message,
  type Reply,
  type Request,
  replyText,
  requestDigest,
  requestText,
  type Signed,
} from "../core/messages.ts";

export type PbftMessage =
  | Request
  | PrePrepare
  | Prepare
  | Commit
  | Reply
  | Checkpoint
  | ViewChange
  | NewView
  | Fetch
  | Committed
  | State;

export type Batch = readonly Signed<Request>[];

/**
 * ⟨⟨PRE-PREPARE, v, n, d⟩, m⟩ §4.2. As in the paper the signature does not cover the requests m
 * themselves but their digest d, so that evidence can travel with or without them.
 */
export interface PrePrepare extends Message {
  readonly kind: "pre-prepare";
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
  readonly batch: Batch;
}

/** ⟨PREPARE, v, n, d, i⟩ §4.2 */
export interface Prepare extends Message {
  readonly kind: "prepare";
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
  readonly replica: NodeId;
}

/** ⟨COMMIT, v, n, D(m), i⟩ §4.2 */
export interface Commit extends Message {
  readonly kind: "commit";
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
  readonly replica: NodeId;
}

export type Vote = Prepare | Commit;

/** ⟨CHECKPOINT, n, d, i⟩ §4.3: d is the digest of the state after sequence n. */
export interface Checkpoint extends Message {
  readonly kind: "checkpoint";
  readonly sequence: number;
  readonly digest: Digest;
  readonly replica: NodeId;
}

/** Pm in §4.4: a pre-prepare, and prepares of q − 1 different backups that match it. */
export interface PreparedCertificate {
  readonly prePrepare: Signed<PrePrepare>;
  readonly prepares: readonly Signed<Prepare>[];
}

/** ⟨VIEW-CHANGE, v+1, n, C, P, i⟩ §4.4 */
export interface ViewChange extends Message {
  readonly kind: "view-change";
  readonly view: number;
  /** n: the sequence of its last stable checkpoint. */
  readonly stable: number;
  /** C: q checkpoints that prove it; none for sequence 0. */
  readonly proof: readonly Signed<Checkpoint>[];
  /** P: what prepared at it above n. */
  readonly prepared: readonly PreparedCertificate[];
  readonly replica: NodeId;
}

/**
 * ⟨NEW-VIEW, v+1, V, O⟩ §4.4. The pre-prepares of O travel without their batches: those stand in the
 * certificates of V.
 */
export interface NewView extends Message {
  readonly kind: "new-view";
  readonly view: number;
  readonly viewChanges: readonly Signed<ViewChange>[];
  readonly prePrepares: readonly Signed<PrePrepare>[];
}

/**
 * A replica that is behind says how far it is (as in TOCS 2002, where it also names one replica that
 * is to answer in full). Everybody else only sends its own votes again.
 */
export interface Fetch extends Message {
  readonly kind: "fetch";
  readonly view: number;
  readonly isViewChanging: boolean;
  /** Whose view-changes for this view it has. */
  readonly viewChanges: readonly NodeId[];
  readonly stable: number;
  readonly executed: number;
  readonly supplier: NodeId;
  readonly replica: NodeId;
}

/** What a slot decided, with the q commits that say so: whoever holds it needs nobody's word. */
export interface CommittedCertificate {
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
  readonly batch: Batch;
  readonly commits: readonly Signed<Commit>[];
}

/** Answers a fetch: slots that committed, in order. */
export interface Committed extends Message {
  readonly kind: "committed";
  readonly slots: readonly CommittedCertificate[];
  readonly replica: NodeId;
}

/** Answers a fetch: a stable checkpoint with its proof and the state itself. */
export interface State extends Message {
  readonly kind: "state";
  readonly sequence: number;
  readonly proof: readonly Signed<Checkpoint>[];
  readonly snapshot: string;
  readonly replica: NodeId;
}

/** Everything in the message by value, the requests of a batch by their digest. */
export function signedText(message: PbftMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "pre-prepare":
      return prePrepareText(message);
    case "prepare":
    case "commit":
      return voteText(message);
    case "reply":
      return replyText(message);
    case "checkpoint":
      return checkpointText(message);
    case "view-change":
      return viewChangeText(message);
    case "new-view":
      return newViewText(message);
    case "fetch":
      return fetchText(message);
    case "committed":
      return `committed|${message.replica}|${listText(message.slots, committedText)}`;
    case "state":
      return stateText(message);
    default:
      return unreachable(message);
  }
}

const prePrepareText = ({ view, sequence, digest }: PrePrepare): string =>
  `pre-prepare|${view}|${sequence}|${digest}`;

const voteText = ({ kind, view, sequence, digest, replica }: Vote): string =>
  `${kind}|${view}|${sequence}|${digest}|${replica}`;

const checkpointText = ({ sequence, digest, replica }: Checkpoint): string =>
  `checkpoint|${sequence}|${digest}|${replica}`;

const viewChangeText = ({ view, stable, proof, prepared, replica }: ViewChange): string =>
  `view-change|${view}|${stable}|${replica}|${listText(proof, evidenceText)}|${listText(prepared, certificateText)}`;

const newViewText = ({ view, viewChanges, prePrepares }: NewView): string =>
  `new-view|${view}|${listText(viewChanges, evidenceText)}|${listText(prePrepares, evidenceText)}`;

const fetchText = (message: Fetch): string =>
  `fetch|${message.view}|${message.isViewChanging}|${listText(message.viewChanges, (id) => id)}|${message.stable}|${message.executed}|${message.supplier}|${message.replica}`;

// The snapshot comes last: it is the only field that could hold a separator.
const stateText = ({ sequence, proof, replica, snapshot }: State): string =>
  `state|${sequence}|${replica}|${listText(proof, evidenceText)}|${snapshot}`;

const committedText = ({ view, sequence, digest, commits }: CommittedCertificate): string =>
  `${view}|${sequence}|${digest}|${listText(commits, evidenceText)}`;

const certificateText = ({ prePrepare, prepares }: PreparedCertificate): string =>
  `${evidenceText(prePrepare)}|${listText(prepares, evidenceText)}`;

const evidenceText = (signed: Signed<PrePrepare | Prepare | Commit | Checkpoint | ViewChange>) =>
  `${signed.from}|${signedText(signed.message)}|${signed.signature}`;

// The count comes first, so that no list can be read as a shorter one and something else.
const listText = <T>(items: readonly T[], textOf: (item: T) => string): string =>
  `${items.length}|${items.map(textOf).join("|")}`;

/** d: names a batch by the digests of its requests, in order. */
export function batchDigest(batch: Batch, digest: (text: string) => Digest): Digest {
  let text = "batch";
  for (const { message } of batch) text += `|${requestDigest(message, digest)}`;
  return digest(text);
}

/** A null request is an empty batch: it executes nothing (§4.4). */
export const nullBatch: Batch = [];
