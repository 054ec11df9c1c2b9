/** Pairs of cells, metric by metric: a table of differences with its p-values made honest (Holm). */

import { type Difference, differenceOf } from "../statistics/difference.ts";
import { holm } from "../statistics/holm.ts";
import type { ComparedCell } from "./csv-cells.ts";
import { type Verdict, verdictOn } from "./metrics.ts";

/** Two cells that are held against each other. */
export interface CellPair {
  readonly base: ComparedCell;
  readonly candidate: ComparedCell;
  /** What they have in common: `equal n`, `equal f`, `equal n and f`, or `same cell`. */
  readonly terms: string;
}

/** One metric of a pair. */
export interface ComparedMetric extends CellPair {
  readonly metric: string;
  readonly difference: Difference;
  /** After Holm, over the whole table. */
  readonly adjustedP: number | undefined;
  readonly verdict: Verdict;
}

export function comparePairs(
  pairs: readonly CellPair[],
  metrics: readonly string[],
): readonly ComparedMetric[] {
  const differences = pairs.flatMap((pair) =>
    metrics.flatMap((metric) => {
      const [base, candidate] = [pair.base.values(metric), pair.candidate.values(metric)];
      // What neither has is no comparison.
      if (base.length + candidate.length === 0) return [];
      return [{ ...pair, metric, difference: differenceOf(base, candidate) }];
    }),
  );
  const adjusted = holm(differences.map(({ difference }) => difference.p));
  return differences.map((compared, index) => ({
    ...compared,
    adjustedP: adjusted[index],
    verdict: verdictOn(compared.metric, compared.difference),
  }));
}
