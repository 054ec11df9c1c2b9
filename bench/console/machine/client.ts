/**
 * The client in the hands of an operator: the house's client, which asks every replica at once, so that
 * a request reaches the leader whoever that is, and which can take a request back that f + 1 replicas
 * say cannot be ordered.
 */

import { canonical, type Json } from "../../../core/encoding.ts";
import { type NodeId, type Operation, type Result, replicaIds } from "../../../core/ids.ts";
import type { LogEntry } from "../../../core/log.ts";
import type { Effect, Input, Machine, Status } from "../../../core/machine.ts";
import type { Reply, Signed } from "../../../core/messages.ts";
import { Out } from "../../../core/out.ts";
import type { ClientSetup } from "../../../core/protocol.ts";
import { weakQuorumOf } from "../../../core/quorum.ts";
import { createPbftClient } from "../../../pbft/client.ts";
import type { PbftMessage } from "../../../pbft/messages.ts";
import { tell } from "./notices.ts";
import { readOrder } from "./orders.ts";
import type { Abort, ConsoleMessage, Transaction } from "./side-messages.ts";

type Sending = Out<ConsoleMessage>;

// How long a client waits before it asks again. Operators take their time.
const patienceMs = 10_000;

/** One transaction, from its request to its replies. */
interface Asked {
  readonly timestamp: number;
  /** As it was typed. */
  readonly operation: Operation;
  /** As it was sent. */
  readonly sent: Operation;
  readonly replies: Map<NodeId, Result>;
  /** Who says that it cannot be ordered. */
  readonly aborts: Set<NodeId>;
  outcome: "asked" | "accepted" | "withdrawn";
}

export class OperatedClient implements Machine<ConsoleMessage> {
  readonly #setup: ClientSetup<ConsoleMessage>;
  readonly #replicas: readonly NodeId[];
  readonly #asked: Asked[] = [];
  readonly #waiting: Operation[] = [];
  #client: Machine<PbftMessage>;
  #timestamp: number;
  #now = 0;

  constructor(setup: ClientSetup<ConsoleMessage>) {
    this.#setup = setup;
    this.#replicas = replicaIds(setup.n);
    this.#timestamp = setup.firstTimestamp;
    this.#client = this.#createClient();
  }

  step(input: Input<ConsoleMessage>, now: number): readonly Effect<ConsoleMessage>[] {
    this.#now = now;
    const out = new Out<ConsoleMessage>();
    switch (input.kind) {
      case "start":
        break;
      case "request":
        this.#obey(input.operation, out);
        break;
      case "message":
        this.#receive(input.signed, out);
        break;
      case "time-out":
        this.#drive(input, out);
        break;
    }
    return out.effects;
  }

  status(): Status {
    const transactions = this.#asked.map(({ operation, outcome, replies }) => ({
      operation,
      outcome,
      replies: replies.size,
      result: [...replies.values()].at(-1) ?? null,
    }));
    return { ...this.#client.status(), transactions, queued: this.#waiting.length };
  }

  log(from: number, to: number): readonly LogEntry[] {
    return this.#client.log(from, to);
  }

  #createClient(): Machine<PbftMessage> {
    const settings = { ...this.#setup.settings, timeoutMs: patienceMs };
    const setup = { ...this.#setup, settings, firstTimestamp: this.#timestamp };
    // The client only ever hands its own kinds of messages to its tools.
    return createPbftClient(setup as unknown as ClientSetup<PbftMessage>);
  }

  get #current(): Asked | undefined {
    return this.#asked.find(({ outcome }) => outcome === "asked");
  }

  #obey(text: Operation, out: Sending): void {
    const order = readOrder(text);
    if (order.order === "transaction") this.#take(order.operation, undefined, out);
  }

  #receive(signed: Signed<ConsoleMessage>, out: Sending): void {
    const { message, from } = signed;
    if (message.kind === "transaction") return this.#onTransaction(from, message, out);
    if (message.kind === "abort") return this.#onAbort(from, message, out);
    if (message.kind === "report" || message.kind === "report-request") {
      return out.reject(from, "not for a client");
    }
    const isCounted = this.#drive({ kind: "message", signed: signed as Signed<PbftMessage> }, out);
    if (message.kind === "reply" && isCounted) this.#onReply(from, message, out);
  }

  /** A leader's operator typed it: only the client's signature makes it a request. */
  #onTransaction(from: NodeId, { operation, replica }: Transaction, out: Sending): void {
    if (replica !== from || !this.#replicas.includes(from)) {
      return out.reject(from, "not its own name");
    }
    this.#take(operation, from, out);
  }

  #take(operation: Operation, from: NodeId | undefined, out: Sending): void {
    tell(out, { view: 0, slot: 0 }, { kind: "request", operation, from });
    this.#waiting.push(operation);
    if (this.#current === undefined) this.#askNext(out);
    else tell(out, { view: 0, slot: 0 }, { kind: "queued", operation });
  }

  #askNext(out: Sending): void {
    const operation = this.#waiting.shift();
    if (operation !== undefined) this.#ask(operation, numbered(operation, this.#timestamp), out);
  }

  /** Asks everybody at once: whoever leads is among them. */
  #ask(operation: Operation, sent: Operation, out: Sending): void {
    const timestamp = this.#timestamp;
    this.#timestamp += 1;
    const [replies, aborts] = [new Map<NodeId, Result>(), new Set<NodeId>()];
    this.#asked.push({ timestamp, operation, sent, replies, aborts, outcome: "asked" });
    this.#client.step({ kind: "request", operation: sent }, this.#now);
    this.#drive({ kind: "time-out", timer: "patience" }, out);
  }

  /** False if the client refused what it was given. */
  #drive(input: Input<PbftMessage>, out: Sending): boolean {
    const effects = this.#client.step(input, this.#now);
    for (const effect of effects) {
      if (effect.kind === "broadcast") out.broadcast(effect.to, effect.message);
      else if (effect.kind === "send") out.send(effect.to, effect.message);
      else if (effect.kind === "start-timer") out.startTimer(effect.timer, effect.afterMs);
      else if (effect.kind === "stop-timer") out.stopTimer(effect.timer);
      else if (effect.kind === "accept") out.accept(effect.acceptance);
      else if (effect.kind === "reject") out.reject(effect.from, effect.objection);
    }
    return !effects.some(({ kind }) => kind === "reject");
  }

  #onReply(from: NodeId, { timestamp, result }: Reply, out: Sending): void {
    const asked = this.#asked.find((one) => one.timestamp === timestamp);
    if (asked === undefined) return;
    asked.replies.set(from, result);
    const count = asked.replies.size;
    const matching = [...asked.replies.values()].filter((one) => one === result).length;
    const threshold = weakQuorumOf(this.#setup.f);
    const { operation } = asked;
    const of = this.#replicas.length;
    tell(out, { view: 0, slot: 0 }, { kind: "reply", result, count, of, threshold, operation });
    if (asked.outcome !== "asked" || matching < threshold) return;
    asked.outcome = "accepted";
    this.#askNext(out);
  }

  /** One replica may lie, f + 1 cannot all. */
  #onAbort(from: NodeId, { timestamp, client, replica }: Abort, out: Sending): void {
    if (replica !== from || !this.#replicas.includes(from)) {
      return out.reject(from, "not its own name");
    }
    const current = this.#current;
    if (client !== this.#setup.id || current?.timestamp !== timestamp) {
      return out.reject(from, "nothing to abort there");
    }
    current.aborts.add(from);
    if (current.aborts.size < weakQuorumOf(this.#setup.f)) return;
    current.outcome = "withdrawn";
    tell(out, { view: 0, slot: 0 }, { kind: "withdrawn", operation: current.operation });
    // A client waits for one request at a time: this one starts afresh above the old one's timestamp.
    this.#client = this.#createClient();
    const withdrawal = canonical({ op: "abort", transaction: current.sent });
    this.#ask(withdrawal, withdrawal, out);
  }
}

/** Two equal transactions are two transactions. */
function numbered(operation: Operation, number: number): Operation {
  return canonical({ ...(JSON.parse(operation) as { readonly [field: string]: Json }), number });
}
