/** What each process of a cluster spent on the measured part: that of the bench, and those of the nodes. */

import process from "node:process";
import type { NodeId } from "../../core/ids.ts";
import type { Cluster, ClusterMember, ParticipantReport } from "../cluster.ts";
import { type Costs, costsBetween } from "./costs.ts";
import type { Delays } from "./loop-delay.ts";
import type { Usage } from "./usage.ts";

/** The process that drives the load; nodes without a process of their own live in it, too. */
export const benchProcess = "bench";

export interface ProcessFigures {
  /** Named after the member that lives in it. */
  readonly process: string;
  readonly participants: readonly NodeId[];
  readonly cpuMs: number | undefined;
  readonly rssMaxMb: number | undefined;
  readonly loopDelays: Delays | undefined;
  /** Undefined where no participant lives. */
  readonly costs: Costs | undefined;
}

/** A look at everybody: what they had counted, and what their processes had spent. */
export interface Look {
  readonly reports: readonly ParticipantReport[];
  readonly byProcess: ReadonlyMap<number, Usage>;
}

export interface ProcessOptions {
  readonly before: Look;
  readonly after: Look;
  readonly controlKinds: readonly string[];
  /** Of the bench's own process, and of those that have another. */
  readonly ownDelays: Delays;
  readonly delays: ReadonlyMap<NodeId, Delays>;
}

export function processFigures(
  { members, clients }: Pick<Cluster, "members" | "clients">,
  options: ProcessOptions,
): readonly ProcessFigures[] {
  const apart = members.flatMap(housed);
  const gone = new Set(apart.flatMap(({ housemates }) => housemates));
  const isShared = apart.length === 0;
  const here = isShared ? [...members.map(({ id }) => id), ...clients] : [];
  const own = figuresOf(
    benchProcess,
    process.pid,
    here.filter((id) => !gone.has(id)),
    options,
  );
  return [
    { ...own, loopDelays: options.ownDelays },
    ...apart.map(({ id, pid, housemates }) => ({
      ...figuresOf(id, pid, housemates, options),
      loopDelays: options.delays.get(id),
    })),
  ];
}

interface Housed {
  readonly id: NodeId;
  readonly pid: number;
  readonly housemates: readonly NodeId[];
}

/** A member with a process of its own. */
const housed = ({ id, pid, housemates = [id] }: ClusterMember): readonly Housed[] =>
  pid === undefined ? [] : [{ id, pid, housemates }];

function figuresOf(
  name: string,
  pid: number,
  participants: readonly NodeId[],
  { before, after, controlKinds }: ProcessOptions,
): Omit<ProcessFigures, "loopDelays"> {
  const of = ({ reports }: Look) => reports.filter(({ id }) => participants.includes(id));
  const spent = after.byProcess.get(pid);
  const earlierMs = before.byProcess.get(pid)?.cpuMs ?? 0;
  return {
    process: name,
    participants,
    cpuMs: spent?.cpuMs === undefined ? undefined : spent.cpuMs - earlierMs,
    rssMaxMb: spent?.rssMb,
    costs:
      participants.length === 0 ? undefined : costsBetween(of(before), of(after), controlKinds),
  };
}
