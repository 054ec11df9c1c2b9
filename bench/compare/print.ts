/** A comparison as a table, as Markdown, as CSV and as JSON. */

import { stringify } from "csv-stringify/sync";
import { figure, pValue, ratioWords, significant } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonColumns, comparisonLine } from "./comparison-rows.ts";
import type { ComparedMetric } from "./pairs.ts";

export const formats = ["table", "markdown", "csv", "json"] as const;
export type Format = (typeof formats)[number];

export function printComparison(
  comparison: Comparison,
  failures: readonly string[],
  format: Format,
): string {
  if (format === "csv") return asCsv(comparison.rows).trimEnd();
  if (format === "json") return JSON.stringify(asJson(comparison, failures), null, 2);
  if (comparison.isSameFile) return "same file";
  const said = remarks(comparison, failures);
  return format === "table"
    ? [asTable(comparison.rows), ...said].join("\n")
    : [asMarkdown(comparison.rows), "", ...said.map((line) => `- ${line}`)].join("\n");
}

const columns = [
  ...[left("cell"), left("metric"), right("base"), right("candidate"), right("ratio [95 %]")],
  ...[right("Cliff's δ"), right("p (Holm)"), left("verdict")],
];

const words = ({ base, metric, difference, adjustedP, verdict }: ComparedMetric): string[] => [
  base.name,
  metric,
  figure(difference.base),
  figure(difference.candidate),
  ratioWords(difference.ratio, difference.interval),
  difference.delta === undefined ? "–" : difference.delta.toFixed(2),
  pValue(adjustedP),
  verdict,
];

const asTable = (rows: readonly ComparedMetric[]): string =>
  terminalTable(columns, rows.map(words));

function asMarkdown(rows: readonly ComparedMetric[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---")).join("|");
  return [
    line(columns.map(({ title }) => title)),
    `|${rule}|`,
    ...rows.map((row) => line(words(row))),
  ].join("\n");
}

const asCsv = (rows: readonly ComparedMetric[]): string =>
  stringify([[...comparisonColumns], ...rows.map((row) => [...comparisonLine(row, "")])]);

/** JSON has no infinity. */
const plain = (value: number | undefined) =>
  value === undefined ? null : Number.isFinite(value) ? significant(value) : "inf";

function asJson({ rows, isSameFile, matching, ...rest }: Comparison, failures: readonly string[]) {
  return {
    isSameFile,
    pairs: rows.map(({ base, candidate, metric, difference, adjustedP, verdict }) => ({
      cell: base.name,
      keys: candidate.keys,
      metric,
      base: plain(difference.base),
      candidate: plain(difference.candidate),
      ratio: plain(difference.ratio),
      ratioLow: plain(difference.interval?.low),
      ratioHigh: plain(difference.interval?.high),
      cliffsDelta: plain(difference.delta),
      p: plain(difference.p),
      pHolm: plain(adjustedP),
      baseRepetitions: base.repetitions,
      candidateRepetitions: candidate.repetitions,
      verdict,
    })),
    matched: matching.pairs.length,
    matchedBy: matching.columns,
    onlyInBase: matching.onlyInBase,
    onlyInCandidate: matching.onlyInCandidate,
    ambiguous: matching.ambiguous,
    ...rest,
    failures,
  };
}

function remarks(comparison: Comparison, failures: readonly string[]): readonly string[] {
  const { matching, lessSafe, warnings } = comparison;
  const named = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${title}: ${names.join(", ")}`];
  const isAll = matching.unmatchedColumns.length === 0;
  return [
    `${matching.pairs.length} cells match; medians over repetitions; ratio: candidate over base.`,
    ...named("Only in base", matching.onlyInBase),
    ...named("Only in candidate", matching.onlyInCandidate),
    ...named("Several cells with the same keys, not compared", matching.ambiguous),
    ...named("Matched by", isAll ? [] : matching.columns),
    ...named("Key columns that one file has not", matching.unmatchedColumns),
    ...named("Less safe than in base", lessSafe),
    ...warnings.map((warning) => `Warning: ${warning}.`),
    ...failures.map((failure) => `Failed: ${failure}.`),
  ];
}
