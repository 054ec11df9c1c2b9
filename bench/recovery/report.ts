/** What people read of a recovery: a line for each cell, medians over its repetitions. */

import { count, figure } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import { ResultFolder, type TextRow } from "../results/result-folder.ts";
import { middle } from "./timeline.ts";

export const readRecovery = (folder: string): readonly TextRow[] =>
  ResultFolder.open(folder).rows("recovery");

const columns = [
  left("recovery of"),
  right("n"),
  right("before/s"),
  right("suspected ms"),
  right("new leader ms"),
  right("gap ms"),
  right("in time-outs"),
  right("back at 90 % ms"),
  right("lost"),
  right("retried"),
  right("views"),
];

/** Undefined when no cell has anything to recover from. */
export function recoveryTable(rows: readonly TextRow[]): string | undefined {
  const cells = [...new Set(rows.map(({ cell }) => cell))];
  if (cells.length === 0) return undefined;
  const lines = cells.map((cell) => lineOf(rows.filter((row) => row["cell"] === cell)));
  const legend = [
    "Times count from the crash, medians over repetitions. gap: longest time without a commit that ends after it",
    "back: from when on goodput over 500 ms was at 90 % of what it was before · lost: never accepted, must be 0 · retried: sent again by clients",
    "All commits in buckets of 100 ms: timeline.csv",
  ];
  return [terminalTable(columns, lines), ...legend].join("\n");
}

function lineOf(rows: readonly TextRow[]): readonly string[] {
  const [first] = rows;
  const median = (column: string) => figure(middle(rows.map((row) => numberIn(row, column))));
  const total = (column: string) =>
    count(rows.reduce((sum, row) => sum + (numberIn(row, column) ?? 0), 0));
  return [
    `${first?.["protocol"]} ${first?.["fault"]}`,
    first?.["n"] ?? "",
    median("goodput_before_per_s"),
    median("suspected_ms"),
    median("new_leader_ms"),
    median("gap_ms"),
    median("gap_time_outs"),
    median("back_ms"),
    total("lost"),
    total("retried"),
    median("view_changes"),
  ];
}

/** An empty cell says that nothing is known; `inf` that it never came. */
function numberIn(row: TextRow, column: string): number | undefined {
  const text = row[column] ?? "";
  if (text === "") return undefined;
  return text === "inf" ? Number.POSITIVE_INFINITY : Number(text);
}
