/** One node's faults in a row: what one lets through, the next one sees. */

import type { Envelope, Fault, FaultContext, FaultWitness, Lies, LieTools } from "./fault.ts";
import type { Millis, NodeId } from "./ids.ts";
import type { Status } from "./machine.ts";
import type { Message, Request, Signed } from "./messages.ts";
import type { Random } from "./random.ts";

// A liar remembers this many signed requests to tell stories with.
const rememberedRequests = 64;

export interface FaultChainOptions<M extends Message> {
  readonly self: NodeId;
  readonly faults: readonly Fault<M>[];
  readonly peers: readonly NodeId[];
  readonly lies: Lies<M>;
  readonly random: Random;
  now(): Millis;
  status(): Status;
  digest(text: string): string;
  seal(message: M): Signed<M>;
}

export class FaultChain<M extends Message> {
  /** Ground truth, one for each fault. */
  readonly witnesses: readonly FaultWitness[];
  readonly #options: FaultChainOptions<M>;
  readonly #requests: Signed<Request>[] = [];
  readonly #tools: LieTools<M>;

  constructor(options: FaultChainOptions<M>) {
    this.#options = options;
    this.#tools = {
      self: options.self,
      digest: (text) => options.digest(text),
      seal: (message) => options.seal(message),
      requests: this.#requests,
    };
    this.witnesses = options.faults.map(({ name }) => ({
      node: options.self,
      fault: name,
      fired: 0,
      roles: new Set<string>(),
    }));
  }

  /** What leaves instead of this envelope. */
  pass(envelope: Envelope<M>): readonly Envelope<M>[] {
    return this.#passFrom(0, [envelope]);
  }

  /** The faults that talk unasked, each with what it says now. */
  talkers(): readonly { readonly everyMs: Millis; talk(): readonly Envelope<M>[] }[] {
    return this.#options.faults.flatMap((fault, index) =>
      fault.everyMs === undefined
        ? []
        : [
            {
              everyMs: fault.everyMs,
              talk: () => this.#passFrom(index + 1, fault.onTick?.(this.#contextOf(index)) ?? []),
            },
          ],
    );
  }

  /** Keeps signed requests that came by: the stuff that stories are made of. */
  remember(signed: Signed<M>): void {
    if (signed.message.kind !== "request") return;
    this.#requests.unshift(signed as unknown as Signed<Request>);
    if (this.#requests.length > rememberedRequests) this.#requests.pop();
  }

  #passFrom(first: number, envelopes: readonly Envelope<M>[]): readonly Envelope<M>[] {
    let leaving = envelopes;
    for (const [index, fault] of this.#options.faults.entries()) {
      if (index < first) continue;
      const context = this.#contextOf(index);
      leaving = leaving.flatMap((envelope) => fault.onSend(envelope, context));
    }
    return leaving;
  }

  #contextOf(index: number): FaultContext<M> {
    const { self, peers, lies, random } = this.#options;
    const { role, view } = this.#options.status();
    const witness = () => {
      const seen = this.witnesses[index];
      if (seen === undefined) return;
      seen.fired += 1;
      seen.roles.add(role);
    };
    const now = this.#options.now();
    return { self, now, random, role, view, peers, lies, tools: this.#tools, witness };
  }
}
