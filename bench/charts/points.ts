/** From the rows of CSV files to the points of charts. */

import { numberIn } from "../cell-summary.ts";
import { factorColumns, groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { medianInterval } from "../statistics/bootstrap.ts";
import { medianOf } from "../statistics/median.ts";

/** All that a run left behind. */
export interface RunTables {
  readonly summary: readonly TextRow[];
  readonly requests: readonly TextRow[];
  readonly messages: readonly TextRow[];
  /** Empty where the run has no such file. */
  readonly timeline: readonly TextRow[];
  readonly trust: readonly TextRow[];
  readonly knees: readonly TextRow[];
  readonly published: readonly TextRow[];
}

/** A median over repetitions with its interval; the interval is the value itself for one repetition. */
export interface Spread {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(rows: readonly TextRow[], column: string): Spread | undefined {
  return spreadOfValues(rows.flatMap((row) => numberIn(row[column]) ?? []));
}

export function spreadOfValues(values: readonly number[]): Spread | undefined {
  const middle = medianOf(values);
  if (middle === undefined) return undefined;
  const { low, high } = medianInterval(values) ?? { low: middle, high: middle };
  return { middle, low, high };
}

export const numberOf = (row: TextRow, column: string): number =>
  numberIn(row[column]) ?? Number.NaN;

const sizes = new Set(["protocol", "n", "f"]);

/** `malicious@5` is `malicious@x` where the number only says how many the size allows. */
export const withoutDose = (fault = ""): string => fault.replace(/@\d+/g, "@x");

const noFault = "no fault";

export const faultWords = (fault = ""): string =>
  fault === "none" || fault === "" ? noFault : fault;

/**
 * Which rows are of one regime: equal in everything but protocol and size. Doses of a fault that grow
 * with n are one regime. Labels name only what differs between rows; what fails not stands first.
 */
export function regimes(rows: readonly TextRow[]): ReadonlyMap<string, readonly TextRow[]> {
  const varying = factorColumns.filter(
    (column) =>
      !sizes.has(column) && column !== "rate" && new Set(rows.map((row) => row[column])).size > 1,
  );
  const faultOf = dosesFollowSize(rows) ? doselessFaults(rows) : faultIn;
  const labelled = groupBy(rows, (row) => {
    const words = varying.map((column) =>
      column === "fault" ? faultWords(faultOf(row)) : regimeWords(column, row[column] ?? ""),
    );
    return words.join(", ");
  });
  const place = (label: string) => (label.startsWith(noFault) ? "" : label);
  return new Map([...labelled].sort(([a], [b]) => (place(a) < place(b) ? -1 : 1)));
}

/** Short where the value says what it is. */
function regimeWords(column: string, value: string): string {
  if (column === "payload_bytes") return `${value} B`;
  if (column === "clients") return value === "1" ? "1 client" : `${value} clients`;
  if (column === "domains") return value === "1" ? "1 domain" : `${value} domains`;
  if (column === "auth") return value === "none" ? "unsigned" : value;
  return namesItself.has(column) ? value : `${column} ${value}`;
}

const namesItself: ReadonlySet<string> = new Set(["transport", "place", "network", "service"]);

const faultIn = (row: TextRow): string => row["fault"] ?? "";

/** A number that never differs keeps its place in the label. */
function doselessFaults(rows: readonly TextRow[]): (row: TextRow) => string {
  const byMode = groupBy(rows, (row) => withoutDose(row["fault"]));
  return (row) => {
    const mode = withoutDose(row["fault"]);
    const written = new Set((byMode.get(mode) ?? []).map(faultIn));
    return written.size === 1 ? faultIn(row) : mode;
  };
}

function dosesFollowSize(rows: readonly TextRow[]): boolean {
  const doses = groupBy(
    rows,
    (row) => `${row["protocol"]} ${row["n"]} ${withoutDose(row["fault"])}`,
  );
  return [...doses.values()].every((own) => new Set(own.map((row) => row["fault"])).size === 1);
}

/** What every row has in common besides, for a subtitle. */
export function commonWords(rows: readonly TextRow[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const columns = ["fault", "transport", "place", "auth", "network", "service"];
  const words = columns
    .filter((column) => rows.every((row) => row[column] === first[column]))
    .map((column) => (column === "fault" ? faultWords(first[column]) : (first[column] ?? "")))
    .filter((word) => word !== "");
  return words.join(" · ");
}

/** A chart holds no more panels than one can take in. */
export const mostPanels = 6;

/** Where each panel of a chart stands. */
export interface Panel {
  readonly label: string;
  readonly fx: number;
  readonly fy: number;
}

export function panelsOf(labels: readonly string[]): ReadonlyMap<string, Panel> {
  const columns = labels.length === 4 ? 2 : Math.min(3, labels.length);
  return new Map(
    labels.map((label, index) => [
      label,
      { label, fx: index % columns, fy: Math.floor(index / columns) },
    ]),
  );
}
