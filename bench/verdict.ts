/** The verdict on one repetition, from everybody's reports, by the judges of the simulator. */

import type { NodeId, Operation } from "../core/ids.ts";
import { judgeRun, stateTransferredMark, type Verdict } from "../sim/judge.ts";
import type { FiredFault } from "../sim/judges/ground-truth.ts";
import type { Cluster, ClusterMember, ParticipantReport } from "./cluster.ts";

export interface Submission {
  readonly client: NodeId;
  readonly operation: Operation;
}

/** Modes in which a node says too little or too late, and never anything wrong. */
const honestModes: ReadonlySet<string> = new Set(["offline", "crash", "dark", "delay"]);

/** What such a node executes must agree with everybody else's. */
export const isHonest = ({ faults }: ClusterMember): boolean =>
  faults.every((mode) => honestModes.has(mode));

export function verdictOn(
  cluster: Cluster,
  submissions: readonly Submission[],
  reports: readonly ParticipantReport[],
): Verdict {
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
    witnesses,
  });
}
