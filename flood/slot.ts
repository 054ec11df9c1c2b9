/** What one node heard about one request. Bounded: one word for each author and teller. */

import type { Digest, NodeId } from "../core/ids.ts";
import type { Request } from "../core/messages.ts";

/** Where each member stands, the commander first. */
export type Places = ReadonlyMap<NodeId, number>;

/** `teller` said that `author` said that the commander said this. */
export interface Word {
  readonly author: NodeId;
  readonly teller: NodeId;
  readonly value: Digest;
}

export class Slot {
  readonly sequence: number;
  /** What the commander said; at the commander, what the client said. */
  proposed: Digest | undefined;
  /** The request that the commander has not answered yet. */
  unanswered: Request | undefined;
  /** How many words of others came. */
  heard = 0;
  /** How many turns the commander has waited since the last of them. */
  quietTurns = 0;
  readonly #places: Places;
  readonly #values: Digest[] = [];
  // Row: author; column: teller; cell: one more than the index of the value, 0 for nothing yet.
  readonly #words: Uint16Array;

  constructor(sequence: number, places: Places) {
    this.sequence = sequence;
    this.#places = places;
    this.#words = new Uint16Array(places.size ** 2);
  }

  /** All values that were named here, in the order in which they came. */
  get values(): readonly Digest[] {
    return this.#values;
  }

  has(author: NodeId, teller: NodeId): boolean {
    return (this.#words[this.#cellOf(author, teller)] ?? 0) !== 0;
  }

  /** For members only, and for the first that the teller tells of this author. */
  add({ author, teller, value }: Word): void {
    this.#words[this.#cellOf(author, teller)] = this.see(value) + 1;
  }

  /** Notes a value; the answer is its index. */
  see(value: Digest): number {
    const index = this.#values.indexOf(value);
    return index === -1 ? this.#values.push(value) - 1 : index;
  }

  words(): readonly Word[] {
    const members = [...this.#places.keys()];
    const cells = members.flatMap((author) => members.map((teller) => ({ author, teller })));
    return cells.flatMap(({ author, teller }) => {
      const value = this.#values[(this.#words[this.#cellOf(author, teller)] ?? 0) - 1];
      return value === undefined ? [] : [{ author, teller, value }];
    });
  }

  #cellOf(author: NodeId, teller: NodeId): number {
    const [row, column] = [this.#places.get(author), this.#places.get(teller)];
    return row === undefined || column === undefined ? -1 : row * this.#places.size + column;
  }
}
