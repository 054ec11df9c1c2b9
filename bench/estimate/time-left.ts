/** How long a run takes: guessed before it begins, and better known with each repetition that ends. */

import type { Millis } from "../../core/ids.ts";
import type { Cell } from "../cell.ts";
import { delayOf } from "../crossing/places.ts";
import { mostFaulty } from "../expectations.ts";
import { protocolNamed } from "../protocols.ts";

/** Runs that take longer are announced. */
export const longRunMs: Millis = 60_000;

// What two cores of our day need; a wrong guess is put right by the first repetitions.
const startMs = 150;
const startOfProcessMs = 600;
const messageMs = { http: 0.35, memory: 0.1, simulated: 0.03 } as const;
const usualWarmUpMs: Millis = 2500;

/** A guess for one repetition of a cell. */
export function guessMs(cell: Cell): Millis {
  const { n, transport, place, durationMs, requests, rate, warmup } = cell;
  const begin = place === "processes" ? n * startOfProcessMs : startMs;
  const expected = protocolNamed(cell.protocol).expectedMessages(n);
  // Each kind of message is a step that waits for the one before it; virtual time is for nothing.
  const steps = Object.keys(expected).length;
  const waitMs = transport === "simulated" ? 0 : steps * (delayOf(cell.network) ?? 0);
  const messages = Object.values(expected).reduce((sum, count) => sum + count, 0);
  const perRequest = messageMs[transport] * messages + waitMs;
  const each = rate === 0 || transport === "simulated" ? perRequest : 1000 / rate;
  const isVirtual = transport === "simulated";
  const measured = durationMs !== undefined && !isVirtual ? durationMs : requests * each;
  const warmUp = warmup === "steady" ? (isVirtual ? 0 : usualWarmUpMs) : warmup * each;
  return begin + warmUp + measured + (stalls(cell) && !isVirtual ? cell.patienceMs : 0);
}

/** With more faults than it tolerates, a protocol usually waits in vain. */
const stalls = (cell: Cell): boolean => mostFaulty(cell) > cell.f;

export class TimeLeft {
  readonly #waiting: Map<Cell, number>;
  readonly #tookMs = new Map<Cell, Millis[]>();
  #guessedMs = 0;
  #measuredMs = 0;

  constructor(plan: readonly { readonly cell: Cell }[]) {
    this.#waiting = new Map();
    for (const { cell } of plan) this.#waiting.set(cell, (this.#waiting.get(cell) ?? 0) + 1);
  }

  /** A repetition ended, after so long. */
  done(cell: Cell, tookMs: Millis): void {
    this.leaveOut(cell);
    this.#tookMs.set(cell, [...(this.#tookMs.get(cell) ?? []), tookMs]);
    this.#guessedMs += guessMs(cell);
    this.#measuredMs += tookMs;
  }

  /** A repetition is not run, because it is there already or has nothing to tell. */
  leaveOut(cell: Cell): void {
    this.#waiting.set(cell, Math.max(0, (this.#waiting.get(cell) ?? 0) - 1));
  }

  /** Cells that ran take as long again; the others what was guessed, as wrong as guesses were so far. */
  get leftMs(): Millis {
    const wrong = this.#guessedMs === 0 ? 1 : this.#measuredMs / this.#guessedMs;
    return [...this.#waiting].reduce((sum, [cell, waiting]) => {
      const took = this.#tookMs.get(cell);
      const each =
        took === undefined
          ? wrong * guessMs(cell)
          : took.reduce((total, one) => total + one, 0) / took.length;
      return sum + waiting * each;
    }, 0);
  }
}

/** `40 s`, `12 min`, `1 h 5 min`: a guess has no more digits. */
export function timeWords(ms: Millis): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
