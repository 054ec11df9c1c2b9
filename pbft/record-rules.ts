/** What the records of a replica mean to a disk: which are superfluous, which hold by themselves. */

import type { Json } from "../core/encoding.ts";
import type { Pledge } from "../core/machine.ts";
import type { RecordRules } from "../core/protocol.ts";
import { type PbftRecord, readRecord } from "./records.ts";

export const recordRules: RecordRules = { stillNeeded, salvage, pledgeOf };

/**
 * Everything above the newest stable checkpoint, the state that leads there, and the views: of those
 * only what the first record that stays was written in, and what came later.
 */
function stillNeeded(records: readonly Json[]): readonly Json[] {
  const read = records.map(readRecord);
  const stable = highestOf(read, "stable");
  const base = Math.max(
    ...read.flatMap((record) =>
      record.kind === "checkpoint" && record.sequence <= stable ? [record.sequence] : [0],
    ),
  );
  const isLive = (record: PbftRecord) =>
    (record.kind === "accepted" && record.proposal.message.sequence > stable) ||
    (record.kind === "prepared" && record.sequence > stable);
  const firstLive = read.findIndex(isLive);
  const firstView = lastViewBefore(read, firstLive === -1 ? read.length : firstLive);
  return records.filter((_json, index) => {
    const record = read[index];
    switch (record?.kind) {
      case "accepted":
      case "prepared":
        return isLive(record);
      case "checkpoint":
        return record.sequence >= base;
      case "stable":
        return record.sequence === stable;
      default:
        return index >= firstView;
    }
  });
}

/** Where the view began that the record of this index was written in. */
function lastViewBefore(records: readonly PbftRecord[], index: number): number {
  const last = records.slice(0, index).findLastIndex(({ kind }) => kind === "new view");
  return last === -1 ? 0 : last;
}

/** The highest stable checkpoint whose state is there, too: q replicas vouch for it. */
function salvage(records: readonly Json[]): readonly Json[] {
  const read = records.map(readRecord);
  const states = new Set(
    read.flatMap((record) => (record.kind === "checkpoint" ? [record.sequence] : [])),
  );
  const stable = highestOf(
    read.filter((record) => record.kind !== "stable" || states.has(record.sequence)),
    "stable",
  );
  if (stable === 0) return [];
  const isIts = (kind: PbftRecord["kind"]) => (_json: Json, index: number) => {
    const record = read[index];
    return record?.kind === kind && "sequence" in record && record.sequence === stable;
  };
  return [...records.filter(isIts("checkpoint")), ...records.filter(isIts("stable"))];
}

function highestOf(records: readonly PbftRecord[], kind: "stable" | "checkpoint"): number {
  const sequences = records.flatMap((record) => (record.kind === kind ? [record.sequence] : []));
  return Math.max(0, ...sequences);
}

/** Votes bind to a view and a slot; a view-change binds to its view; a checkpoint to nothing new. */
function pledgeOf(json: Json): Pledge | undefined {
  // It was made in this very process: nobody needs to check it.
  const record = json as unknown as PbftRecord;
  switch (record.kind) {
    case "accepted":
      return { view: record.proposal.message.view, slot: record.proposal.message.sequence };
    case "prepared":
      return { view: record.view, slot: record.sequence };
    case "view change":
      return { view: record.view, slot: 0 };
    case "new view": {
      const { view, prePrepares } = record.newView.message;
      return { view, slot: Math.max(0, ...prePrepares.map(({ message }) => message.sequence)) };
    }
    default:
      return undefined;
  }
}
