/**
 * Who takes part, and at which node a client lives. Clients have no server of their own: each member
 * is a gateway with some of them, and every process knows from the number of a client where that is.
 */

import type { NodeId } from "../core/ids.ts";
import type { Member } from "../core/protocol.ts";

export interface DirectoryOptions {
  readonly members: readonly Member[];
  /** Clients at each member. */
  readonly lanes: number;
  /** The member whose clients come first: c0, c1, … live there. */
  readonly entry: NodeId;
}

const clientName = /^c(0|[1-9]\d{0,6})$/;

export class Directory {
  readonly members: readonly Member[];
  readonly #ids: readonly NodeId[];
  readonly #known: ReadonlySet<NodeId>;
  readonly #lanes: number;
  readonly #first: number;

  constructor({ members, lanes, entry }: DirectoryOptions) {
    this.members = members;
    this.#ids = members.map(({ id }) => id);
    this.#known = new Set(this.#ids);
    this.#lanes = lanes;
    this.#first = Math.max(0, this.#ids.indexOf(entry));
  }

  /** Whether somebody of this name can take part. */
  knows(id: NodeId): boolean {
    return this.#known.has(id) || this.homeOf(id) !== undefined;
  }

  /** The member whose server hears for this participant. */
  homeOf(id: NodeId): NodeId | undefined {
    if (this.#known.has(id)) return id;
    const [, number] = clientName.exec(id) ?? [];
    if (number === undefined) return undefined;
    const block = Math.floor(Number(number) / this.#lanes);
    if (block >= this.#ids.length) return undefined;
    return this.#ids[(this.#first + block) % this.#ids.length];
  }

  /** The clients that live at this member. */
  clientsAt(member: NodeId): readonly NodeId[] {
    const index = this.#ids.indexOf(member);
    if (index === -1) return [];
    const block = (index - this.#first + this.#ids.length) % this.#ids.length;
    return Array.from({ length: this.#lanes }, (_, lane) => `c${block * this.#lanes + lane}`);
  }
}
