/** What safety costs: CCRO-safe over CCRO as published, where both did the same and nothing failed. */

import type { ComparedCell } from "../compare/csv-cells.ts";
import { type ComparedMetric, comparePairs } from "../compare/pairs.ts";
import { pairsWithin } from "../compare/within-run.ts";
import { figure, ratioWords } from "../output/figures.ts";
import { medianOf } from "../statistics/median.ts";

const [published, safe] = ["ccro", "ccro-safe"];

/** What is asked of each pair, and what it is called. */
const nouns: readonly (readonly [metric: string, noun: string])[] = [
  ["latency_p50_ms", "median latency"],
  ["messages_per_request", "messages"],
  ["bytes_per_request", "bytes"],
  ["verifications_per_request", "checked signatures"],
  ["cpu_ms_per_request", "CPU time"],
];
export const safetyMetrics = nouns.map(([metric]) => metric);
export const safetyTitles = nouns.map(([, noun]) => noun);

/** None where one of the two did not run. */
export function safetyCosts(comparisons: readonly ComparedMetric[]): readonly ComparedMetric[] {
  const cells = new Set<ComparedCell>(
    comparisons.flatMap(({ base, candidate }) => [base, candidate]),
  );
  const quiet = [...cells].filter(({ keys }) => (keys["fault"] ?? "none") === "none");
  const both = quiet.filter(({ keys }) => [published, safe].includes(keys["protocol"] ?? ""));
  const pairs = pairsWithin(both).filter(({ terms }) => terms.startsWith("equal n"));
  return comparePairs(pairs, safetyMetrics).filter(
    ({ metric, base }) => !(metric === "cpu_ms_per_request" && isSimulated(base)),
  );
}

/** There time is hops and nothing else, and what the processor does is the simulator's work. */
const isSimulated = ({ keys }: ComparedCell): boolean => keys["transport"] === "simulated";

/** A sentence for all of them: the middle ratio of each metric, and how far it spreads; times only of real ones. */
export function safetySentence(costs: readonly ComparedMetric[]): string | undefined {
  const told = nouns.flatMap(([metric, noun]) => {
    const isTime = metric === "latency_p50_ms";
    const ratios = costs
      .filter((one) => one.metric === metric && !(isTime && isSimulated(one.base)))
      .flatMap(({ difference }) => difference.ratio ?? []);
    const middle = medianOf(ratios);
    if (middle === undefined) return [];
    const range = { low: Math.min(...ratios), high: Math.max(...ratios) };
    return [`${ratioWords(middle, range)} of its ${noun}`];
  });
  const pairs = new Set(costs.map(({ candidate }) => candidate)).size;
  if (told.length === 0) return undefined;
  return `What safety costs: CCRO-safe takes, against CCRO as published, ${told.join(", ")}: the middle of ${figure(pairs)} ${pairs === 1 ? "comparison" : "comparisons"} without faults and their range, times without those that were simulated.`;
}
