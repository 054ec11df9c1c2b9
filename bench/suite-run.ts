/** A suite from its cells to its answer: begun in a new folder, or gone on with in an old one. */

import { basename, join } from "node:path";
import type { Cell } from "./cell.ts";
import { type CellSummary, summarise } from "./cell-summary.ts";
import { startCluster } from "./clusters/start-cluster.ts";
import { longRunMs, TimeLeft, timeWords } from "./estimate/time-left.ts";
import { excuseFor } from "./expectations.ts";
import { cellsOf, planOf, seedOf } from "./experiment.ts";
import { isNeeded, kneeRow, kneesIn, type SeriesKnee } from "./load/knee-rows.ts";
import type { Choice } from "./options/choice.ts";
import { createProgress } from "./output/progress.ts";
import { createManifest, type Manifest, withEnd, withSession } from "./results/manifest.ts";
import { freshPath, linkLatest, ResultFolder } from "./results/result-folder.ts";
import { type NotedVerdict, notedVerdicts } from "./results/verdicts.ts";
import { runPlan, type StartCluster } from "./runner.ts";
import type { Suite } from "./suite.ts";

export interface Answer {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly summaries: readonly CellSummary[];
  readonly notes: readonly NotedVerdict[];
  /** Cells that had to be safe and live, and were not. */
  readonly broken: readonly Cell[];
  readonly knees: readonly SeriesKnee[];
  readonly isInterrupted: boolean;
}

export interface StartOptions {
  readonly flags: Choice;
  /** Where the results go; a folder under results/ when nobody says. */
  readonly out: string | undefined;
  /** Where nodes with a disk keep their logs; a folder beside the results when nobody says. */
  readonly dataDir?: string | undefined;
  /** As it was typed, for the manifest. */
  readonly command: string;
  /** How clusters are started, where not in the usual way. */
  readonly start?: StartCluster;
}

const resultsFolder = "results";

export async function startRun(
  suite: Suite,
  { flags, out, dataDir, command, start = startCluster }: StartOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const cells = cellsOf(suite.grids, flags);
  const path = out ?? freshPath(resultsFolder, suite.name, new Date());
  const { title, mustHold } = suite;
  const manifest = createManifest({
    run: basename(path),
    suite: suite.name,
    title,
    mustHold,
    command,
    seed: seedOf(suite.grids, flags),
    cells: [...cells],
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const folder = ResultFolder.create(path, manifest, suite.published);
  if (out === undefined) linkLatest(path);
  return work(folder, manifest, start, signal);
}

/** Runs what is missing in a folder; what is there stays. */
export async function resumeRun(path: string, signal: AbortSignal): Promise<Answer> {
  const { folder, manifest } = ResultFolder.resume(path);
  return work(folder, manifest, startCluster, signal);
}

async function work(
  folder: ResultFolder,
  asked: Manifest,
  start: StartCluster,
  signal: AbortSignal,
): Promise<Answer> {
  let manifest = withSession(asked);
  folder.writeManifest(manifest);
  const progress = createProgress();
  const plan = planOf(manifest.cells, manifest.seed);
  const time = new TimeLeft(plan);
  let beganMs = 0;
  if (time.leftMs > longRunMs) progress.say(`This takes about ${timeWords(time.leftMs)}.`);
  const isComplete = await runPlan(plan, {
    run: manifest.run,
    folder,
    start,
    dataDir: manifest.dataDir ?? join(folder.path, "disks"),
    signal,
    isNeeded: (cell) => cell.rate === 0 || isNeeded(cell, manifest.cells, folder.rows("summary")),
    onSkip: ({ cell }) => time.leaveOut(cell),
    onBegin: ({ cell, number }, position, of) => {
      beganMs = performance.now();
      const left = `${timeWords(time.leftMs)} left`;
      progress.show(`${position}/${of}  ${left}  ${cell.name}  repetition ${number}`);
    },
    onResult: ({ repetition }) => time.done(repetition.cell, performance.now() - beganMs),
  }).finally(() => progress.clear());
  const repetitionsDone = folder.repetitionsDone().size;
  // Rates far beyond a knee were planned, and turned out to be of no use.
  const repetitionsPlanned = isComplete ? repetitionsDone : manifest.repetitionsPlanned;
  manifest = { ...withEnd(manifest, !isComplete), repetitionsDone, repetitionsPlanned };
  folder.writeManifest(manifest);
  const knees = kneesIn(manifest.cells, folder.rows("summary"));
  if (knees.length > 0)
    folder.append(
      "knees",
      knees.map((knee) => kneeRow(manifest.run, knee)),
    );
  // Drawing takes a while to load, and no other command needs it.
  const { writeReport } = await import("./report/write-report.ts");
  writeReport(folder.path);
  return answerOf(folder, manifest, !isComplete);
}

function answerOf(folder: ResultFolder, manifest: Manifest, isInterrupted: boolean): Answer {
  const summaries = summarise(manifest.cells, folder.rows("summary"), folder.rows("requests"));
  const broken = summaries
    .filter(({ safety, liveness }) => safety !== "ok" || liveness !== "ok")
    .map(({ cell }) => cell)
    .filter((cell) => excuseFor(cell, manifest.mustHold) === undefined);
  const notes = notedVerdicts(folder.path);
  const knees = kneesIn(manifest.cells, folder.rows("summary"));
  return { folder: folder.path, manifest, summaries, notes, broken, knees, isInterrupted };
}
