/** A list that forgets its oldest items, and still counts them. */

// Old ones are dropped many at a time, so that a long list is not moved for each new one.
const slack = 1024;

export class Recent<T> {
  readonly #most: number;
  #items: T[] = [];
  #forgotten = 0;

  /** Keeps at least the last `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    this.#items.push(item);
    const surplus = this.#items.length - this.#most;
    if (surplus < slack) return;
    this.#items = this.#items.slice(surplus);
    this.#forgotten += surplus;
  }

  /** All but the first `count` that ever were, as far as they are kept. */
  after(count: number): readonly T[] {
    return this.#items.slice(Math.max(0, count - this.#forgotten));
  }
}
