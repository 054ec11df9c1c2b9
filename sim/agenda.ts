/** What is still to happen, earliest first; at equal times in the order in which it was planned. */

import type { Millis } from "../core/ids.ts";

interface Plan {
  readonly at: Millis;
  readonly number: number;
  run: (() => void) | undefined;
}

// Below this it is not worth sweeping.
const fewCancelled = 1024;

/** A binary heap by (time, number). */
export class Agenda {
  readonly #heap: Plan[] = [];
  #planned = 0;
  #cancelled = 0;

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** Places in use, those of plans that were taken back among them. */
  get memory(): number {
    return this.#heap.length;
  }

  /** Nothing takes it back. */
  add(at: Millis, run: () => void): void {
    this.#push({ at, number: this.#planned, run });
  }

  /** The answer takes the plan back. */
  plan(at: Millis, run: () => void): () => void {
    const plan: Plan = { at, number: this.#planned, run };
    this.#push(plan);
    return () => {
      if (plan.run === undefined) return;
      plan.run = undefined;
      this.#cancelled += 1;
      this.#sweep();
    };
  }

  /** Takes out the next plan, if there is one at `until` or before. */
  next(until: Millis): { readonly at: Millis; run(): void } | undefined {
    for (;;) {
      const first = this.#heap[0];
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

  #push(plan: Plan): void {
    this.#planned += 1;
    this.#heap.push(plan);
    this.#rise(plan);
  }

  /** Timers are mostly stopped: without this they would pile up until their time comes. */
  #sweep(): void {
    if (this.#cancelled < fewCancelled || this.#cancelled * 2 < this.#heap.length) return;
    const left = this.#heap.filter(({ run }) => run !== undefined);
    this.#heap.length = 0;
    this.#cancelled = 0;
    for (const plan of left) {
      this.#heap.push(plan);
      this.#rise(plan);
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  /** From the last place up to where it belongs. */
  #rise(plan: Plan): void {
    let index = this.#heap.length - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(plan, parent)) break;
      this.#heap[index] = parent;
      index = above;
    }
    this.#heap[index] = plan;
  }

  /** From the first place, which is free, down to where it belongs. */
  #sink(plan: Plan): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const isOtherFirst = other !== undefined && isBefore(other, one);
      const child = isOtherFirst ? other : one;
      if (!isBefore(child, plan)) break;
      heap[index] = child;
      index = isOtherFirst ? left + 1 : left;
    }
    heap[index] = plan;
  }
}

const isBefore = (a: Plan, b: Plan): boolean =>
  a.at < b.at || (a.at === b.at && a.number < b.number);
