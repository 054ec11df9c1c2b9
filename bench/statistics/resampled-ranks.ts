/**
 * Where the median of a resample falls (Efron 1979), as ranks: which values of the sorted sample it is
 * made of depends on how many there are and on nothing else. So the 10 000 resamples of a size are drawn
 * once, on a fixed seed, and serve every sample of that size: equal values, equal interval.
 */

import type { Random } from "../../core/random.ts";
import { createRandom } from "../../sim/random.ts";

export const resamples = 10_000;

/** The different middles that resamples of one size have. */
export interface Middles {
  /** The two middle ranks, counted from 0; the same one twice where the count is odd. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** How many resamples have them. */
  readonly times: readonly number[];
  /** Which of them each resample has. */
  readonly ofResample: Uint32Array;
}

/** The different pairs of middles, where both base and candidate are resampled. */
export interface MiddlePairs {
  readonly base: Middles;
  readonly candidate: Middles;
  /** Positions in the two. */
  readonly ofBase: readonly number[];
  readonly ofCandidate: readonly number[];
  readonly times: readonly number[];
}

/** The middles of resamples of so many values. Each stream draws its own. */
export const middlesOf = keeping((count: number, stream: "base" | "candidate"): Middles => {
  const { low, high } = draw(count, createRandom(`bootstrap ${stream} ${count}`));
  const { first, times, ofEach } = distinct(low.map((rank, index) => `${rank} ${high[index]}`));
  return {
    low: first.map((index) => low[index] ?? 0),
    high: first.map((index) => high[index] ?? 0),
    times,
    ofResample: Uint32Array.from(ofEach),
  };
});

/** The same for two samples of these sizes, resample by resample. */
export const middlePairsOf = keeping((baseCount: number, candidateCount: number): MiddlePairs => {
  const base = middlesOf(baseCount, "base");
  const candidate = middlesOf(candidateCount, "candidate");
  const both = Array.from(base.ofResample, (of, index) => `${of} ${candidate.ofResample[index]}`);
  const { first, times } = distinct(both);
  return {
    base,
    candidate,
    ofBase: first.map((index) => base.ofResample[index] ?? 0),
    ofCandidate: first.map((index) => candidate.ofResample[index] ?? 0),
    times,
  };
});

// A run has a handful of sizes; whoever compares thousands shall not keep them all.
const mostKept = 64;

function keeping<A, B, Kept>(make: (a: A, b: B) => Kept): (a: A, b: B) => Kept {
  const kept = new Map<string, Kept>();
  return (a, b) => {
    const key = `${a} ${b}`;
    const known = kept.get(key) ?? make(a, b);
    if (kept.size >= mostKept) kept.clear();
    kept.set(key, known);
    return known;
  };
}

/** Each different text once: where it first stands, how often, and which of them every one is. */
function distinct(texts: readonly string[]) {
  const positions = new Map<string, number>();
  const first: number[] = [];
  const times: number[] = [];
  const ofEach = texts.map((text, index) => {
    const known = positions.get(text);
    const position = known ?? first.length;
    if (known === undefined) {
      positions.set(text, position);
      first.push(index);
    }
    times[position] = (times[position] ?? 0) + 1;
    return position;
  });
  return { first, times, ofEach };
}

/**
 * A resample is `count` uniform draws u, each standing for the value of rank ⌊u · count⌋. Its middle is
 * an order statistic of uniform draws, so it need not be sorted for: it is Beta-distributed, and the next
 * larger draw is the smallest of those that remain above it.
 */
function draw(count: number, random: Random) {
  const low: number[] = [];
  const high: number[] = [];
  const middle = Math.ceil(count / 2);
  const above = count - middle;
  const rankOf = (share: number) => Math.min(count - 1, Math.floor(share * count));
  for (let index = 0; index < resamples; index += 1) {
    const share = betaDraw(middle, above + 1, random);
    low.push(rankOf(share));
    const next = share + (1 - share) * (1 - positive(random) ** (1 / above));
    high.push(count % 2 === 1 ? rankOf(share) : rankOf(next));
  }
  return { low, high };
}

function betaDraw(a: number, b: number, random: Random): number {
  const one = gammaDraw(a, random);
  return one / (one + gammaDraw(b, random));
}

/** Marsaglia & Tsang (2000), for shapes of at least 1. */
function gammaDraw(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalDraw(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(positive(random)) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Box & Muller (1958). */
const normalDraw = (random: Random): number =>
  Math.sqrt(-2 * Math.log(positive(random))) * Math.cos(2 * Math.PI * random.fraction());

/** In (0, 1], for logarithms. */
const positive = (random: Random): number => 1 - random.fraction();
