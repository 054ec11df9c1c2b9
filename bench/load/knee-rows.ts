/** Knees of a run: from the rows of its summary to those of knees.csv, and to words. */

import { type Cell, seriesOf } from "../cell.ts";
import { numberIn } from "../cell-summary.ts";
import { count } from "../output/figures.ts";
import { protocolNamed } from "../protocols.ts";
import { type KneeRow, keyOf, rounded } from "../results/columns.ts";
import type { TextRow } from "../results/result-folder.ts";
import { isWorthOffering, type Knee, kneeOf, type Step } from "./knee.ts";

/** Fewer rates have no curve. */
const fewestRates = 3;

export interface SeriesKnee {
  /** Any of its cells: they differ in their rate only. */
  readonly cell: Cell;
  readonly knee: Knee;
}

/** One for each experiment that ran at several rates. */
export function kneesIn(
  cells: readonly Cell[],
  summary: readonly TextRow[],
): readonly SeriesKnee[] {
  const open = cells.filter(({ rate }) => rate > 0);
  return [...new Set(open.map(seriesOf))].flatMap((series) => {
    const own = open.filter((cell) => seriesOf(cell) === series);
    const [cell] = own;
    const steps = stepsOf(own, summary);
    const knee = kneeOf(steps);
    const rates = new Set(steps.map(({ ratePerS }) => ratePerS)).size;
    return cell === undefined || knee === undefined || rates < fewestRates ? [] : [{ cell, knee }];
  });
}

/** Whether a cell with a rate has still something to tell: far beyond the knee everything is only slow. */
export function isNeeded(cell: Cell, cells: readonly Cell[], summary: readonly TextRow[]): boolean {
  const own = cells.filter((other) => seriesOf(other) === seriesOf(cell));
  return isWorthOffering(cell.rate, stepsOf(own, summary));
}

export const kneeRow = (run: string, { cell, knee }: SeriesKnee): KneeRow => ({
  ...keyOf(run, { cell, number: 0, seed: 0 }, []),
  cell: seriesOf(cell),
  // It is a matter of all of them.
  ...{ repetition: undefined, rate: undefined, seed: undefined },
  knee_per_s: knee.kneePerS,
  peak_per_s: rounded(knee.peakPerS),
  highest_rate_per_s: knee.highestPerS,
  why: knee.why,
});

/** `PBFT n=4: knee at 200 requests a second (…), peak 187`; undefined without knees. */
export function kneeLines(knees: readonly SeriesKnee[]): string | undefined {
  if (knees.length === 0) return undefined;
  const lines = knees.map(({ cell, knee }) => {
    const { kneePerS, why, peakPerS, highestPerS } = knee;
    const bend =
      kneePerS === undefined
        ? `no knee up to ${count(highestPerS)} requests a second`
        : `knee at ${count(kneePerS)} requests a second (${why})`;
    const { title } = protocolNamed(cell.protocol);
    const own = seriesOf(cell).slice(cell.protocol.length + 1);
    return `  ${title} ${own}: ${bend}, peak ${count(Math.round(peakPerS))}`;
  });
  return ["Where each stops keeping up with what is offered:", ...lines].join("\n");
}

function stepsOf(cells: readonly Cell[], summary: readonly TextRow[]): readonly Step[] {
  const rates = new Map(cells.map(({ name, rate }) => [name, rate]));
  return summary.flatMap((row) => {
    const ratePerS = rates.get(row["cell"] ?? "");
    const offeredPerS = numberIn(row["offered_per_s"]);
    const acceptedPerS = numberIn(row["throughput_per_s"]);
    if (ratePerS === undefined || offeredPerS === undefined || acceptedPerS === undefined)
      return [];
    const tailsMs = {
      latency_p99_ms: numberIn(row["latency_p99_ms"]),
      latency_p90_ms: numberIn(row["latency_p90_ms"]),
      latency_p50_ms: numberIn(row["latency_p50_ms"]),
    };
    return [{ ratePerS, offeredPerS, acceptedPerS, tailsMs }];
  });
}
