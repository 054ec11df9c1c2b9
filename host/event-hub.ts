/** What happens at a node, told to whoever watches: a page, or `curl -N`. */

import type { Millis, NodeId } from "../core/ids.ts";

export interface HostEvent {
  /** sent, received, deliver, accept, mark, reject, crash, recover */
  readonly name: string;
  readonly node: NodeId;
  readonly atMs: Millis;
  readonly detail: unknown;
}

type Listener = (event: HostEvent) => void;

export class EventHub {
  readonly #listeners = new Set<Listener>();

  /** Whether anybody looks: events that nobody sees are not even made. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The answer ends it. */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
