/**
 * Judge: is a history of concurrent operations linearizable? The search of Wing & Gong (1993) with
 * the memory of Lowe (2017): try every operation that could come next, never the same set of
 * operations in the same state twice.
 */

import { assert } from "../core/assert.ts";

/** One operation as its client saw it. Times only need to be ordered. */
export interface Observed<Op> {
  readonly operation: Op;
  readonly calledAt: number;
  /** Undefined when the answer never came: it may take effect at any time after the call, or never. */
  readonly returnedAt: number | undefined;
}

/** What an object does, one operation after the other. */
export interface SequentialModel<State, Op> {
  readonly initial: State;
  /**
   * The state after the operation, or undefined if it could not have answered as it did. An
   * operation without an answer must be possible in every state.
   */
  apply(state: State, operation: Op): State | undefined;
  /** Equal states, equal texts. */
  textOf(state: State): string;
}

/** True if one order of the operations, each at a moment between call and return, explains it. */
export function isLinearizable<State, Op>(
  history: readonly Observed<Op>[],
  model: SequentialModel<State, Op>,
): boolean {
  return new Search(history, model).run();
}

/** The same for histories over many independent objects, such as the keys of a store. */
export function isLinearizablePerKey<State, Op>(
  history: readonly Observed<Op>[],
  keyOf: (operation: Op) => string,
  model: SequentialModel<State, Op>,
): boolean {
  const byKey = new Map<string, Observed<Op>[]>();
  for (const observed of history) {
    const key = keyOf(observed.operation);
    const part = byKey.get(key);
    if (part === undefined) byKey.set(key, [observed]);
    else part.push(observed);
  }
  return [...byKey.values()].every((part) => isLinearizable(part, model));
}

/** A call or a return, in a list that operations are taken out of and put back into. */
interface Entry<Op> {
  readonly operation: Op;
  /** The bit of the operation in the set of those already placed. */
  readonly bit: bigint;
  /** For a call: its return, unless the answer never came. Undefined for a return. */
  readonly answer: Entry<Op> | undefined;
  readonly isCall: boolean;
  before: Entry<Op> | undefined;
  after: Entry<Op> | undefined;
}

interface Placed<State, Op> {
  readonly call: Entry<Op>;
  readonly stateBefore: State;
}

class Search<State, Op> {
  readonly #model: SequentialModel<State, Op>;
  readonly #placed: Placed<State, Op>[] = [];
  /** Which sets of operations were placed before each state, by the state's text. */
  readonly #tried = new Map<string, Set<string>>();
  #first: Entry<Op> | undefined;
  #bits = 0n;
  #state: State;
  /** Answered operations that have no place yet. Those without an answer need none. */
  #unplaced = 0;

  constructor(history: readonly Observed<Op>[], model: SequentialModel<State, Op>) {
    this.#model = model;
    this.#state = model.initial;
    this.#link(history);
  }

  run(): boolean {
    let entry = this.#first;
    while (this.#unplaced > 0) {
      assert(entry !== undefined, "an unplaced operation still has its return in the list");
      if (entry.isCall) {
        entry = this.#place(entry) ? this.#first : entry.after;
      } else {
        // Whatever is to come first must be called before this return: an earlier choice was wrong.
        const last = this.#placed.pop();
        if (last === undefined) return false;
        this.#takeBack(last);
        entry = last.call.after;
      }
    }
    return true;
  }

  #place(call: Entry<Op>): boolean {
    const state = this.#model.apply(this.#state, call.operation);
    if (state === undefined) return false;
    const bits = this.#bits | call.bit;
    // As hex: V8 hashes only the lowest digits of a bigint, and writes powers of two quickly.
    if (!this.#isNew(bits.toString(16), this.#model.textOf(state))) return false;
    this.#placed.push({ call, stateBefore: this.#state });
    this.#state = state;
    this.#bits = bits;
    this.#unlink(call);
    if (call.answer !== undefined) {
      this.#unlink(call.answer);
      this.#unplaced -= 1;
    }
    return true;
  }

  #isNew(bits: string, state: string): boolean {
    const tried = this.#tried.get(state);
    if (tried === undefined) this.#tried.set(state, new Set([bits]));
    else if (tried.has(bits)) return false;
    else tried.add(bits);
    return true;
  }

  #takeBack({ call, stateBefore }: Placed<State, Op>): void {
    this.#state = stateBefore;
    this.#bits &= ~call.bit;
    if (call.answer !== undefined) {
      this.#relink(call.answer);
      this.#unplaced += 1;
    }
    this.#relink(call);
  }

  #unlink(entry: Entry<Op>): void {
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after !== undefined) entry.after.before = entry.before;
  }

  /** Entries come back in the reverse of the order in which they left, so their neighbours fit. */
  #relink(entry: Entry<Op>): void {
    if (entry.before === undefined) this.#first = entry;
    else entry.before.after = entry;
    if (entry.after !== undefined) entry.after.before = entry;
  }

  #link(history: readonly Observed<Op>[]): void {
    const moments = history.flatMap((observed, index) => entriesOf(observed, 1n << BigInt(index)));
    // At equal times calls come first: operations that touch count as concurrent.
    moments.sort((a, b) => a.at - b.at || Number(b.entry.isCall) - Number(a.entry.isCall));
    let last: Entry<Op> | undefined;
    for (const { entry } of moments) {
      entry.before = last;
      if (last === undefined) this.#first = entry;
      else last.after = entry;
      last = entry;
      if (!entry.isCall) this.#unplaced += 1;
    }
  }
}

function entriesOf<Op>(
  { operation, calledAt, returnedAt }: Observed<Op>,
  bit: bigint,
): readonly { readonly at: number; readonly entry: Entry<Op> }[] {
  const free = { operation, bit, before: undefined, after: undefined };
  if (returnedAt === undefined) {
    return [{ at: calledAt, entry: { ...free, isCall: true, answer: undefined } }];
  }
  const answer: Entry<Op> = { ...free, isCall: false, answer: undefined };
  return [
    { at: calledAt, entry: { ...free, isCall: true, answer } },
    { at: returnedAt, entry: answer },
  ];
}
