/** The points of the CCRO paper's figures, as published.csv of a run holds them. */

import { UsageError } from "../../core/assert.ts";
import type { TextRow } from "../results/result-folder.ts";

export interface PublishedPoint {
  readonly figure: number;
  /** Under our name where we have the protocol: the paper's Raft is Paxos here. */
  readonly series: string;
  /** As the paper calls it. */
  readonly name: string;
  /** Nodes, round, or megabytes of a block; undefined for an average over all n. */
  readonly x: number | undefined;
  readonly value: number;
}

/** Times for other cells, such as seed 004's, have no such columns: nothing is read of them. */
export function publishedPoints(rows: readonly TextRow[]): readonly PublishedPoint[] {
  return rows.filter((row) => row["figure"] !== undefined).map(pointOf);
}

const ourNames: Readonly<Record<string, string>> = { raft: "paxos" };

function pointOf(row: TextRow, index: number): PublishedPoint {
  const { protocol = "", x = "", value = "", figure = "" } = row;
  const numbers = { figure: Number(figure), x: x === "" ? undefined : Number(x) };
  const point = {
    ...numbers,
    series: ourNames[protocol] ?? protocol,
    name: protocol,
    value: Number(value),
  };
  const isWhole = [point.figure, point.x ?? 0, point.value].every(Number.isFinite);
  if (isWhole && protocol !== "" && figure !== "" && value !== "") return point;
  throw new UsageError(
    `published.csv, point ${index + 1}: figure, x and value must be numbers, and protocol a name, not ${JSON.stringify(row)}`,
  );
}
