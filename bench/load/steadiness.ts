/** Whether a warm-up has settled: the last two fifths of it must be alike. */

import type { Millis } from "../../core/ids.ts";
import { medianOf } from "../statistics/median.ts";

/** Medians of two fifths may differ by this share. */
const tolerance = 0.05;
/** Who has not settled by then does not. */
export const mostWarmUpMs: Millis = 30_000;
const leastWarmUpMs: Millis = 1000;
/** Fewer requests in a fifth tell nothing. */
const fewestInFifth = 10;
// Looked at again after so much more of the warm-up, as each look goes through all of it.
const nextLook = 1.1;

export class Steadiness {
  readonly #samples: { readonly atMs: Millis; readonly latencyMs: Millis }[] = [];
  #nextLookMs = leastWarmUpMs;
  #isSteady = false;

  /** From the first look on at which it was. */
  get isSteady(): boolean {
    return this.#isSteady;
  }

  /** A request was answered, so long after the warm-up began; what never came took for ever. */
  settled(atMs: Millis, latencyMs: Millis): void {
    this.#samples.push({ atMs, latencyMs });
    if (this.#isSteady || atMs < this.#nextLookMs) return;
    this.#nextLookMs = atMs * nextLook;
    this.#isSteady = this.#agreesAt(atMs);
  }

  #agreesAt(nowMs: Millis): boolean {
    const fifth = nowMs / 5;
    const earlier = this.#between(3 * fifth, 4 * fifth);
    const later = this.#between(4 * fifth, Number.POSITIVE_INFINITY);
    if (Math.min(earlier.length, later.length) < fewestInFifth) return false;
    const [before, after] = [medianOf(earlier), medianOf(later)];
    if (before === undefined || after === undefined || !Number.isFinite(after)) return false;
    return Math.abs(after - before) <= tolerance * before;
  }

  #between(fromMs: Millis, untilMs: Millis): readonly Millis[] {
    return this.#samples
      .filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
      .map(({ latencyMs }) => latencyMs);
  }
}
