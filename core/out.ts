/** Collects the effects of one step, so that a handler reads as what it does. */

import type { Json } from "./encoding.ts";
import type { NodeId } from "./ids.ts";
import type { Acceptance, Delivery, Effect, Mark } from "./machine.ts";
import type { Message, Signed } from "./messages.ts";

export class Out<M extends Message> {
  readonly #effects: Effect<M>[] = [];

  get effects(): readonly Effect<M>[] {
    return this.#effects;
  }

  send(to: NodeId, message: M): void {
    this.#effects.push({ kind: "send", to, message });
  }

  broadcast(to: readonly NodeId[], message: M): void {
    this.#effects.push({ kind: "broadcast", to, message });
  }

  forward(to: NodeId, signed: Signed<M>): void {
    this.#effects.push({ kind: "forward", to, signed });
  }

  startTimer(timer: string, afterMs: number): void {
    this.#effects.push({ kind: "start-timer", timer, afterMs });
  }

  stopTimer(timer: string): void {
    this.#effects.push({ kind: "stop-timer", timer });
  }

  persist(record: Json): void {
    this.#effects.push({ kind: "persist", record });
  }

  deliver(delivery: Delivery): void {
    this.#effects.push({ kind: "deliver", delivery });
  }

  accept(acceptance: Acceptance): void {
    this.#effects.push({ kind: "accept", acceptance });
  }

  mark(mark: Mark): void {
    this.#effects.push({ kind: "mark", mark });
  }

  reject(from: NodeId, objection: string): void {
    this.#effects.push({ kind: "reject", from, objection });
  }
}
