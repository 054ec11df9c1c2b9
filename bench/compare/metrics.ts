/** Metrics by their names, and what it is called when one changes. */

import { UsageError } from "../../core/assert.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { Difference } from "../statistics/difference.ts";

/** What a comparison shows when nobody names anything else. */
export const usualMetrics: readonly string[] = [
  "latency_p50_ms",
  "throughput_per_s",
  "messages_per_request",
  "bytes_per_request",
  "signatures_per_request",
  "verifications_per_request",
  "cpu_ms_per_request",
];

const units = ["ms", "mb", "per_s", "per_request", "ms_per_request"];

/** The metric that a name means: with or without its unit. */
export function metricNamed(name: string, known: readonly string[]): string {
  const names = [name, ...units.map((unit) => `${name}_${unit}`)];
  const found = names.find((candidate) => known.includes(candidate));
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no metric ${name}, only ${known.join(", ")}${didYouMean(name, known)}`,
  );
}

export const verdicts = [
  "faster",
  "slower",
  "less",
  "more",
  "not distinguishable",
  "no value",
] as const;
export type Verdict = (typeof verdicts)[number];

/** What may be said of the candidate. */
export function verdictOn(metric: string, { isDistinguishable, ratio }: Difference): Verdict {
  if (ratio === undefined) return "no value";
  if (!isDistinguishable) return "not distinguishable";
  if (metric.startsWith("throughput")) return ratio > 1 ? "faster" : "slower";
  if (metric.startsWith("latency") || metric.startsWith("longest_gap")) {
    return ratio < 1 ? "faster" : "slower";
  }
  return ratio < 1 ? "less" : "more";
}
