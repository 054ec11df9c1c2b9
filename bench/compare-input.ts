/** What `compare` reads: a folder of results, or one of its CSV files wherever it went. */

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { csvParse } from "d3-dsv";
import { UsageError } from "../core/assert.ts";
import { numberIn } from "./cell-summary.ts";
import { keyColumns, summaryColumns } from "./columns.ts";
import { Latencies } from "./histogram.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import type { TextRow } from "./result-folder.ts";
import { meanOf, medianOf } from "./statistics/median.ts";

/** What makes two cells the same; not when, with which seed and on whom it was tried. */
export const factorColumns = keyColumns.filter(
  (column) => !["run", "cell", "repetition", "faulty", "seed"].includes(column),
);

export interface ComparedCell {
  readonly name: string;
  readonly factors: Readonly<Record<string, string>>;
  /** The values of a metric, one for each repetition that has one. */
  values(metric: string): readonly number[];
  readonly repetitions: number;
  /** Undefined where the file does not say. */
  readonly safety: readonly string[] | undefined;
}

export interface ComparedResults {
  readonly path: string;
  /** By their factors. */
  readonly cells: ReadonlyMap<string, ComparedCell>;
  readonly manifest: Manifest | undefined;
}

/** Everything that can be compared. */
export const metrics: readonly string[] = summaryColumns.filter(
  (column) =>
    !keyColumns.some((key) => key === column) && column !== "safety" && column !== "liveness",
);

export function readResults(path: string): ComparedResults {
  if (!existsSync(path)) throw new UsageError(`there is no file or folder ${path}`);
  const isFolder = statSync(path).isDirectory();
  const file = isFolder ? join(path, "summary.csv") : path;
  if (!existsSync(file)) throw new UsageError(`${path} is no folder of results: no summary.csv`);
  const rows = csvParse(readFileSync(file, "utf8"));
  const toRepetition = readerFor(file, rows.columns);
  const cells = new Map<string, ComparedCell>();
  for (const [key, own] of groupBy(rows, factorsKey)) {
    const repetitions = [...groupBy(own, (row) => `${row["run"]} ${row["repetition"]}`).values()];
    cells.set(key, cellOf(own, repetitions.map(toRepetition)));
  }
  const manifest = readManifestBeside(isFolder ? path : dirname(path));
  return { path: realpathSync(path), cells, manifest };
}

/** The metrics of one repetition, from its row in a summary or from its requests. */
type ToRepetition = (rows: readonly TextRow[]) => Readonly<Record<string, number | undefined>>;

function readerFor(file: string, columns: readonly string[]): ToRepetition {
  const lacks = (needed: readonly string[]) => needed.find((column) => !columns.includes(column));
  if (lacks([...factorColumns, "latency_p50_ms"]) === undefined) return fromSummary;
  const missing = lacks([...factorColumns, "latency_ms", "outcome"]);
  if (missing === undefined) return fromRequests;
  throw new UsageError(
    `${file} is neither a summary.csv nor a requests.csv: it has no column ${missing}`,
  );
}

const fromSummary: ToRepetition = ([row]) =>
  Object.fromEntries(metrics.map((metric) => [metric, numberIn(row?.[metric])]));

const fromRequests: ToRepetition = (rows) => {
  const times = rows.map((row) => numberIn(row["latency_ms"]) ?? Number.POSITIVE_INFINITY);
  const histogram = Latencies.of(times);
  const mean = (column: string) => meanOf(rows.flatMap((row) => numberIn(row[column]) ?? []));
  return {
    requests: rows.length,
    committed: rows.filter((row) => row["outcome"] === "committed").length,
    latency_mean_ms: meanOf(times),
    latency_p50_ms: medianOf(times),
    latency_p90_ms: histogram.percentileMs(90),
    latency_p99_ms: histogram.percentileMs(99),
    latency_p999_ms: histogram.percentileMs(99.9),
    latency_max_ms: histogram.maxMs,
    correct: mean("correct"),
    corrupt: mean("corrupt"),
    missing: mean("missing"),
  };
};

function cellOf(
  rows: readonly TextRow[],
  repetitions: readonly Readonly<Record<string, number | undefined>>[],
): ComparedCell {
  const [first] = rows;
  const isSummary = first?.["safety"] !== undefined;
  return {
    name: first?.["cell"] ?? "",
    factors: Object.fromEntries(factorColumns.map((column) => [column, first?.[column] ?? ""])),
    values: (metric) => repetitions.flatMap((repetition) => repetition[metric] ?? []),
    repetitions: repetitions.length,
    safety: isSummary ? rows.map((row) => row["safety"] ?? "") : undefined,
  };
}

const factorsKey = (row: TextRow): string =>
  JSON.stringify(factorColumns.map((column) => row[column] ?? ""));

function readManifestBeside(folder: string): Manifest | undefined {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return undefined;
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}
