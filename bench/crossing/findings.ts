/** What a run says about where protocols cross and what safety costs: sentences, tables, and rows for machines. */

import type { ComparedMetric } from "../compare/pairs.ts";
import { significant } from "../output/figures.ts";
import type { RunData } from "../report/run-data.ts";
import { type Crossing, crossingsOf } from "./crossings.ts";
import { linesIn, type Place, placesIn } from "./places.ts";
import { safetyCosts, safetySentence } from "./safety-cost.ts";
import { crossingTables, safetyTable, type TitledTable, turnsAlongDelay } from "./tables.ts";
import { crossingSentence, type Label, labelFor, summarySentences } from "./wording.ts";

export interface Findings {
  readonly places: readonly Place[];
  readonly crossings: readonly Crossing[];
  readonly safety: readonly ComparedMetric[];
  readonly label: Label;
  readonly tables: readonly TitledTable[];
  readonly sentences: readonly string[];
}

/** Undefined for a run that neither varies the delay nor stands beside the paper's figures. */
export function findingsIn({
  comparisons,
  tables,
}: Pick<RunData, "comparisons" | "tables">): Findings | undefined {
  const places = placesIn(comparisons);
  const isOnPaper = tables.published.some(({ figure }) => figure !== undefined);
  if (places.length === 0 && !isOnPaper) return undefined;
  const crossings = linesIn(places).flatMap(crossingsOf);
  const safety = safetyCosts(comparisons);
  const label = labelFor(places);
  const sentence = safetySentence(safety);
  return {
    ...{ places, crossings, safety, label },
    tables: [
      ...crossingTables(crossings, label),
      ...(safety.length === 0 ? [] : [safetyTable(safety)]),
    ],
    sentences: [
      ...summarySentences(crossings),
      ...turnsAlongDelay(crossings).map((crossing) => crossingSentence(crossing, label)),
      ...(sentence === undefined ? [] : [sentence]),
    ],
  };
}

/** For `--json`. */
export const findingsJson = ({ places, crossings, safety, label }: Findings) => ({
  ratios: places.map(({ base, candidate, n, delayMs, conditions, difference }) => ({
    ...{ base, candidate, n, delay_ms: delayMs, conditions },
    ...ratioJson(difference),
  })),
  crossings: crossings.map((crossing) => {
    const { axis, base, candidate, at, conditions, outcome, from, to } = crossing;
    const sentence = crossingSentence(crossing, label);
    return { axis, base, candidate, at, conditions, outcome, from, to, sentence };
  }),
  cost_of_safety: safety.map(({ base, candidate, metric, difference }) => ({
    ...{ base: base.name, candidate: candidate.name, metric },
    ...ratioJson(difference),
  })),
});

const ratioJson = ({ ratio, interval, isDistinguishable }: ComparedMetric["difference"]) => ({
  ratio: numberOrNull(ratio),
  low: numberOrNull(interval?.low),
  high: numberOrNull(interval?.high),
  isDistinguishable,
});

/** JSON has no infinity. */
const numberOrNull = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? significant(value) : "inf";
