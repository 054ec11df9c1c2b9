/** How often a node lost its leader, and how long it was without one: for `/metrics` and recovery figures. */

import type { Millis } from "../core/ids.ts";
import type { Effect } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";

/** Marks with which protocols begin to replace a leader, and with which the next one takes over. */
const begins: ReadonlySet<string> = new Set(["view change", "suspected", "campaign"]);
export const ends: ReadonlySet<string> = new Set(["new view", "epoch opened", "leader elected"]);

export interface Moment {
  readonly name: string;
  readonly view: number;
  readonly atMs: Millis;
}

export interface LeaderChangesView {
  /** Times that this node began to replace a leader. */
  readonly begun: number;
  /** Of these, how many came to an end, and how long that took. */
  readonly ended: number;
  readonly totalMs: Millis;
  readonly lastMs: Millis | undefined;
  /** The latest marks of this kind. */
  readonly moments: readonly Moment[];
}

const mostMoments = 64;

export class LeaderChanges {
  #begun = 0;
  #ended = 0;
  #totalMs = 0;
  #lastMs: Millis | undefined;
  #moments: readonly Moment[] = [];
  #view = 0;
  #open: { readonly sinceMs: Millis; readonly view: number } | undefined;

  note(effect: Effect<Message>, atMs: Millis): void {
    if (effect.kind === "mark") this.#mark(effect.mark, atMs);
    if (effect.kind !== "deliver") return;
    // Whoever is not the next leader may hear of it only like this.
    const { view } = effect.delivery;
    if (this.#open !== undefined && view > this.#open.view) this.#end(atMs);
    this.#view = Math.max(this.#view, view);
  }

  /** The node went down: what it was waiting for, nobody waits for any more. */
  stop(): void {
    this.#open = undefined;
  }

  toJSON(): LeaderChangesView {
    const [begun, ended, totalMs, lastMs] = [this.#begun, this.#ended, this.#totalMs, this.#lastMs];
    return { begun, ended, totalMs, lastMs, moments: this.#moments };
  }

  #mark({ name, view }: { readonly name: string; readonly view: number }, atMs: Millis): void {
    const isBegin = begins.has(name);
    if (!isBegin && !ends.has(name)) return;
    this.#moments = [...this.#moments, { name, view, atMs }].slice(-mostMoments);
    if (!isBegin) return this.#end(atMs);
    this.#begun += 1;
    // A second attempt belongs to the first: clients wait from then on.
    this.#open ??= { sinceMs: atMs, view: this.#view };
  }

  #end(atMs: Millis): void {
    if (this.#open === undefined) return;
    this.#lastMs = atMs - this.#open.sinceMs;
    this.#totalMs += this.#lastMs;
    this.#ended += 1;
    this.#open = undefined;
  }
}
