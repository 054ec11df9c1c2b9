/** What is still to happen, earliest first; at equal times in the order in which it was planned. */

import type { Millis } from "../core/ids.ts";

interface Plan {
  readonly at: Millis;
  run(): void;
  /** Neither taken back nor taken out. */
  isOpen: boolean;
}

// Below this it is not worth sweeping.
const fewCancelled = 1024;
// Children of a place. With four the heap is half as deep as with two, and siblings lie side by side.
const width = 4;

/**
 * A heap by (time, number). A large cluster has ten thousands of messages under way: what is compared
 * lies in arrays of its own, so that no plan is touched before its turn.
 */
export class Agenda {
  readonly #times: number[] = [];
  readonly #numbers: number[] = [];
  readonly #plans: Plan[] = [];
  #planned = 0;
  #cancelled = 0;

  get size(): number {
    return this.#plans.length - this.#cancelled;
  }

  /** Places in use, those of plans that were taken back among them. */
  get memory(): number {
    return this.#plans.length;
  }

  /** Nothing takes it back. */
  add(at: Millis, run: () => void): void {
    this.#push({ at, run, isOpen: true });
  }

  /** The answer takes the plan back. */
  plan(at: Millis, run: () => void): () => void {
    const plan: Plan = { at, run, isOpen: true };
    this.#push(plan);
    return () => {
      if (!plan.isOpen) return;
      plan.isOpen = false;
      this.#cancelled += 1;
      this.#sweep();
    };
  }

  /** Takes out the next plan, if there is one at `until` or before. */
  next(until: Millis): { readonly at: Millis; run(): void } | undefined {
    for (;;) {
      const first = this.#plans[0];
      if (first === undefined || first.at > until) return undefined;
      this.#removeFirst();
      if (first.isOpen) {
        first.isOpen = false;
        return first;
      }
      this.#cancelled -= 1;
    }
  }

  #push(plan: Plan): void {
    this.#planned += 1;
    this.#rise(this.#plans.length, plan.at, this.#planned, plan);
  }

  /** Timers are mostly stopped: without this they would pile up until their time comes. */
  #sweep(): void {
    if (this.#cancelled < fewCancelled || this.#cancelled * 2 < this.#plans.length) return;
    let kept = 0;
    for (const [index, plan] of this.#plans.entries()) {
      if (!plan.isOpen) continue;
      // What is kept moves down only: the places that are still to be read stay as they are.
      this.#rise(kept, this.#times[index] ?? 0, this.#numbers[index] ?? 0, plan);
      kept += 1;
    }
    this.#times.length = kept;
    this.#numbers.length = kept;
    this.#plans.length = kept;
    this.#cancelled = 0;
  }

  #removeFirst(): void {
    const at = this.#times.pop();
    const number = this.#numbers.pop();
    const plan = this.#plans.pop();
    if (at === undefined || number === undefined || plan === undefined) return;
    if (this.#plans.length > 0) this.#sink(at, number, plan);
  }

  /** From a place at the end up to where it belongs. */
  #rise(from: number, at: Millis, number: number, plan: Plan): void {
    let index = from;
    while (index > 0) {
      const parent = Math.floor((index - 1) / width);
      if (!this.#isBefore(at, number, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, at, number, plan);
  }

  /**
   * From the first place, which is free, down to where it belongs. It comes from the end, so that is
   * mostly near the end: the free place goes all the way down, and the plan rises from there.
   */
  #sink(at: Millis, number: number, plan: Plan): void {
    const size = this.#plans.length;
    let index = 0;
    for (;;) {
      const first = width * index + 1;
      if (first >= size) break;
      const child = this.#earliest(first, Math.min(first + width, size));
      this.#move(child, index);
      index = child;
    }
    this.#rise(index, at, number, plan);
  }

  #earliest(from: number, until: number): number {
    let earliest = from;
    for (let index = from + 1; index < until; index += 1) {
      const at = this.#times[index] ?? 0;
      if (this.#isBefore(at, this.#numbers[index] ?? 0, earliest)) earliest = index;
    }
    return earliest;
  }

  #isBefore(at: Millis, number: number, index: number): boolean {
    const other = this.#times[index] ?? 0;
    return at < other || (at === other && number < (this.#numbers[index] ?? 0));
  }

  #move(from: number, to: number): void {
    const plan = this.#plans[from];
    if (plan !== undefined) {
      this.#put(to, this.#times[from] ?? 0, this.#numbers[from] ?? 0, plan);
    }
  }

  #put(index: number, at: Millis, number: number, plan: Plan): void {
    this.#times[index] = at;
    this.#numbers[index] = number;
    this.#plans[index] = plan;
  }
}
