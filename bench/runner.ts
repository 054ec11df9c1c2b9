/** Works through a plan: a fresh cluster for each repetition, every row on disk as soon as it is known. */

import type { Verdict } from "../sim/judge.ts";
import { type Cell, specOf } from "./cell.ts";
import type { Cluster, ClusterSpec } from "./cluster.ts";
import { freshDisks } from "./clusters/fresh-disks.ts";
import type { Repetition } from "./experiment.ts";
import { measure } from "./meter.ts";
import { crashMsIn, missesItsCrash, recoveryRows } from "./recovery/rows.ts";
import { keyOf, type SummaryRow } from "./results/columns.ts";
import { type ResultFolder, repetitionKey } from "./results/result-folder.ts";
import { messageRows, processRows, replyRows, requestRow, summaryRow } from "./results/rows.ts";
import { noteVerdict } from "./results/verdicts.ts";
import { trustRows } from "./trust/rows.ts";

export type StartCluster = (spec: ClusterSpec) => Promise<Cluster>;

/** A repetition that ended. */
export interface Result {
  readonly repetition: Repetition;
  readonly summary: SummaryRow;
  readonly verdict: Verdict;
}

export interface RunnerOptions {
  readonly run: string;
  readonly folder: ResultFolder;
  readonly start: StartCluster;
  /** Where the nodes of cells with a disk keep their logs. */
  readonly dataDir: string;
  readonly signal: AbortSignal;
  /** Whether it has still something to tell; what is not needed is left out. */
  isNeeded?(cell: Cell): boolean;
  /** It is there already, or has nothing to tell. */
  onSkip?(repetition: Repetition): void;
  onBegin?(repetition: Repetition, position: number, of: number): void;
  onResult?(result: Result): void;
}

/** Runs what of the plan is not in the folder yet; true when all of it is there. */
export async function runPlan(
  plan: readonly Repetition[],
  options: RunnerOptions,
): Promise<boolean> {
  const done = options.folder.repetitionsDone();
  for (const [index, repetition] of plan.entries()) {
    if (options.signal.aborted) return false;
    const key = repetitionKey({ cell: repetition.cell.name, repetition: repetition.number });
    if (done.has(key) || options.isNeeded?.(repetition.cell) === false) {
      options.onSkip?.(repetition);
      continue;
    }
    options.onBegin?.(repetition, index + 1, plan.length);
    const result = await runRepetition(repetition, options);
    if (result === undefined) return false;
    options.onResult?.(result);
  }
  return true;
}

/** Undefined when it was interrupted: what it measured stays, but it does not count. */
async function runRepetition(
  repetition: Repetition,
  { run, folder, start, dataDir, signal }: RunnerOptions,
): Promise<Result | undefined> {
  const { cell, seed } = repetition;
  const spec = specOf(cell, seed);
  const disks = cell.disk === "log" ? freshDisks(dataDir, spec) : undefined;
  const cluster = await start({ ...spec, dataDir: disks?.dataDir });
  try {
    const faulty = cluster.members.filter(({ faults }) => faults.length > 0).map(({ id }) => id);
    const key = keyOf(run, repetition, faulty);
    const measurement = await measure(
      cluster,
      cell,
      signal,
      (round) => {
        folder.append("replies", replyRows(key, round));
        folder.append("requests", [requestRow(key, round)]);
      },
      seed,
    );
    if (signal.aborted) return undefined;
    const crashMs = crashMsIn(spec);
    const hasMissedCrash = missesItsCrash(cell, crashMs, measurement);
    const summary = summaryRow(key, measurement, hasMissedCrash);
    folder.append("messages", messageRows(key, repetition, measurement));
    folder.append("processes", processRows(key, measurement));
    const trust = await trustRows(key, cell, cluster, measurement);
    if (trust.length > 0) folder.append("trust", trust);
    const recovery = recoveryRows(key, cell, crashMs, measurement);
    if (recovery !== undefined) {
      folder.append("timeline", recovery.timeline);
      folder.append("recovery", [recovery.figures]);
    }
    const result = { repetition, summary, verdict: measurement.verdict };
    noteVerdict(folder.path, result);
    // Last: whoever is killed before this row runs the repetition again.
    folder.append("summary", [summary]);
    return result;
  } finally {
    await cluster.close();
    disks?.remove();
  }
}
