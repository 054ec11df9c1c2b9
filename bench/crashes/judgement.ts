/** Judges a run of crashes from the journals of all nodes and from what clients were told. */

import type { NodeId } from "../../core/ids.ts";
import { Jury, stateTransferredMark } from "../../sim/judge.ts";
import type { JournalEntry } from "../clusters/journal.ts";
import { VoteJudge } from "./votes.ts";
import type { Acknowledged, Submission } from "./writers.ts";

export interface Judgement {
  /** In sentences; none is what we want. */
  readonly violations: readonly string[];
  readonly votes: number;
  readonly slots: number;
  readonly viewChanges: number;
  readonly stateTransfers: number;
}

export interface CrashRecord {
  readonly journals: ReadonlyMap<NodeId, readonly JournalEntry[]>;
  readonly submissions: readonly Submission[];
  readonly acknowledged: readonly Acknowledged[];
}

export function judge({ journals, submissions, acknowledged }: CrashRecord): Judgement {
  const jury = new Jury(journals.keys());
  const votes = new VoteJudge();
  const marks = new Map<string, number>();
  let slots = 0;
  for (const { client, operation } of submissions) jury.submitted(client, operation);
  for (const [node, entries] of journals) {
    for (const entry of entries) {
      if (entry.kind === "deliver") slots = Math.max(slots, entry.delivery.slot);
      if (entry.kind === "mark") marks.set(entry.mark.name, (marks.get(entry.mark.name) ?? 0) + 1);
      hear(jury, votes, node, entry);
    }
  }
  for (const { client, acceptance } of acknowledged) jury.accepted(client, acceptance);
  const found = jury.verdict().violations.map(({ judge: name, message }) => `${name}: ${message}`);
  return {
    violations: [...found, ...votes.violations],
    votes: votes.votes,
    slots,
    viewChanges: marks.get("view change") ?? 0,
    stateTransfers: marks.get(stateTransferredMark) ?? 0,
  };
}

function hear(jury: Jury, votes: VoteJudge, node: NodeId, entry: JournalEntry): void {
  switch (entry.kind) {
    case "start":
      return jury.started(node);
    case "said":
      return votes.heard(node, entry.message);
    case "deliver":
      return jury.delivered(node, entry.delivery);
    case "mark":
      if (entry.mark.name === stateTransferredMark) jury.jumped(node, entry.mark.slot);
  }
}
