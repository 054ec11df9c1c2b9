/** Messages that come too early, kept for later: bounded for each replica, so that nobody can fill it. */

import type { NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { Commit, PrePrepare, Prepare } from "./messages.ts";

export type Ordering = PrePrepare | Prepare | Commit;

export class Postponed {
  readonly #mostOfEach: number;
  #byReplica = new Map<NodeId, Signed<Ordering>[]>();

  constructor(mostOfEach: number) {
    this.#mostOfEach = mostOfEach;
  }

  /** False if there is no room left for this replica. */
  add(signed: Signed<Ordering>): boolean {
    const kept = this.#byReplica.get(signed.from);
    if (kept === undefined) {
      this.#byReplica.set(signed.from, [signed]);
      return true;
    }
    if (kept.length >= this.#mostOfEach) return false;
    kept.push(signed);
    return true;
  }

  /** Takes out everything, for another try. */
  takeAll(): readonly Signed<Ordering>[] {
    const all = [...this.#byReplica.values()].flat();
    this.#byReplica = new Map();
    return all;
  }

  get size(): number {
    let size = 0;
    for (const kept of this.#byReplica.values()) size += kept.length;
    return size;
  }
}
