/** The verdict on one repetition, from everybody's reports, by the judges of the simulator. */

import type { Millis, NodeId, Operation } from "../../core/ids.ts";
import type { FaultRequest } from "../../faults/placed-fault.ts";
import { judgeRun, stateTransferredMark, type Verdict } from "../../sim/judge.ts";
import type { FiredFault } from "../../sim/judges/ground-truth.ts";
import type { Cluster, ClusterMember, ParticipantReport } from "../cluster.ts";

export interface Submission {
  readonly client: NodeId;
  readonly operation: Operation;
}

/** Modes in which a node says too little or too late, and never anything wrong. */
const honestModes: ReadonlySet<string> = new Set([
  "offline",
  "crash",
  "dark",
  "silent",
  "selective",
  "delay",
]);

/** What such a node executes must agree with everybody else's. */
export const isHonest = ({ faults }: ClusterMember): boolean =>
  faults.every((mode) => honestModes.has(mode));

export interface Evidence {
  /** As a cell asks for them. */
  readonly faults: readonly FaultRequest[];
  readonly submissions: readonly Submission[];
  readonly reports: readonly ParticipantReport[];
  /** How long the cluster lived. */
  readonly livedMs: Millis;
}

export function verdictOn(cluster: Cluster, evidence: Evidence): Verdict {
  const { submissions, reports } = evidence;
  const honest = cluster.members.filter((member) => member.isReplica && isHonest(member));
  const witnesses = reports.flatMap(({ id, witnesses: seen }) =>
    seen.map(({ fault, fired }): FiredFault => ({ node: id, fault, fired })),
  );
  const jumps = reports.map(({ id, counters }): [NodeId, number] => [
    id,
    counters.marks[stateTransferredMark] ?? 0,
  ]);
  return judgeRun({
    honest: honest.map(({ id }) => id),
    submissions,
    deliveries: new Map(reports.map(({ id, deliveries }) => [id, deliveries])),
    acceptances: new Map(reports.map(({ id, acceptances }) => [id, acceptances])),
    jumps: new Map(jumps.filter(([, count]) => count > 0)),
    restarts: returnsOf(cluster, evidence),
    found: cluster.violations?.(),
    witnesses: [...witnesses, ...crashWitnesses(cluster, evidence)],
  });
}

/** How often nodes came back, at most: what they had on disk they execute once more. */
function returnsOf({ members }: Cluster, { faults }: Evidence): ReadonlyMap<NodeId, number> {
  const isBack = faults.filter(({ mode, untilMs }) => mode === "crash" && untilMs < Infinity);
  const mortal = members.filter((member) => member.faults.includes("crash"));
  return new Map(mortal.map(({ id }) => [id, isBack.length]));
}

/** A node cannot tell of its own crash; that it is gone, or that its time had come, does. */
function crashWitnesses(
  { members }: Cluster,
  { faults, reports, livedMs }: Evidence,
): readonly FiredFault[] {
  const there = new Set(reports.map(({ id }) => id));
  const isGone = members.some(({ id, faults: modes }) => modes.includes("crash") && !there.has(id));
  return faults
    .filter(({ mode }) => mode === "crash")
    .map(({ who, fromMs }) => ({
      node: who,
      fault: "crash",
      fired: isGone || livedMs >= fromMs ? 1 : 0,
    }));
}
