/**
 * Where a cluster stops keeping up: the knee is the first offered rate of which less than 95 % is accepted,
 * or whose tail is more than five times that of the lowest rate; the peak is the most that was accepted.
 */

import { medianOf } from "../statistics/median.ts";
import { shareOfRate } from "./goodput.ts";

const mostOverLowest = 5;
/** Rates up to this many times the knee show what happens beyond it. */
const beyondKnee = 1.3;
// Steps of a list are written with few digits.
const roundingOfSteps = 1.01;

/** The farthest first: of few requests nobody knows the 99th percentile. */
export const tails = ["latency_p99_ms", "latency_p90_ms", "latency_p50_ms"] as const;
export type Tail = (typeof tails)[number];

/** One repetition at one rate. */
export interface Step {
  readonly ratePerS: number;
  readonly offeredPerS: number;
  readonly acceptedPerS: number;
  /** Undefined where too few requests lie beyond it. */
  readonly tailsMs: Readonly<Record<Tail, number | undefined>>;
}

export interface Knee {
  /** Undefined when every rate was kept up with. */
  readonly kneePerS: number | undefined;
  readonly why: string | undefined;
  readonly peakPerS: number;
  readonly highestPerS: number;
}

/** Undefined of nothing. */
export function kneeOf(steps: readonly Step[]): Knee | undefined {
  const rates = [...new Set(steps.map(({ ratePerS }) => ratePerS))].sort((a, b) => a - b);
  const levels = rates.map((rate) => levelOf(steps.filter(({ ratePerS }) => ratePerS === rate)));
  const [lowest] = levels;
  if (lowest === undefined) return undefined;
  const objections = levels.map((level) => ({ level, why: objectionTo(level, lowest) }));
  const knee = objections.find(({ why }) => why !== undefined);
  return {
    kneePerS: knee?.level.ratePerS,
    why: knee?.why,
    peakPerS: Math.max(...levels.map(({ acceptedPerS }) => acceptedPerS)),
    highestPerS: Math.max(...rates),
  };
}

/** Whether this rate is to be offered, after what was found at lower ones. */
export function isWorthOffering(ratePerS: number, steps: readonly Step[]): boolean {
  const knee = kneeOf(steps.filter((step) => step.ratePerS < ratePerS))?.kneePerS;
  return knee === undefined || ratePerS <= knee * beyondKnee * roundingOfSteps;
}

/** Medians over the repetitions at one rate. */
function levelOf(steps: readonly Step[]): Step {
  const middle = (read: (step: Step) => number | undefined) =>
    medianOf(steps.flatMap((step) => read(step) ?? []));
  return {
    ratePerS: steps[0]?.ratePerS ?? 0,
    offeredPerS: middle(({ offeredPerS }) => offeredPerS) ?? 0,
    acceptedPerS: middle(({ acceptedPerS }) => acceptedPerS) ?? 0,
    tailsMs: {
      latency_p99_ms: middle(({ tailsMs }) => tailsMs.latency_p99_ms),
      latency_p90_ms: middle(({ tailsMs }) => tailsMs.latency_p90_ms),
      latency_p50_ms: middle(({ tailsMs }) => tailsMs.latency_p50_ms),
    },
  };
}

function objectionTo(level: Step, lowest: Step): string | undefined {
  if (level.acceptedPerS < shareOfRate * level.offeredPerS) {
    return "less than 95 % of what was offered is accepted";
  }
  for (const tail of tails) {
    const [here, there] = [level.tailsMs[tail], lowest.tailsMs[tail]];
    if (here === undefined || there === undefined) continue;
    if (here <= mostOverLowest * there) return undefined;
    return `${tail.replace(/^latency_|_ms$/g, "")} is more than five times that of the lowest rate`;
  }
  return undefined;
}
