/** What is still to happen, earliest first; at equal times in the order in which it was planned. */

import type { Millis } from "../core/ids.ts";

interface Plan {
  readonly at: Millis;
  readonly number: number;
  run: (() => void) | undefined;
}

/** A binary heap by (time, number). */
export class Agenda {
  readonly #heap: Plan[] = [];
  #planned = 0;
  #cancelled = 0;

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** The answer takes the plan back. */
  plan(at: Millis, run: () => void): () => void {
    const plan: Plan = { at, number: this.#planned, run };
    this.#planned += 1;
    this.#heap.push(plan);
    this.#rise(this.#heap.length - 1);
    return () => {
      if (plan.run !== undefined) this.#cancelled += 1;
      plan.run = undefined;
    };
  }

  /** Takes out the next plan, if there is one at `until` or before. */
  next(until: Millis): { readonly at: Millis; run(): void } | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.at > until) return undefined;
      this.#removeFirst();
      const { run } = first;
      if (run !== undefined) {
        first.run = undefined;
        return { at: first.at, run };
      }
      this.#cancelled -= 1;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (this.#isBefore(left, first)) first = left;
      if (this.#isBefore(right, first)) first = right;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.number < second.number);
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
