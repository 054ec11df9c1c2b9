/** One round told to people, in the form of seed 004, and to machines. */

import type { Tally } from "../../core/log.ts";
import type { PlacedFault } from "../../faults/placed-fault.ts";
import type { Cell } from "../cell.ts";
import type { ClusterMember } from "../cluster.ts";
import type { MeasuredRound, Measurement } from "../meter.ts";
import type { ReplyCount } from "../meters/reply-counts.ts";
import { protocolOf } from "../protocols.ts";

export interface RoundReport {
  readonly cell: Cell;
  readonly seed: number;
  readonly faults: readonly PlacedFault[];
  readonly members: readonly ClusterMember[];
  readonly round: MeasuredRound;
  readonly measurement: Measurement;
}

export function printRound(report: RoundReport): string {
  const { cell, seed, faults, round, measurement } = report;
  const { verdict } = measurement;
  const { transport, place, n, f } = cell;
  const failing = faults.map(({ mode, nodes }) => `${mode} ${nodes.join(" ")}`).join(", ");
  const header = [
    protocolOf(cell).title,
    `n=${n} f=${f}`,
    failing || "no faults",
    ...(cell.auth === "none" ? ["no signatures"] : []),
    transport === "http" ? `http, ${place}` : transport,
    `seed ${seed}`,
  ];
  const labels = new Map(round.replies.nodes.map((count) => [count, labelOf(report, count)]));
  const width = Math.max("Client".length, ...[...labels.values()].map((label) => label.length));
  const line = (label: string, words: string) => `${label.padEnd(width)} -> ${words}`;
  return [
    header.join("  "),
    `Consensus time: ${consensusTime(report)}`,
    ...[...labels].map(([count, label]) => line(label, nodeWords(report, count))),
    line("Client", `${tallyWords(round.replies.client.tally)}   ${outcomeWords(report)}`),
    `Safety: ${withReason(verdict.safety, verdict.reasons)}`,
    ...(verdict.liveness === "ok" ? [] : [`Liveness: ${verdict.liveness}`]),
  ].join("\n");
}

export function roundJson(report: RoundReport) {
  const { cell, seed, members, round, measurement } = report;
  const { outcome, replies } = round;
  const { verdict, costs } = measurement;
  const { protocol, n, f, fault, transport, place, auth } = cell;
  return {
    ...{ protocol, n, f, fault, transport, place, auth, seed },
    faulty: members.filter(({ faults }) => faults.length > 0).map(({ id }) => id),
    outcome: outcome.outcome,
    reason: outcome.reason ?? null,
    consensusTimeMs: outcome.consensusTimeMs ?? null,
    latencyMs: outcome.outcome === "committed" ? outcome.latencyMs : null,
    view: outcome.view ?? null,
    sequence: outcome.slot ?? null,
    nodes: replies.nodes.map((count) => ({
      node: count.node,
      role: count.role,
      isCommander: isCommander(report, count),
      isOffline: isOffline(report, count),
      ...tallyJson(count.tally),
    })),
    client: { node: replies.client.node, ...tallyJson(replies.client.tally) },
    messages: Object.fromEntries(costs.messages),
    controlMessages: Object.fromEntries(costs.controlMessages),
    expectedMessages: protocolOf(cell).expectedMessages(n),
    safety: verdict.safety,
    liveness: verdict.liveness,
    reasons: verdict.reasons,
  };
}

function consensusTime({ round: { outcome }, cell }: RoundReport): string {
  if (outcome.outcome !== "committed") return `none within ${cell.patienceMs / 1000} s`;
  return `${((outcome.consensusTimeMs ?? outcome.latencyMs) / 1000).toFixed(6)} s`;
}

function labelOf(report: RoundReport, count: ReplyCount): string {
  const number = count.node.replace(/^\D+/, "");
  if (isCommander(report, count)) return `Node ${number} (commander)`;
  return count.role === "communication" ? `Node ${number} (communication)` : `Node ${number}`;
}

const isCommander = ({ members }: RoundReport, { node }: ReplyCount): boolean =>
  members[0]?.id === node;

const isOffline = ({ members }: RoundReport, { node }: ReplyCount): boolean =>
  members.some(({ id, faults }) => id === node && faults.includes("offline"));

const nodeWords = (report: RoundReport, count: ReplyCount): string =>
  isOffline(report, count) ? "offline" : tallyWords(count.tally);

function tallyWords(tally: Tally | undefined): string {
  if (tally === undefined) return "not known";
  const missing = tally.missing === 0 ? "" : `  ${tally.missing} missing`;
  return `${tally.correct} correct  ${tally.corrupt} corrupt${missing}`;
}

function outcomeWords({ round: { outcome } }: RoundReport): string {
  if (outcome.outcome === "committed") {
    return `accepted in view ${outcome.view} at sequence ${outcome.slot}`;
  }
  return outcome.outcome === "timeout" ? "not accepted" : `refused: ${outcome.reason}`;
}

const withReason = (verdict: string, reasons: readonly string[]): string =>
  verdict === "ok" ? verdict : `${verdict}: ${reasons.join("; ")}`;

const tallyJson = (tally: Tally | undefined) =>
  tally ?? { correct: null, corrupt: null, missing: null };
