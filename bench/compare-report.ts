/** A comparison as a table, as Markdown, as CSV and as JSON. */

import { stringify } from "csv-stringify/sync";
import type { Comparison, Pair } from "./compare.ts";
import { factorColumns } from "./compare-input.ts";
import { figure } from "./figures.ts";
import { left, right, terminalTable } from "./terminal-table.ts";

export const formats = ["table", "markdown", "csv", "json"] as const;
export type Format = (typeof formats)[number];

export function printComparison(
  comparison: Comparison,
  failures: readonly string[],
  format: Format,
): string {
  switch (format) {
    case "table":
      return [asTable(comparison.pairs), ...remarks(comparison, failures)].join("\n");
    case "markdown":
      return [asMarkdown(comparison.pairs), "", ...bullets(remarks(comparison, failures))].join(
        "\n",
      );
    case "csv":
      return asCsv(comparison.pairs).trimEnd();
    case "json":
      return JSON.stringify(asJson(comparison, failures), null, 2);
  }
}

const head = ["cell", "metric", "base", "candidate", "ratio"];

const words = ({ cell, metric, base, candidate, ratio }: Pair): string[] => [
  cell,
  metric,
  figure(base),
  figure(candidate),
  ratio === undefined ? "–" : Number.isFinite(ratio) ? `× ${ratio.toFixed(3)}` : "∞",
];

const asTable = (pairs: readonly Pair[]): string =>
  terminalTable([left("cell"), left("metric"), ...head.slice(2).map(right)], pairs.map(words));

function asMarkdown(pairs: readonly Pair[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), "|---|---|---:|---:|---:|", ...pairs.map((pair) => line(words(pair)))].join(
    "\n",
  );
}

function asCsv(pairs: readonly Pair[]): string {
  const text = (value: number | undefined) =>
    value === Number.POSITIVE_INFINITY ? "inf" : String(value ?? "");
  return stringify([
    [
      "cell",
      ...factorColumns,
      "metric",
      "base",
      "candidate",
      "ratio",
      "base_repetitions",
      "candidate_repetitions",
    ],
    ...pairs.map((pair) => [
      pair.cell,
      ...factorColumns.map((column) => pair.factors[column] ?? ""),
      pair.metric,
      text(pair.base),
      text(pair.candidate),
      text(pair.ratio),
      String(pair.baseRepetitions),
      String(pair.candidateRepetitions),
    ]),
  ]);
}

function asJson(comparison: Comparison, failures: readonly string[]) {
  const plain = (value: number | undefined) =>
    value === undefined ? null : Number.isFinite(value) ? value : "inf";
  return {
    ...comparison,
    pairs: comparison.pairs.map((pair) => ({
      ...pair,
      base: plain(pair.base),
      candidate: plain(pair.candidate),
      ratio: plain(pair.ratio),
    })),
    failures,
  };
}

function remarks(comparison: Comparison, failures: readonly string[]): readonly string[] {
  const { matched, onlyInBase, onlyInCandidate, lessSafe, warnings } = comparison;
  const named = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${title}: ${names.join(", ")}`];
  return [
    `${matched} cells match; medians over repetitions; ratio: candidate over base.`,
    ...named("Only in base", onlyInBase),
    ...named("Only in candidate", onlyInCandidate),
    ...named("Less safe than in base", lessSafe),
    ...warnings.map((warning) => `Warning: ${warning}.`),
    ...failures.map((failure) => `Failed: ${failure}.`),
  ];
}

const bullets = (lines: readonly string[]): readonly string[] => lines.map((line) => `- ${line}`);
