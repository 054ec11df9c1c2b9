/** Two results side by side: which cells match, the ratio of each metric, and whether it is too bad. */

import { UsageError } from "../core/assert.ts";
import { didYouMean } from "../core/nearest.ts";
import { type ComparedCell, type ComparedResults, metrics } from "./compare-input.ts";
import { machinesOf } from "./manifest.ts";
import { medianOf } from "./statistics/median.ts";

/** One metric of one pair of cells. */
export interface Pair {
  readonly cell: string;
  readonly factors: Readonly<Record<string, string>>;
  readonly metric: string;
  /** Medians over the repetitions; undefined where no repetition has the metric. */
  readonly base: number | undefined;
  readonly candidate: number | undefined;
  /** Candidate over base. */
  readonly ratio: number | undefined;
  readonly baseRepetitions: number;
  readonly candidateRepetitions: number;
}

export interface Comparison {
  readonly pairs: readonly Pair[];
  readonly matched: number;
  readonly onlyInBase: readonly string[];
  readonly onlyInCandidate: readonly string[];
  /** Cells whose safety is worse than it was. */
  readonly lessSafe: readonly string[];
  /** What a reader should know before believing a ratio. */
  readonly warnings: readonly string[];
}

export function compareResults(
  base: ComparedResults,
  candidate: ComparedResults,
  chosen: readonly string[],
): Comparison {
  const matching = [...base.cells].flatMap(([key, cell]) => {
    const other = candidate.cells.get(key);
    return other === undefined ? [] : [[cell, other] as const];
  });
  return {
    pairs: matching.flatMap(([cell, other]) => chosen.map((metric) => pairOf(metric, cell, other))),
    matched: matching.length,
    onlyInBase: namesMissing(base, candidate),
    onlyInCandidate: namesMissing(candidate, base),
    lessSafe: matching.filter(([cell, other]) => isLessSafe(cell, other)).map(([{ name }]) => name),
    warnings: warningsAbout(base, candidate),
  };
}

/** The metric that a name means: with or without its unit. */
export function metricNamed(name: string): string {
  const found =
    metrics.find((metric) => metric === name) ??
    metrics.find((metric) => metric.startsWith(`${name}_`));
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no metric ${name}, only ${metrics.join(", ")}${didYouMean(name, metrics)}`,
  );
}

/** When a comparison has failed: a metric that changed by more than so much, or a cell less safe. */
export type Limit =
  | { readonly kind: "safety" }
  | {
      readonly kind: "ratio";
      readonly metric: string;
      readonly above: boolean;
      readonly share: number;
    };

/** `latency_p50>10%`, `throughput<5%` or `safety`. */
export function parseLimit(text: string): Limit {
  if (text.trim() === "safety") return { kind: "safety" };
  const [, name, sign, number] =
    /^\s*([a-z0-9_]+)\s*([<>])\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text) ?? [];
  if (name === undefined) {
    throw new UsageError(
      `--fail-on must be METRIC>PERCENT%, METRIC<PERCENT% or safety, such as 'latency_p50>10%', not "${text}"`,
    );
  }
  return {
    kind: "ratio",
    metric: metricNamed(name),
    above: sign === ">",
    share: Number(number) / 100,
  };
}

/** What exceeds the limits, each in a sentence. */
export function failuresIn(
  comparison: Comparison,
  limits: readonly Limit[],
  texts: readonly string[],
): readonly string[] {
  return limits.flatMap((limit, index) => {
    const rule = texts[index] ?? "";
    if (limit.kind === "safety") {
      return comparison.lessSafe.map((cell) => `${cell} is less safe than in the base`);
    }
    return comparison.pairs
      .filter((pair) => pair.metric === limit.metric && exceeds(pair, limit))
      .map(
        ({ cell, metric, ratio }) => `${cell}: ${metric} × ${ratio?.toFixed(3)} exceeds ${rule}`,
      );
  });
}

function exceeds({ ratio }: Pair, limit: Extract<Limit, { kind: "ratio" }>): boolean {
  if (ratio === undefined) return false;
  return limit.above ? ratio > 1 + limit.share : ratio < 1 - limit.share;
}

function pairOf(metric: string, cell: ComparedCell, other: ComparedCell): Pair {
  const base = medianOf(cell.values(metric));
  const candidate = medianOf(other.values(metric));
  return {
    cell: cell.name,
    factors: cell.factors,
    metric,
    base,
    candidate,
    ratio: ratioOf(base, candidate),
    baseRepetitions: cell.repetitions,
    candidateRepetitions: other.repetitions,
  };
}

/** Nothing to nothing and never to never are no change. */
function ratioOf(base: number | undefined, candidate: number | undefined): number | undefined {
  if (base === undefined || candidate === undefined) return undefined;
  return base === candidate ? 1 : candidate / base;
}

function namesMissing(from: ComparedResults, other: ComparedResults): readonly string[] {
  return [...from.cells].filter(([key]) => !other.cells.has(key)).map(([, { name }]) => name);
}

const safeties = ["ok", "vacuous", "invalid", "violated"];

function isLessSafe(base: ComparedCell, candidate: ComparedCell): boolean {
  if (base.safety === undefined || candidate.safety === undefined) return false;
  const worst = (found: readonly string[]) =>
    Math.max(...found.map((safety) => safeties.indexOf(safety)));
  return worst(candidate.safety) > worst(base.safety);
}

function warningsAbout(base: ComparedResults, candidate: ComparedResults): readonly string[] {
  const warnings: string[] = [];
  if (base.path === candidate.path) warnings.push("base and candidate are the same file");
  const [one, other] = [base.manifest, candidate.manifest];
  const quick = [one?.isQuick === true ? "base" : "", other?.isQuick === true ? "candidate" : ""];
  const quickNames = quick.filter((name) => name !== "");
  if (quickNames.length > 0) {
    warnings.push(
      `${quickNames.join(" and ")} quick: too few repetitions to tell noise from change`,
    );
  }
  if (one === undefined || other === undefined) {
    warnings.push("without a manifest nobody knows whether the machines were equal");
  } else if (JSON.stringify(machinesOf(one)) !== JSON.stringify(machinesOf(other))) {
    warnings.push("the machines differ: times say nothing, counts do");
  }
  return warnings;
}
