/** From a measured repetition in which a node crashed to the rows of timeline.csv and recovery.csv. */

import { lifeOf } from "../../faults/chain.ts";
import { ends } from "../../host/leader-changes.ts";
import type { Cell } from "../cell.ts";
import type { ClusterSpec } from "../cluster.ts";
import type { Measurement } from "../meter.ts";
import { totalOf } from "../meters/costs.ts";
import { type KeyRow, type RecoveryRow, rounded, type TimelineRow } from "../results/columns.ts";
import { type Incident, recoveryOf, timelineOf } from "./timeline.ts";

/** When the first node crashes, in the life of the cluster; undefined when nobody does. */
export function crashMsIn({ protocol, n, faults }: ClusterSpec): number | undefined {
  const moments = protocol
    .members(n)
    .flatMap(({ id }) => lifeOf(faults, id).crashes.map(({ atMs }) => atMs));
  return moments.length === 0 ? undefined : Math.min(...moments);
}

export interface RecoveryRows {
  readonly timeline: readonly TimelineRow[];
  readonly figures: RecoveryRow;
}

/** Whether a load that lasts was to show a crash, and was not there to see it: warming up took too long. */
export const missesItsCrash = (
  { durationMs }: Pick<Cell, "durationMs">,
  crashMs: number | undefined,
  { beganMs, endedMs }: Pick<Measurement, "beganMs" | "endedMs">,
): boolean =>
  durationMs !== undefined && crashMs !== undefined && (crashMs <= beganMs || crashMs >= endedMs);

/** Undefined unless a node crashed while a load that lasts was measured. */
export function recoveryRows(
  key: KeyRow,
  cell: Cell,
  crashMs: number | undefined,
  measured: Measurement,
): RecoveryRows | undefined {
  if (cell.durationMs === undefined || crashMs === undefined) return undefined;
  if (missesItsCrash(cell, crashMs, measured)) return undefined;
  const incident = incidentIn(measured, crashMs);
  return {
    timeline: timelineOf(incident).map(({ atMs, committed, marks }) => ({
      ...key,
      at_ms: atMs,
      committed,
      marks: marks.join("; "),
    })),
    figures: figuresOf(key, cell, incident, measured),
  };
}

function incidentIn(
  { rounds, beganMs, endedMs, leaderMoments }: Measurement,
  crashMs: number,
): Incident {
  return {
    acceptedMs: rounds
      .filter(({ outcome }) => outcome.outcome === "committed")
      .map(({ sentMs, outcome }) => beganMs + sentMs + outcome.latencyMs - crashMs),
    fromMs: beganMs - crashMs,
    untilMs: endedMs - crashMs,
    moments: leaderMoments.map((moment) => ({ ...moment, atMs: moment.atMs - crashMs })),
  };
}

function figuresOf(
  key: KeyRow,
  { timeoutMs }: Cell,
  incident: Incident,
  { rounds, retried, viewChanges, costs }: Measurement,
): RecoveryRow {
  const recovery = recoveryOf(incident, (name) => ends.has(name));
  return {
    ...key,
    fault_ms: rounded(-incident.fromMs),
    goodput_before_per_s: rounded(recovery.goodputBeforePerS),
    suspected_ms: rounded(recovery.suspectedMs),
    new_leader_ms: rounded(recovery.newLeaderMs),
    first_commit_ms: rounded(recovery.firstCommitMs),
    gap_ms: rounded(recovery.gapMs),
    gap_time_outs: rounded(recovery.gapMs / timeoutMs),
    back_ms: rounded(recovery.backMs),
    lost: rounds.filter(({ outcome }) => outcome.outcome !== "committed").length,
    retried,
    view_changes: viewChanges,
    control_messages: totalOf(costs.controlMessages),
  };
}
