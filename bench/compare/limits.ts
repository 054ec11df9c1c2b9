/** `--fail-on`: when a comparison has failed. */

import { UsageError } from "../../core/assert.ts";
import type { Comparison } from "./comparison.ts";
import { metricNamed } from "./metrics.ts";
import type { ComparedMetric } from "./pairs.ts";

/** A metric that changed by more than so much, or a cell less safe. */
export type Limit =
  | { readonly kind: "safety" }
  | {
      readonly kind: "ratio";
      readonly metric: string;
      readonly above: boolean;
      readonly share: number;
      /** As it was written. */
      readonly text: string;
    };

/** `latency_p50>10%`, `throughput<5%` or `safety`; metrics as in the results, when they are known. */
export function parseLimit(text: string, known?: readonly string[]): Limit {
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
    metric: known === undefined ? name : metricNamed(name, known),
    above: sign === ">",
    share: Number(number) / 100,
    text: text.trim(),
  };
}

/** What exceeds the limits, each in a sentence. */
export function failuresIn(comparison: Comparison, limits: readonly Limit[]): readonly string[] {
  return limits.flatMap((limit) => {
    if (limit.kind === "safety") {
      return comparison.lessSafe.map((cell) => `${cell} is less safe than in the base`);
    }
    return comparison.rows
      .filter(({ metric }) => metric === limit.metric)
      .flatMap((row) => failureOf(row, limit) ?? []);
  });
}

/** The medians decide; whether chance could have done it is said, too. */
function failureOf(
  { base, metric, difference, verdict }: ComparedMetric,
  { above, share, text }: Extract<Limit, { kind: "ratio" }>,
): string | undefined {
  const { ratio, candidate } = difference;
  if (difference.base !== undefined && candidate === undefined) {
    return `${base.name}: ${metric} has no value any more, so nobody knows whether it exceeds ${text}`;
  }
  if (ratio === undefined || !(above ? ratio > 1 + share : ratio < 1 - share)) return undefined;
  const doubt = verdict === "not distinguishable" ? ", not distinguishable from chance" : "";
  const factor = Number.isFinite(ratio) ? ratio.toFixed(3) : "∞";
  return `${base.name}: ${metric} × ${factor} exceeds ${text}${doubt}`;
}
