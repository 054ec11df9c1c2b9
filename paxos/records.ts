/** What a replica writes on its disk, and how a later life reads it. */

import { assert } from "../core/assert.ts";
import type { Check } from "../core/decode.ts";
import { isExactly, isMessageOf, isShape, isText, isWholeNumber } from "../core/decode.ts";
import type { Json } from "../core/encoding.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Ballot } from "./ballots.ts";
import { isProposal, type Proposal } from "./messages.ts";
import { type PaxosState, setValue, slotAt, type Value } from "./state.ts";
import { makeValue } from "./values.ts";

interface PromisedRecord {
  readonly kind: "promised";
  readonly ballot: Ballot;
}

interface AcceptedRecord {
  readonly kind: "accepted";
  readonly proposal: Proposal;
}

/** Makes all records of slots up to its own superfluous. */
interface CheckpointRecord {
  readonly kind: "checkpoint";
  readonly slot: number;
  readonly snapshot: string;
}

export type PaxosRecord = PromisedRecord | AcceptedRecord | CheckpointRecord;

const isRecord: Check = isMessageOf({
  promised: isShape<PromisedRecord>({ kind: isExactly("promised"), ballot: isWholeNumber }),
  accepted: isShape<AcceptedRecord>({ kind: isExactly("accepted"), proposal: isProposal }),
  checkpoint: isShape<CheckpointRecord>({
    kind: isExactly("checkpoint"),
    slot: isWholeNumber,
    snapshot: isText,
  }),
});

export const promisedRecord = (ballot: Ballot): Json => ({ kind: "promised", ballot });

export const acceptedRecord = (slot: number, { ballot, digest, requests }: Value): Json => ({
  kind: "accepted",
  proposal: { slot, ballot, digest, requests: requests.map(requestAsJson) },
});

export const checkpointRecord = (slot: number, snapshot: string): Json => ({
  kind: "checkpoint",
  slot,
  snapshot,
});

/** Brings back what an earlier life promised, accepted and executed up to its last checkpoint. */
export function restoreFrom(state: PaxosState, jsons: readonly Json[]): void {
  const records = jsons.map(readRecord);
  const checkpoint = records.findLast((record) => record.kind === "checkpoint");
  if (checkpoint !== undefined) restoreCheckpoint(state, checkpoint);
  for (const record of records) {
    if (record.kind === "promised") state.promised = Math.max(state.promised, record.ballot);
    if (record.kind === "accepted") restoreProposal(state, record.proposal);
  }
}

function restoreCheckpoint(state: PaxosState, { slot, snapshot }: CheckpointRecord): void {
  state.executor.restore(snapshot);
  state.checkpoint = { slot, snapshot };
  state.highest = slot;
}

function restoreProposal(state: PaxosState, { slot: number, ballot, requests }: Proposal): void {
  state.promised = Math.max(state.promised, ballot);
  if (number <= state.executor.slot) return;
  const slot = slotAt(state, number);
  // Accepted in order: the ballots of one slot only grow.
  assert((slot.value?.ballot ?? 0) <= ballot, "what was accepted later has the higher ballot");
  const { value, requests: digests } = makeValue(state, ballot, requests);
  setValue(slot, value, digests);
}

export function readRecord(json: Json): PaxosRecord {
  const expected = isRecord(json);
  assert(expected === undefined, `a record on the disk: it ${expected}`);
  return json as unknown as PaxosRecord;
}

const requestAsJson = ({ from, message, signature }: Signed<Request>): Json => ({
  from,
  message: { ...message },
  signature,
});
