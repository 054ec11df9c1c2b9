/** A member of a domain as its neighbours know it: the protocol's own machine, and the names around it. */

import { unreachable } from "../core/assert.ts";
import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Delivery, Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import type { MemberSetup, Protocol } from "../core/protocol.ts";
import { heightOf, ordererOf, slotOf } from "./heights.ts";
import type { DomainMessage, Scoped } from "./messages.ts";
import { createOrdering } from "./ordering.ts";
import type { Scope } from "./scope.ts";

/** Of a machine that took over the state of its domain; the common ledger has no such jumps. */
const jumpMark = "state transferred";

// Timers of the protocol inside, apart from those of the ledger.
const timerPrefix = "inside ";

export interface InsideListener {
  /** The domain decided a slot. */
  decided(delivery: Delivery): void;
  /** This member passed over everything up to this slot. */
  jumped(slot: number): void;
}

export class Inside<M extends Message> {
  readonly #machine: Machine<M>;
  readonly #scope: Scope<M>;
  readonly #count: number;
  readonly #answerKind: string;

  constructor(
    inner: Protocol<M>,
    {
      setup,
      scope,
      count,
    }: {
      readonly setup: MemberSetup<DomainMessage<M>>;
      readonly scope: Scope<M>;
      readonly count: number;
    },
  ) {
    const id = scope.inside(setup.id) ?? setup.id;
    const { n, f } = scope.domain;
    const { settings } = setup;
    const tools = scope.tools(id);
    this.#scope = scope;
    this.#count = count;
    this.#answerKind = inner.finality?.answerKind ?? "";
    this.#machine = inner.createMember({ id, n, f, settings, tools, service: createOrdering() });
  }

  start(records: readonly Json[], lost: Extract<Input<M>, { kind: "start" }>["lost"]): Input<M> {
    return { kind: "start", records, ...(lost === undefined ? {} : { lost }) };
  }

  /** A message of the domain, or the objection to it. */
  received(signed: Signed<Scoped<M>>): Input<M> | string {
    if (signed.message.domain !== this.#scope.domain.index) return "of another domain";
    const inner = this.#scope.unwrap(signed);
    return inner === undefined ? "not of this domain" : { kind: "message", signed: inner };
  }

  timer(name: string): Input<M> | undefined {
    if (!name.startsWith(timerPrefix)) return undefined;
    return { kind: "time-out", timer: name.slice(timerPrefix.length) };
  }

  step(input: Input<M>, now: Millis, out: Out<DomainMessage<M>>, listener: InsideListener): void {
    for (const effect of this.#machine.step(input, now)) this.#carryOut(effect, out, listener);
  }

  #carryOut(effect: Effect<M>, out: Out<DomainMessage<M>>, listener: InsideListener): void {
    switch (effect.kind) {
      case "send":
        return this.#send(effect.to, effect.message, out);
      case "broadcast":
        return out.broadcast(this.#outsideOf(effect.to), this.#scope.wrap(effect.message));
      case "forward":
        return this.#forward(effect.to, effect.signed, out);
      case "start-timer":
        return out.startTimer(`${timerPrefix}${effect.timer}`, effect.afterMs);
      case "stop-timer":
        return out.stopTimer(`${timerPrefix}${effect.timer}`);
      case "persist":
        return out.persist({ inside: effect.record });
      case "deliver":
        return listener.decided(effect.delivery);
      case "mark":
        return this.#mark(effect.mark, out, listener);
      case "reject":
        return out.reject(this.#scope.outside(effect.from) ?? effect.from, effect.objection);
      case "accept":
        return;
      default:
        unreachable(effect);
    }
  }

  /** Order alone is no answer: clients hear from the ledger. */
  #send(to: NodeId, message: M, out: Out<DomainMessage<M>>): void {
    if (message.kind === this.#answerKind) {
      if (!this.#scope.domain.outside.has(to)) return;
    }
    const receiver = this.#scope.outside(to);
    if (receiver !== undefined) out.send(receiver, this.#scope.wrap(message));
  }

  #forward(to: NodeId, signed: Signed<M>, out: Out<DomainMessage<M>>): void {
    const receiver = this.#scope.outside(to);
    const outer = this.#scope.rewrap(signed);
    if (receiver !== undefined && outer !== undefined) out.forward(receiver, outer);
  }

  #mark(
    mark: Extract<Effect<M>, { kind: "mark" }>["mark"],
    out: Out<DomainMessage<M>>,
    listener: InsideListener,
  ): void {
    const { slot, ...rest } = mark;
    const place = slot === undefined ? {} : { slot: this.#heightOf(slot) };
    if (mark.name !== jumpMark) return out.mark({ ...rest, ...place });
    out.mark({ ...rest, ...place, name: "domain state transferred" });
    if (slot !== undefined) listener.jumped(slot);
  }

  #outsideOf(ids: readonly NodeId[]): readonly NodeId[] {
    return ids.flatMap((id) => this.#scope.outside(id) ?? []);
  }

  #heightOf(slot: number): number {
    return heightOf(slot, this.#scope.domain.index, this.#count);
  }

  finished(slot: number): M | undefined {
    return this.#machine.finished?.(slot);
  }

  /** Wherever it names a node, by the name that all know. */
  status(): Status {
    const { role, view, slot, ...more } = this.#machine.status();
    return { role, view, slot, ...this.#named(more) };
  }

  #named(row: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
    const { outside } = this.#scope.domain;
    const nameOf = (value: Json): Json =>
      typeof value === "string" ? (outside.get(value) ?? value) : value;
    return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, nameOf(value)]));
  }

  /** The log of this domain's slots, under heights and the names that nodes have outside. */
  log(from: number, to: number): readonly LogEntry[] {
    const { index } = this.#scope.domain;
    const inRange = this.#machine.log(
      Math.max(1, slotOf(Math.max(1, from), this.#count)),
      slotOf(Math.max(1, to), this.#count),
    );
    const name = (id: NodeId): NodeId => this.#scope.outside(id) ?? id;
    return inRange
      .map((entry) => ({
        ...entry,
        slot: heightOf(entry.slot, index, this.#count),
        votes: entry.votes.map((vote) => ({ ...vote, voter: name(vote.voter) })),
        voters: entry.voters.map(name),
        ...(entry.notes === undefined
          ? {}
          : { notes: entry.notes.map((note) => this.#named(note)) }),
      }))
      .filter(({ slot }) => slot >= from && slot <= to && ordererOf(slot, this.#count) === index);
  }
}
