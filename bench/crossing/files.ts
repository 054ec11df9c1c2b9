/** What a run leaves of its crossings: crossings.csv and safety-cost.csv in its folder, lines on the terminal. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { comparisonColumns, comparisonLine } from "../compare/comparison-rows.ts";
import { terminalTable } from "../output/terminal-table.ts";
import { readRun } from "../report/run-data.ts";
import { type Findings, findingsIn } from "./findings.ts";
import { withoutRepeats } from "./tables.ts";
import { crossingSentence } from "./wording.ts";

const crossingColumns = [
  ...["axis", "base_protocol", "protocol", "at", "conditions"],
  ...["outcome", "from", "to", "sentence"],
] as const;

/** The names of the files. */
export function writeFindings(
  folder: string,
  run: string,
  { crossings, safety, label }: Findings,
): readonly string[] {
  const lines = crossings.map((crossing) => {
    const { axis, base, candidate, at, conditions, outcome, from, to } = crossing;
    const sentence = crossingSentence(crossing, label);
    return [axis, base, candidate, at, label(conditions), outcome, from, to, sentence];
  });
  const costs = safety.map((row) => [...comparisonLine(row, run)]);
  const files = [
    { name: "crossings.csv", rows: lines, head: [...crossingColumns] },
    { name: "safety-cost.csv", rows: costs, head: [...comparisonColumns] },
  ].filter(({ rows }) => rows.length > 0);
  for (const { name, head, rows } of files) {
    writeFileSync(join(folder, name), stringify([head, ...rows]));
  }
  return files.map(({ name }) => name);
}

export const findingsOf = (folder: string): Findings | undefined => findingsIn(readRun(folder));

// A terminal scrolls; the report has all rows.
const mostRows = 24;

/** Tables and sentences as a terminal shows them. */
export function findingsText({ tables, sentences }: Findings): string {
  const shown = tables.map(({ title, columns, rows }) => {
    if (rows.length <= mostRows) return `${title}\n${terminalTable(columns, withoutRepeats(rows))}`;
    const text = terminalTable(columns, withoutRepeats(rows.slice(0, mostRows)));
    return `${title}\n${text}\n… and ${rows.length - mostRows} more rows in report.html.`;
  });
  return [...shown, ...sentences].join("\n\n");
}
