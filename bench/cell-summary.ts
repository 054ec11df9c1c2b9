/** What all repetitions of a cell say together: medians with their intervals, the worst verdict. */

import type { Cell } from "./cell.ts";
import { isValid } from "./load/validity.ts";
import { Latencies } from "./meters/histogram.ts";
import type { TextRow } from "./results/result-folder.ts";
import { medianInterval } from "./statistics/bootstrap.ts";
import { type Interval, medianOf } from "./statistics/median.ts";

export interface CellSummary {
  readonly cell: Cell;
  readonly repetitions: number;
  /** The median over repetitions of a column; undefined where no repetition has a value. */
  median(column: string): number | undefined;
  /** Where the true median lies with 95 %; undefined for one repetition. */
  interval(column: string): Interval | undefined;
  /** Of all requests of all repetitions. */
  readonly latencies: Latencies;
  /** Why its numbers need a mark, over all repetitions. */
  readonly marks: readonly string[];
  readonly safety: string;
  readonly liveness: string;
}

// From bad to good: the worst one speaks for the cell.
const safeties = ["violated", "invalid", "vacuous", "ok"];
const livenesses = ["stalled", "lost", "ok"];

/** One for each cell that has results, in the order of the cells. */
export function summarise(
  cells: readonly Cell[],
  summaries: readonly TextRow[],
  requests: readonly TextRow[],
): readonly CellSummary[] {
  const summariesOf = byCell(summaries);
  const requestsOf = byCell(requests);
  return cells.flatMap((cell) => {
    const rows = summariesOf.get(cell.name) ?? [];
    return rows.length === 0 ? [] : [summaryOf(cell, rows, requestsOf.get(cell.name) ?? [])];
  });
}

function summaryOf(
  cell: Cell,
  rows: readonly TextRow[],
  requests: readonly TextRow[],
): CellSummary {
  const values = (column: string) => rows.flatMap((row) => numberIn(row[column]) ?? []);
  const worst = (order: readonly string[], column: string) =>
    order.find((verdict) => rows.some((row) => row[column] === verdict)) ?? "–";
  return {
    cell,
    repetitions: rows.length,
    median: (column) => medianOf(values(column)),
    interval: (column) => medianInterval(values(column)),
    latencies: mergedLatencies(requests),
    marks: [...new Set(rows.flatMap((row) => marksIn(row["validity"])))],
    safety: worst(safeties, "safety"),
    liveness: worst(livenesses, "liveness"),
  };
}

function byCell(rows: readonly TextRow[]): ReadonlyMap<string, readonly TextRow[]> {
  const groups = new Map<string, TextRow[]>();
  for (const row of rows) {
    const name = row["cell"] ?? "";
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push(row);
  }
  return groups;
}

/** Merged over repetitions: an average of their percentiles would be nobody's. */
function mergedLatencies(requests: readonly TextRow[]): Latencies {
  const byRepetition = new Map<string, Latencies>();
  for (const row of requests) {
    const repetition = row["repetition"] ?? "";
    const latencies = byRepetition.get(repetition) ?? new Latencies();
    byRepetition.set(repetition, latencies);
    const latencyMs = numberIn(row["latency_ms"]);
    if (latencyMs !== undefined) latencies.add(latencyMs);
  }
  const all = new Latencies();
  for (const latencies of byRepetition.values()) all.merge(latencies);
  return all;
}

/** Older files have no such column. */
const marksIn = (text = ""): readonly string[] =>
  text === "" || text === isValid ? [] : text.split("; ");

/** A number as it stands in a CSV file; undefined for an empty cell. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  return text === "inf" ? Number.POSITIVE_INFINITY : Number(text);
}
