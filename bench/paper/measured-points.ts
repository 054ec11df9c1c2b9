/** What a run measured for a figure of the paper: series, place on its axis, a value for each repetition. */

import { numberIn } from "../cell-summary.ts";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { meanOf } from "../statistics/median.ts";

export interface MeasuredPoint {
  readonly series: string;
  readonly x: number | undefined;
  readonly values: readonly number[];
  /** The rows of summary.csv that it comes from; none for the monitor's word. */
  readonly rows: readonly TextRow[];
}

export type Axis = (row: TextRow) => number;

export const nodesOf: Axis = (row) => Number(row["n"]);
const bytesPerMegabyte = 1e6;
/** What a full block holds of requests. */
export const blockMegabytesOf: Axis = (row) =>
  (Number(row["payload_bytes"]) * Number(row["batch"])) / bytesPerMegabyte;

/** A point for each protocol and place on the axis. */
export function pointsAgainst(
  rows: readonly TextRow[],
  axis: Axis,
  column: string,
): readonly MeasuredPoint[] {
  return [...groupBy(rows, (row) => `${seriesOf(row)} ${axis(row)}`).values()]
    .flatMap((own) => {
      const [row] = own;
      if (row === undefined) return [];
      const values = own.flatMap((one) => numberIn(one[column]) ?? []);
      return [{ series: seriesOf(row), x: axis(row), values, rows: own }];
    })
    .sort((a, b) => a.x - b.x);
}

/** Means over all n: repetition by repetition, so that they have a spread. */
export function averagesOf(rows: readonly TextRow[], column: string): readonly MeasuredPoint[] {
  return [...groupBy(rows, seriesOf)].map(([series, own]) => {
    const repetitions = groupBy(own, (row) => row["repetition"] ?? "");
    const values = [...repetitions.values()].flatMap(
      (rounds) => meanOf(rounds.flatMap((row) => numberIn(row[column]) ?? [])) ?? [],
    );
    return { series, x: undefined, values, rows: own };
  });
}

/** From trust.csv: the monitor's word on each node after each round. */
export function trustPoints(rows: readonly TextRow[], rounds: number): readonly MeasuredPoint[] {
  const shown = rows.filter((row) => Number(row["height"]) <= rounds);
  return [...groupBy(shown, (row) => `${row["node"]} ${row["height"]}`).values()].map((own) => ({
    series: own[0]?.["node"] ?? "",
    x: Number(own[0]?.["height"]),
    values: own.flatMap((row) => numberIn(row["trust"]) ?? []),
    rows: [],
  }));
}

/** The paper's G-PBFT is PBFT in domains. */
function seriesOf(row: TextRow): string {
  const { protocol = "", domains = "1" } = row;
  if (domains === "1" || domains === "") return protocol;
  return protocol === "pbft" ? "g-pbft" : `${protocol} in ${domains} domains`;
}
