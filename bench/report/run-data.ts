/** All that a report is made of: what lies in a folder of results, read from its CSV files. */

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { csvParse, type DSVRowArray } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import { type Cell, cellSchema, timeoutMsFor } from "../cell.ts";
import { type CellSummary, summarise } from "../cell-summary.ts";
import type { RunTables } from "../charts/points.ts";
import { cellsIn, groupBy } from "../compare/csv-cells.ts";
import { usualMetrics } from "../compare/metrics.ts";
import { type ComparedMetric, comparePairs } from "../compare/pairs.ts";
import { pairsWithin } from "../compare/within-run.ts";
import { settings } from "../options/knobs.ts";
import { createManifest, type Manifest } from "../results/manifest.ts";
import { readWholeLines } from "../results/on-disk.ts";
import { type Published, publishedFile, readPublished } from "../results/published.ts";
import { ResultFolder, type TextRow } from "../results/result-folder.ts";
import { type NotedVerdict, notedVerdicts } from "../results/verdicts.ts";

export interface RunData {
  readonly manifest: Manifest;
  /** Someone carried the CSV files away: what they do not say, nobody knows. */
  readonly hasManifest: boolean;
  readonly summaries: readonly CellSummary[];
  /** The protocols against each other. */
  readonly comparisons: readonly ComparedMetric[];
  readonly tables: RunTables;
  /** Empty in older folders. */
  readonly processes: readonly TextRow[];
  readonly notes: readonly NotedVerdict[];
  readonly published: Published | undefined;
}

export function readRun(folder: string): RunData {
  const tables = readTables(folder);
  const { summary } = tables;
  const hasManifest = existsSync(join(folder, "manifest.json"));
  const manifest = hasManifest
    ? ResultFolder.open(folder).readManifest()
    : rebuiltManifest(basename(resolve(folder)), summary);
  return {
    manifest,
    hasManifest,
    summaries: summarise(manifest.cells, summary, tables.requests),
    comparisons: comparisonsIn(summary, manifest.cells, folder),
    tables,
    processes: readTable(folder, "processes.csv"),
    notes: notedVerdicts(folder),
    published: readPublished(join(folder, publishedFile)),
  };
}

/** What charts are drawn of. */
export function readTables(folder: string) {
  if (!existsSync(join(folder, "summary.csv"))) {
    throw new UsageError(`${folder} is no folder of results: there is no summary.csv in it`);
  }
  return {
    summary: readTable(folder, "summary.csv"),
    requests: readTable(folder, "requests.csv"),
    messages: readTable(folder, "messages.csv"),
    timeline: readTable(folder, "timeline.csv"),
    trust: readTable(folder, "trust.csv"),
    knees: readTable(folder, "knees.csv"),
    published: readTable(folder, publishedFile),
  };
}

const readTable = (folder: string, name: string): DSVRowArray<string> =>
  csvParse(readWholeLines(join(folder, name)));

/** In the order of the suite, not in that of the interleaved repetitions. */
function comparisonsIn(
  rows: DSVRowArray<string>,
  cells: readonly Cell[],
  folder: string,
): readonly ComparedMetric[] {
  if (rows.length === 0) return [];
  const found = cellsIn(rows, join(folder, "summary.csv"));
  const place = new Map(cells.map(({ name }, index) => [name, index]));
  const ordered = found.cells.toSorted(
    (a, b) => (place.get(a.name) ?? cells.length) - (place.get(b.name) ?? cells.length),
  );
  const metrics = usualMetrics.filter((metric) => found.metrics.includes(metric));
  return comparePairs(pairsWithin(ordered), metrics);
}

/** From the key columns alone; the knobs that no column holds are as usual, and the report says so. */
function rebuiltManifest(run: string, rows: readonly TextRow[]): Manifest {
  const cells = [...groupBy(rows, (row) => row["cell"] ?? "").values()].flatMap(rebuiltCell);
  const title = `What did ${run} find?`;
  const asked = { run, suite: run, title, mustHold: "promised" as const, command: "" };
  return createManifest({ ...asked, seed: Number(rows[0]?.["seed"] ?? 1), cells });
}

function rebuiltCell(rows: readonly TextRow[]): readonly Cell[] {
  const [row] = rows;
  if (row === undefined) return [];
  const number = (column: string, usual: number) => Number(row[column] || usual);
  const timeoutMs = timeoutMsFor(number("n", 4));
  const parsed = cellSchema.safeParse({
    ...{ ...row, name: row["cell"], groups: [`n = ${row["n"]}`] },
    ...{ n: number("n", 4), f: number("f", 0), domains: number("domains", 1) },
    ...{ payload: number("payload_bytes", 0), batch: number("batch", 1) },
    ...{ disk: row["disk"] || undefined, arrivals: row["arrivals"] || undefined },
    ...{ clients: number("clients", 1), rate: number("rate", 0), requests: number("requests", 1) },
    ...{ warmup: 0, repetitions: rows.length, timeoutMs },
    ...{ patienceMs: settings.patience.initial * timeoutMs },
    checkpoint: settings.checkpoint.initial,
  });
  if (parsed.success) return [parsed.data];
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `summary.csv without a manifest needs all key columns: ${issue?.path.join(".")} of ${row["cell"]} ${issue?.message}`,
  );
}
