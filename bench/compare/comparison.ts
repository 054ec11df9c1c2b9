/** Two results side by side: which cells match, what differs, and what to know before believing it. */

import { machinesOf } from "../results/manifest.ts";
import { fewestRepetitions } from "../statistics/difference.ts";
import type { ComparedCell } from "./csv-cells.ts";
import { type Matching, matchCells } from "./match.ts";
import { type ComparedMetric, comparePairs } from "./pairs.ts";
import type { ComparedResults } from "./read-results.ts";

export interface Comparison {
  /** Then there is nothing else to say. */
  readonly isSameFile: boolean;
  readonly rows: readonly ComparedMetric[];
  readonly matching: Matching;
  /** Cells whose safety is worse than it was. */
  readonly lessSafe: readonly string[];
  /** What a reader should know before believing a ratio. */
  readonly warnings: readonly string[];
}

/** Metrics that one of the two has not are left out where nobody asked for them. */
export function compareResults(
  base: ComparedResults,
  candidate: ComparedResults,
  metrics: readonly string[],
): Comparison {
  const matching = matchCells(base, candidate);
  const isSameFile = base.fingerprint === candidate.fingerprint;
  const pairs = matching.pairs.map(([cell, other]) => ({
    base: cell,
    candidate: other,
    terms: "same cell",
  }));
  const rows = isSameFile ? [] : comparePairs(pairs, metrics);
  return {
    isSameFile,
    rows,
    matching,
    lessSafe: matching.pairs
      .filter(([cell, other]) => isLessSafe(cell, other))
      .map(([{ name }]) => name),
    warnings: isSameFile ? [] : warningsAbout(base, candidate, rows),
  };
}

/** What both can be asked for. */
export const commonMetrics = (
  base: ComparedResults,
  candidate: ComparedResults,
): readonly string[] => base.metrics.filter((metric) => candidate.metrics.includes(metric));

const safeties = ["ok", "vacuous", "invalid", "violated"];

function isLessSafe(base: ComparedCell, candidate: ComparedCell): boolean {
  if (base.safety === undefined || candidate.safety === undefined) return false;
  const worst = (found: readonly string[]) =>
    Math.max(...new Set(found.map((safety) => safeties.indexOf(safety))));
  return worst(candidate.safety) > worst(base.safety);
}

function warningsAbout(
  base: ComparedResults,
  candidate: ComparedResults,
  rows: readonly ComparedMetric[],
): readonly string[] {
  const warnings: string[] = [];
  const [one, other] = [base.manifest, candidate.manifest];
  const quick = [one?.isQuick === true ? "base" : "", other?.isQuick === true ? "candidate" : ""];
  const quickNames = quick.filter((name) => name !== "");
  if (quickNames.length > 0) warnings.push(`${quickNames.join(" and ")} ran in quick mode`);
  const tooFew = new Set(
    rows.filter(({ difference }) => difference.hasTooFew).map(({ base }) => base),
  );
  if (tooFew.size > 0) {
    warnings.push(
      `${tooFew.size} of the cells have fewer than ${fewestRepetitions} repetitions: nothing is called different there`,
    );
  }
  if (one === undefined || other === undefined) {
    warnings.push("without a manifest nobody knows whether the machines were equal");
  } else if (JSON.stringify(machinesOf(one)) !== JSON.stringify(machinesOf(other))) {
    warnings.push("the machines differ: times say nothing, counts do");
  }
  return warnings;
}
