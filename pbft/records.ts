/**
 * What a replica puts on disk before it says it: what it voted for, what prepared, which view it is in,
 * its stable state. A later life that starts from these records never votes twice differently.
 */

import { assert } from "../core/assert.ts";
import {
  type Check,
  isExactly,
  isListOf,
  isMessageOf,
  isShape,
  isSigned,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import type { Json } from "../core/encoding.ts";
import type { Digest, NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import type { Checkpoint, NewView, PbftMessage, PrePrepare, Prepare } from "./messages.ts";
import { isNewView, isPrePrepare, isProof } from "./shapes.ts";

/** Before its pre-prepare or prepare leaves. */
interface AcceptedRecord {
  readonly kind: "accepted";
  readonly proposal: Signed<PrePrepare>;
}

/** Before its commit leaves: the prepares of the certificate, without what all of them have in common. */
interface PreparedRecord {
  readonly kind: "prepared";
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
  readonly backups: readonly NodeId[];
  readonly signatures: readonly string[];
}

/** Before its view-change leaves. */
interface ViewChangeRecord {
  readonly kind: "view change";
  readonly view: number;
}

/** Before anything leaves that it says in this view. */
interface NewViewRecord {
  readonly kind: "new view";
  readonly newView: Signed<NewView>;
}

/** Before its checkpoint leaves: whoever signs a state must have it when others need it. */
interface CheckpointRecord {
  readonly kind: "checkpoint";
  readonly sequence: number;
  readonly snapshot: string;
}

/** Makes all records of sequences up to its own superfluous, except the state itself. */
interface StableRecord {
  readonly kind: "stable";
  readonly sequence: number;
  readonly proof: readonly Signed<Checkpoint>[];
}

export type PbftRecord =
  | AcceptedRecord
  | PreparedRecord
  | ViewChangeRecord
  | NewViewRecord
  | CheckpointRecord
  | StableRecord;

const isRecord: Check = isMessageOf({
  accepted: isShape<AcceptedRecord>({
    kind: isExactly("accepted"),
    proposal: isSigned(isPrePrepare),
  }),
  prepared: isShape<PreparedRecord>({
    kind: isExactly("prepared"),
    view: isWholeNumber,
    sequence: isWholeNumber,
    digest: isText,
    backups: isListOf(isText),
    signatures: isListOf(isText),
  }),
  "view change": isShape<ViewChangeRecord>({
    kind: isExactly("view change"),
    view: isWholeNumber,
  }),
  "new view": isShape<NewViewRecord>({
    kind: isExactly("new view"),
    newView: isSigned(isNewView),
  }),
  checkpoint: isShape<CheckpointRecord>({
    kind: isExactly("checkpoint"),
    sequence: isWholeNumber,
    snapshot: isText,
  }),
  stable: isShape<StableRecord>({
    kind: isExactly("stable"),
    sequence: isWholeNumber,
    proof: isProof,
  }),
});

export function persist(record: PbftRecord, out: Out<PbftMessage>): void {
  // Messages are plain data; interfaces merely have no index signature to say so.
  out.persist(record as unknown as Json);
}

/** A record of an earlier life. The disk vouches for what it gives back, so anything else is our error. */
export function readRecord(json: Json): PbftRecord {
  const expected = isRecord(json);
  assert(expected === undefined, `a record on disk ${expected}`);
  return json as unknown as PbftRecord;
}

export const preparedRecord = (
  { view, sequence, digest }: PrePrepare,
  prepares: readonly Signed<Prepare>[],
): PreparedRecord => ({
  kind: "prepared",
  view,
  sequence,
  digest,
  backups: prepares.map(({ from }) => from),
  signatures: prepares.map(({ signature }) => signature),
});

/** The prepares as they came. */
export const preparesOf = (record: PreparedRecord): readonly Signed<Prepare>[] =>
  record.backups.map((replica, index) => {
    const { view, sequence, digest } = record;
    const message: Prepare = { kind: "prepare", view, sequence, digest, replica };
    return { from: replica, message, signature: record.signatures[index] ?? "" };
  });
