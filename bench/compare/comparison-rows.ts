/** comparison.csv: one row for each compared pair and metric. Columns are promises, as elsewhere. */

import { significant } from "../output/figures.ts";
import { keyColumns, laterKeyColumns } from "../results/columns.ts";
import type { ComparedMetric } from "./pairs.ts";

/** Keys are the candidate's. */
export const comparisonColumns = [
  ...keyColumns,
  ...["base_cell", "base_protocol", "base_n", "base_f", "terms"],
  ...["metric", "base", "candidate", "ratio", "ratio_low", "ratio_high"],
  ...["cliffs_delta", "p", "p_holm", "base_repetitions", "candidate_repetitions", "verdict"],
  ...laterKeyColumns,
] as const;

export function comparisonRow(row: ComparedMetric, run: string): Readonly<Record<string, string>> {
  const { base, candidate, terms, metric, difference, adjustedP, verdict } = row;
  return {
    ...candidate.keys,
    run,
    cell: candidate.name,
    base_cell: base.name,
    base_protocol: base.keys["protocol"] ?? "",
    base_n: base.keys["n"] ?? "",
    base_f: base.keys["f"] ?? "",
    terms,
    metric,
    base: textOf(difference.base),
    candidate: textOf(difference.candidate),
    ratio: textOf(difference.ratio),
    ratio_low: textOf(difference.interval?.low),
    ratio_high: textOf(difference.interval?.high),
    cliffs_delta: textOf(difference.delta),
    p: textOf(difference.p),
    p_holm: textOf(adjustedP),
    base_repetitions: String(base.repetitions),
    candidate_repetitions: String(candidate.repetitions),
    verdict,
  };
}

/** A row as a line of the file. */
export const comparisonLine = (row: ComparedMetric, run: string): readonly string[] => {
  const texts = comparisonRow(row, run);
  return comparisonColumns.map((column) => texts[column] ?? "");
};

const textOf = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return "";
  return value === Number.POSITIVE_INFINITY ? "inf" : String(significant(value));
};
