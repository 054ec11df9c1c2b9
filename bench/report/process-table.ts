/** What each process spent, as a table of the report. */

import type { CellSummary } from "../cell-summary.ts";
import { numberIn } from "../cell-summary.ts";
import { groupBy } from "../compare/csv-cells.ts";
import { benchProcess } from "../meters/processes.ts";
import { figure } from "../output/figures.ts";
import type { TextRow } from "../results/result-folder.ts";
import { medianOf } from "../statistics/median.ts";
import { type Content, element, htmlTable } from "./html.ts";

/** A cluster of a hundred nodes would fill pages: the busiest are shown, and how many are not. */
const mostShown = 8;

const measured = [
  ["CPU ms", "cpu_ms_per_request"],
  ["memory MB", "rss_max_mb"],
  ["loop late p50 ms", "event_loop_delay_p50_ms"],
  ["loop late p99 ms", "event_loop_delay_p99_ms"],
  ["messages", "messages_per_request"],
  ["posts", "posts_per_request"],
  ["bytes", "bytes_per_request"],
  ["signed", "signatures_per_request"],
  ["checked", "verifications_per_request"],
] as const;

/** Undefined where nobody noted it. */
export function processTable(
  rows: readonly TextRow[],
  summaries: readonly CellSummary[],
): Content | undefined {
  const byCell = groupBy(rows, (row) => row["cell"] ?? "");
  const lines = summaries.flatMap(({ cell }) => linesOf(cell.name, byCell.get(cell.name) ?? []));
  if (lines.length === 0) return undefined;
  const columns = [
    ...["cell", "process"].map((title) => ({ title, align: "left" as const })),
    ...measured.map(([title]) => ({ title, align: "right" as const })),
  ];
  const note =
    "Medians over repetitions; CPU, messages, posts, bytes and signatures per accepted request. " +
    "Memory is the most that was seen, and an event loop is late by what exceeds its timer's own 5 ms. " +
    "Clients live in the process where requests enter. All processes: processes.csv.";
  return [
    htmlTable("What each process spent", columns, lines),
    element("p", { class: "note" }, note),
  ];
}

function linesOf(cell: string, rows: readonly TextRow[]): readonly (readonly string[])[] {
  const byProcess = [...groupBy(rows, (row) => row["process"] ?? "")];
  const isAlone = byProcess.length === 1;
  const [bench, nodes] = [true, false].map((isBench) =>
    byProcess.filter(([name]) => (name === benchProcess) === isBench),
  );
  const busiest = (nodes ?? [])
    .toSorted(([, one], [, other]) => cpuOf(other) - cpuOf(one))
    .slice(0, mostShown);
  const shown = (nodes ?? []).filter((node) => busiest.includes(node));
  const hidden = (nodes ?? []).length - shown.length;
  return [
    ...[...(bench ?? []), ...shown].map(([name, own]) => [
      cell,
      name === benchProcess && isAlone ? "one: bench and all nodes" : name,
      ...measured.map(([, column]) => figure(medianIn(own, column))),
    ]),
    ...(hidden > 0
      ? [[cell, `and ${hidden} that were less busy`, ...measured.map(() => "–")]]
      : []),
  ];
}

const medianIn = (rows: readonly TextRow[], column: string): number | undefined =>
  medianOf(rows.flatMap((row) => numberIn(row[column]) ?? []));

const cpuOf = (rows: readonly TextRow[]): number => medianIn(rows, "cpu_ms_per_request") ?? 0;
