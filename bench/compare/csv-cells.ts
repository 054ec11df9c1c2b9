/** The cells of a CSV file with key columns, ours or made by hand, and the metrics of their repetitions. */

import type { DSVRowArray } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import { Latencies } from "../meters/histogram.ts";
import { everyKeyColumn, keyColumns } from "../results/columns.ts";
import type { TextRow } from "../results/result-folder.ts";
import { meanOf, medianOf } from "../statistics/median.ts";

/** What makes two cells the same; not when, with which seed and on whom it was tried. */
export const factorColumns: readonly string[] = everyKeyColumn.filter(
  (column) => !["run", "cell", "repetition", "faulty", "seed"].includes(column),
);

export interface ComparedCell {
  readonly name: string;
  /** By key column; a column that the file has not is not there. */
  readonly keys: Readonly<Record<string, string>>;
  /** The values of a metric, one for each repetition that has one. */
  values(metric: string): readonly number[];
  readonly repetitions: number;
  /** Undefined where the file does not say. */
  readonly safety: readonly string[] | undefined;
}

export interface CellTable {
  readonly cells: readonly ComparedCell[];
  /** Key columns that tell its cells apart. */
  readonly columns: readonly string[];
  /** Everything that can be compared. */
  readonly metrics: readonly string[];
}

/** Columns that hold words, or that number things. */
const noMetrics: ReadonlySet<string> = new Set([
  ...everyKeyColumn,
  ...["is_steady", "validity"],
  ...["safety", "liveness", "outcome", "request", "sent_ms", "latency_ms", "view", "sequence"],
]);

/** Reads both kinds of file: a row for each repetition, or a row for each request. */
export function cellsIn(rows: DSVRowArray<string>, file: string): CellTable {
  const columns = factorColumns.filter((column) => rows.columns.includes(column));
  const keys = columns.length === 0 && rows.columns.includes("cell") ? ["cell"] : columns;
  if (keys.length === 0) {
    throw new UsageError(`${file} has no key column, such as ${keyColumns.join(", ")}`);
  }
  const isRequests = rows.columns.includes("latency_ms");
  const metrics = isRequests
    ? Object.keys(metricsOfRequests)
    : rows.columns.filter((column) => !noMetrics.has(column));
  if (metrics.length === 0) {
    throw new UsageError(`${file} has nothing to compare: no column but keys and verdicts`);
  }
  const numbers = numbersOf(file);
  const cells = [
    ...groupBy(rows, (row) => keys.map((key) => normal(row[key])).join("\n")).values(),
  ];
  return {
    cells: cells.map((own) => cellOf(own, keys, isRequests ? byRequest(numbers) : byRow(numbers))),
    columns: keys,
    metrics,
  };
}

/** As pandas writes 4, it is 4.0. */
export const normal = (text = ""): string =>
  text !== "" && Number.isFinite(Number(text)) ? String(Number(text)) : text.trim();

type ReadNumber = (row: TextRow, column: string) => number | undefined;
type ReadValues = (rows: readonly TextRow[], metric: string) => readonly number[];

const words: Readonly<Record<string, number | undefined>> = {
  ...{ "": undefined, na: undefined, nan: undefined, null: undefined },
  ...{ inf: Number.POSITIVE_INFINITY, infinity: Number.POSITIVE_INFINITY },
};

/** Numbers as CSV files spell them; what is none is told with where it stands. */
function numbersOf(file: string): ReadNumber {
  return (row, column) => {
    const text = row[column] ?? "";
    const word = text.trim().toLowerCase();
    if (Object.hasOwn(words, word)) return words[word];
    const value = Number(text);
    if (!Number.isNaN(value)) return value;
    const cell = row["cell"] ?? row["protocol"] ?? "";
    throw new UsageError(`${file}: ${column} of ${cell} must be a number or inf, not "${text}"`);
  };
}

const byRow =
  (numbers: ReadNumber): ReadValues =>
  (rows, metric) =>
    rows.flatMap((row) => numbers(row, metric) ?? []);

/** Requests of one repetition make one value. */
function byRequest(numbers: ReadNumber): ReadValues {
  return (rows, metric) => {
    const repetitions = groupBy(rows, repetitionOf);
    const read = metricsOfRequests[metric];
    return [...repetitions.values()].flatMap((own) => read?.(own, numbers) ?? []);
  };
}

const repetitionOf = (row: TextRow): string => `${row["run"]} ${row["seed"]} ${row["repetition"]}`;

type MetricOfRequests = (rows: readonly TextRow[], numbers: ReadNumber) => number | undefined;

/** A request without a time never came. */
const times = (rows: readonly TextRow[], numbers: ReadNumber): readonly number[] =>
  rows.map((row) => numbers(row, "latency_ms") ?? Number.POSITIVE_INFINITY);

const percentile =
  (percent: number): MetricOfRequests =>
  (rows, numbers) =>
    Latencies.of(times(rows, numbers)).percentileMs(percent);

const average =
  (column: string): MetricOfRequests =>
  (rows, numbers) =>
    meanOf(rows.flatMap((row) => numbers(row, column) ?? []));

const metricsOfRequests: Readonly<Record<string, MetricOfRequests>> = {
  requests: (rows) => rows.length,
  committed: (rows, numbers) => times(rows, numbers).filter(Number.isFinite).length,
  latency_mean_ms: (rows, numbers) => meanOf(times(rows, numbers)),
  latency_p50_ms: (rows, numbers) => medianOf(times(rows, numbers)),
  latency_p90_ms: percentile(90),
  latency_p99_ms: percentile(99),
  latency_p999_ms: percentile(99.9),
  latency_max_ms: (rows, numbers) => times(rows, numbers).reduce((a, b) => Math.max(a, b)),
  correct: average("correct"),
  corrupt: average("corrupt"),
  missing: average("missing"),
};

function cellOf(
  rows: readonly TextRow[],
  columns: readonly string[],
  read: ReadValues,
): ComparedCell {
  const [first = {}] = rows;
  const keys = Object.fromEntries(columns.map((column) => [column, normal(first[column])]));
  const isRequests = first["latency_ms"] !== undefined;
  return {
    name: first["cell"] ?? Object.values(keys).join(" "),
    keys,
    values: (metric) => read(rows, metric),
    repetitions: isRequests ? new Set(rows.map(repetitionOf)).size : rows.length,
    safety: first["safety"] === undefined ? undefined : rows.map((row) => row["safety"] ?? ""),
  };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
