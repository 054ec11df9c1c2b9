/** What the records of a replica mean to a disk that lasts: which of them a later life still needs. */

import type { Json } from "../core/encoding.ts";
import type { RecordRules } from "../core/protocol.ts";
import type { Ballot } from "./ballots.ts";
import { type PaxosRecord, readRecord } from "./records.ts";

/**
 * No rules for damage: Paxos knows no certificates, so nobody can tell an acceptor what it promised. One
 * that forgot a promise must not go on under its name.
 */
export const recordRules: RecordRules = { stillNeeded };

/**
 * The newest checkpoint, what was last accepted in each slot above it, and whatever holds the highest
 * promise: to accept in a ballot is to promise it.
 */
function stillNeeded(records: readonly Json[]): readonly Json[] {
  const read = records.map(readRecord);
  const checkpoint = read.findLastIndex(({ kind }) => kind === "checkpoint");
  const base = slotOf(read[checkpoint]);
  const highest = Math.max(0, ...read.map(ballotOf));
  const promise = read.findLastIndex((record) => ballotOf(record) === highest);
  const accepted = new Map<number, number>();
  for (const [index, record] of read.entries()) {
    if (record.kind === "accepted" && slotOf(record) > base) accepted.set(slotOf(record), index);
  }
  const kept = new Set([checkpoint, promise, ...accepted.values()]);
  return records.filter((_json, index) => kept.has(index));
}

function ballotOf(record: PaxosRecord): Ballot {
  switch (record.kind) {
    case "promised":
      return record.ballot;
    case "accepted":
      return record.proposal.ballot;
    case "checkpoint":
      return 0;
  }
}

function slotOf(record: PaxosRecord | undefined): number {
  switch (record?.kind) {
    case "checkpoint":
      return record.slot;
    case "accepted":
      return record.proposal.slot;
    default:
      return 0;
  }
}
