/** What the records of a replica mean to a disk: which are superfluous, which hold by themselves. */

import type { Json } from "../core/encoding.ts";
import type { Pledge } from "../core/machine.ts";
import type { SalvageRules } from "../core/protocol.ts";
import { type PbftRecord, readRecord } from "./records.ts";

export const recordRules: SalvageRules = { stillNeeded, salvage, pledgeOf };

/**
 * Everything above the newest stable checkpoint, the state that leads there, and the views: of those
 * only what the first record that stays was written in, and what came later. A view-change that waits
 * for its view must be said again in the same words: what it stood on stays with it.
 */
function stillNeeded(records: readonly Json[]): readonly Json[] {
  const read = records.map(readRecord);
  const waitingFrom = waitingViewChange(read);
  const settled = read.slice(0, waitingFrom);
  const later = read.slice(waitingFrom);
  const kept = [...thinnedOut(settled), ...withoutOldStates(later)];
  const isKept = new Set(kept);
  return records.filter((_json, index) => {
    const record = read[index];
    return record !== undefined && isKept.has(record);
  });
}

/** Where the last view-change stands whose view has not begun; behind everything if there is none. */
function waitingViewChange(records: readonly PbftRecord[]): number {
  const last = records.findLastIndex(({ kind }) => kind === "view change" || kind === "new view");
  return records[last]?.kind === "view change" ? last : records.length;
}

function thinnedOut(records: readonly PbftRecord[]): readonly PbftRecord[] {
  const stable = highestOf(records, "stable");
  const isLive = (record: PbftRecord) =>
    (record.kind === "accepted" && record.proposal.message.sequence > stable) ||
    (record.kind === "prepared" && record.sequence > stable);
  const firstLive = records.findIndex(isLive);
  const firstView = lastViewBefore(records, firstLive === -1 ? records.length : firstLive);
  return withoutOldStates(records).filter((record) =>
    record.kind === "accepted" || record.kind === "prepared"
      ? isLive(record)
      : isState(record) || records.indexOf(record) >= firstView,
  );
}

/** The newest stable checkpoint, the newest state that is not above it, and all states from there on. */
function withoutOldStates(records: readonly PbftRecord[]): readonly PbftRecord[] {
  const stable = highestOf(records, "stable");
  const base = highestOf(
    records.filter((record) => isState(record) && record.sequence <= stable),
    "checkpoint",
  );
  return records.filter(
    (record) => !isState(record) || record.sequence >= (record.kind === "stable" ? stable : base),
  );
}

const isState = (
  record: PbftRecord,
): record is Extract<PbftRecord, { readonly kind: "checkpoint" | "stable" }> =>
  record.kind === "checkpoint" || record.kind === "stable";

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
