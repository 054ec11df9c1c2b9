/** The answer of a run for machines: one object, numbers as numbers. */

import type { CellSummary } from "../cell-summary.ts";
import { findingsOf } from "../crossing/files.ts";
import { findingsJson } from "../crossing/findings.ts";
import { splitOdds } from "../domains/split-text.ts";
import { excuseFor } from "../expectations.ts";
import { protocolNamed } from "../protocols.ts";
import { everyKeyColumn, summaryColumns } from "../results/columns.ts";
import type { MustHold } from "../suite.ts";
import type { Answer } from "../suite-run.ts";

const inWords = ["safety", "liveness", "is_steady", "validity"] as const;

/** Measured columns that are numbers. */
const measures = summaryColumns.filter(
  (column) =>
    !everyKeyColumn.some((key) => key === column) && !inWords.some((word) => word === column),
);

export function jsonOf(answer: Answer) {
  const { folder, manifest, summaries, notes, broken, isInterrupted } = answer;
  const findings = summaries.length === 0 ? undefined : findingsOf(folder);
  return {
    run: manifest.run,
    folder,
    suite: manifest.suite,
    seed: manifest.seed,
    isQuick: manifest.isQuick,
    isInterrupted,
    cells: summaries.map((summary) => cellJson(summary, manifest.mustHold)),
    broken: broken.map(({ name }) => name),
    verdicts: notes,
    ...(findings === undefined ? {} : findingsJson(findings)),
  };
}

function cellJson(summary: CellSummary, mustHold: MustHold) {
  const { cell, repetitions, safety, liveness } = summary;
  return {
    ...cell,
    repetitions,
    safety,
    liveness,
    excuse: excuseFor(cell, mustHold) ?? null,
    ...domainsJson(cell),
    /** Medians over the repetitions, and the interval of the most important one. */
    median: Object.fromEntries(
      measures.map((column) => [column, finiteOrText(summary.median(column))]),
    ),
    latency_p50_interval_ms: intervalOf(summary),
  };
}

/** How big the domains are, and how likely faulty nodes that fall by lot outnumber f in one of them. */
function domainsJson({ protocol, n, domains }: CellSummary["cell"]) {
  if (domains === 1) return {};
  const { sizes, chances } = splitOdds({ inner: protocolNamed(protocol), n, domains });
  return { domain_sizes: sizes, odds_of_bad_split: chances };
}

function intervalOf(summary: CellSummary) {
  const interval = summary.interval("latency_p50_ms");
  if (interval === undefined) return null;
  return [finiteOrText(interval.low), finiteOrText(interval.high)];
}

/** JSON has no infinity. */
const finiteOrText = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? value : "inf";
