/** Faults that somebody adds to a node while it runs: `POST /control/fault`. */

import type { Envelope, Fault, FaultContext } from "../core/fault.ts";
import type { Millis } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";

// How often faults that talk unasked are looked after.
const tickMs = 50;

/** One place in a node's chain that holds as many faults as are put there. */
export class InjectedFaults implements Fault<Message> {
  readonly name = "injected";
  readonly everyMs: Millis = tickMs;
  readonly #faults: Fault<Message>[] = [];
  readonly #talkedMs = new Map<Fault<Message>, Millis>();

  get names(): readonly string[] {
    return this.#faults.map(({ name }) => name);
  }

  add(...faults: readonly Fault<Message>[]): void {
    this.#faults.push(...faults);
  }

  onSend(
    envelope: Envelope<Message>,
    context: FaultContext<Message>,
  ): readonly Envelope<Message>[] {
    return this.#passFrom(0, [envelope], context);
  }

  onTick(context: FaultContext<Message>): readonly Envelope<Message>[] {
    return this.#faults.flatMap((fault, index) => {
      const { everyMs = Infinity } = fault;
      const last = this.#talkedMs.get(fault) ?? context.now;
      if (!this.#talkedMs.has(fault)) this.#talkedMs.set(fault, last);
      if (context.now - last < everyMs) return [];
      this.#talkedMs.set(fault, context.now);
      return this.#passFrom(index + 1, fault.onTick?.(context) ?? [], context);
    });
  }

  #passFrom(
    first: number,
    envelopes: readonly Envelope<Message>[],
    context: FaultContext<Message>,
  ): readonly Envelope<Message>[] {
    return this.#faults
      .slice(first)
      .reduce((leaving, fault) => leaving.flatMap((one) => fault.onSend(one, context)), envelopes);
  }
}
