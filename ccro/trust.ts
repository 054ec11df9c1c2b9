/**
 * Trust (§3.1 of the paper), pure arithmetic: three indices of what a node did, what its response time
 * earns or costs it, and two readings of formula (5), which turns them into a number from 1 to 10.
 */

import type { NodeId } from "../core/ids.ts";
import type { TrustReading } from "../core/protocol.ts";

export const trustReadings: readonly TrustReading[] = ["cumulative", "printed"];

/** R_init: what a node has that nothing is known about. */
export const initialTrust = 5;
export const trustRange = { lowest: 1, highest: 10 } as const;
/** What a role asks for. Whoever falls below normal loses its vote. */
export const thresholds = { primary: 9, communication: 8, normal: 4 } as const;

/** W₁, W₂, W₃. */
const weights = { uptime: 0.4, participation: 0.2, completion: 0.4 } as const;
/** By how much R′ leaves R_last, in either direction. */
export const responseStep = 1.2;
/** Of the voters so many are fastest, and so many slowest. */
const share = 5;

/**
 * So many decimals every result has. Math.exp and Math.sqrt may differ in their last bits from one
 * machine to the next; what is rounded here does not, so traces of a run are equal everywhere.
 */
const decimals = 6;
/** E can be up to n times its mean, and e to the n too large for a number: beyond this it is all one. */
const mostLead = 10;

/** What a node did, counted in rounds: in an idle cluster no time passes. */
export interface Deeds {
  /** Rounds since it is in the system. */
  readonly rounds: number;
  /** Those in which it was seen alive. */
  readonly up: number;
  /** E: those in which it had a role. */
  readonly participated: number;
  /** Those in which it did its part of a block that became formal. */
  readonly completed: number;
}

/** I₁, I₂ and I₃. */
export interface Indices {
  readonly uptime: number;
  readonly participation: number;
  readonly completion: number;
}

/** I₁ = √(uptime / time in system), I₂ = e^((E − E̅)/E̅), I₃ = completed / participated. */
export function indicesOf(deeds: Deeds, meanParticipation: number): Indices {
  const { rounds, up, participated, completed } = deeds;
  const lead = Math.min(mostLead, (participated - meanParticipation) / meanParticipation);
  return {
    uptime: rounds === 0 ? 1 : rounded(Math.sqrt(up / rounds)),
    participation: meanParticipation === 0 ? 1 : rounded(Math.exp(lead)),
    // Whoever was never asked has failed at nothing.
    completion: participated === 0 ? 1 : rounded(completed / participated),
  };
}

/**
 * Formula (5). `step` is R′ − R_last. As printed, I₁·R_init + ΣIᵤWᵤ/ΣIᵤ + R′ − R_last: whatever came
 * before cancels out, and nothing ever exceeds 5 + 0.4 + 1.2 = 6.6. Cumulative: R_last in place of
 * R_init, and the mean over the weights.
 */
export function trustAfter(
  reading: TrustReading,
  last: number,
  { uptime, participation, completion }: Indices,
  step: number,
): number {
  const weighted =
    uptime * weights.uptime +
    participation * weights.participation +
    completion * weights.completion;
  if (reading === "printed") {
    const mean = weighted / (uptime + participation + completion);
    return inRange(uptime * initialTrust + mean + step);
  }
  const sumOfWeights = weights.uptime + weights.participation + weights.completion;
  return inRange(uptime * last + weighted / sumOfWeights + step);
}

/**
 * Unlike the paper, which has no row for it: a node that loses its role for failing falls below
 * normal, or by one step more if it is there already. So each failure makes it a worse candidate.
 */
export const trustAfterFailure = (last: number): number =>
  inRange(Math.min(last, thresholds.normal) - responseStep);

/**
 * R′ − R_last for each voter: + 1.2 for the fastest fifth (at least one, of two or more), − 1.2 for
 * the slowest. Whoever gave no answer in time is slower than anybody. Whoever is as fast as somebody
 * outside of a fifth is not in it, so that no tie is broken by a name.
 */
export function responseSteps(
  responses: ReadonlyMap<NodeId, number | undefined>,
): ReadonlyMap<NodeId, number> {
  const times = [...responses.values()].map((time) => time ?? Number.POSITIVE_INFINITY);
  const sorted = times.sort((a, b) => a - b);
  const fifth = sorted.length < 2 ? 0 : Math.max(1, Math.floor(sorted.length / share));
  const firstOfRest = sorted[fifth] ?? 0;
  const lastOfRest = sorted[sorted.length - fifth - 1] ?? Number.POSITIVE_INFINITY;
  const stepOf = (time: number | undefined): number => {
    if (time === undefined || (fifth > 0 && time > lastOfRest)) return -responseStep;
    return fifth > 0 && time < firstOfRest ? responseStep : 0;
  };
  return new Map([...responses].map(([node, time]) => [node, stepOf(time)]));
}

const inRange = (trust: number): number =>
  Math.min(trustRange.highest, Math.max(trustRange.lowest, rounded(trust)));

const rounded = (value: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals;
