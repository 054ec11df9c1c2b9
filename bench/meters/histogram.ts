/**
 * Latencies as HDR histograms, which merge without loss: never an average of percentiles. What never
 * came is counted as infinitely slow.
 */

import { build, type Histogram } from "hdr-histogram-js";

/** A percentile is told only with this many samples beyond it. */
const samplesBeyond = 100;
/** Values are kept in microseconds, to three digits. */
const unitsPerMs = 1000;
const significantDigits = 3;

export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 40,
    numberOfSignificantValueDigits: significantDigits,
  });
  #lost = 0;
  #maxMs = 0;

  static of(latenciesMs: Iterable<number>): Latencies {
    const latencies = new Latencies();
    for (const latencyMs of latenciesMs) latencies.add(latencyMs);
    return latencies;
  }

  add(latencyMs: number): void {
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    if (Number.isFinite(latencyMs)) this.#histogram.recordValue(Math.round(latencyMs * unitsPerMs));
    else this.#lost += 1;
  }

  merge(others: Latencies): void {
    this.#histogram.add(others.#histogram);
    this.#lost += others.#lost;
    this.#maxMs = Math.max(this.#maxMs, others.#maxMs);
  }

  get count(): number {
    return this.#histogram.totalCount + this.#lost;
  }

  /** The share that never came. */
  get lostShare(): number {
    return this.count === 0 ? 0 : this.#lost / this.count;
  }

  get maxMs(): number | undefined {
    return this.count === 0 ? undefined : this.#maxMs;
  }

  /** Undefined where fewer than 100 samples lie beyond it; infinite where it was never reached. */
  percentileMs(percent: number): number | undefined {
    // Rounded, because (1 − 0.9) · 1000 is a hair below 100.
    if (Math.round(((100 - percent) / 100) * this.count * 1e6) / 1e6 < samplesBeyond) {
      return undefined;
    }
    const rank = Math.ceil((percent / 100) * this.count);
    const { totalCount } = this.#histogram;
    if (rank > totalCount) return Number.POSITIVE_INFINITY;
    return this.#histogram.getValueAtPercentile((100 * rank) / totalCount) / unitsPerMs;
  }
}
