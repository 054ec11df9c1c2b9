/**
 * A toy protocol for tests: r0 numbers the requests, everybody executes them in that order. It
 * forgives lost messages and restarts, and no fault of r0.
 */

import { type Answer, createClient } from "../core/client.ts";
import {
  isExactly,
  isMessageOf,
  isReply,
  isRequest,
  isShape,
  isSigned,
  isWholeNumber,
} from "../core/decode.ts";
import type { Json } from "../core/encoding.ts";
import { Executor } from "../core/executor.ts";
import { type NodeId, replicaIds } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Effect, Input, Machine } from "../core/machine.ts";
import {
  type Reply,
  type Request,
  replyText,
  requestDigest,
  requestText,
  type Signed,
} from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup, Protocol } from "../core/protocol.ts";

/** ⟨ORDER, n, m⟩: request m has number n. */
export interface Order {
  readonly kind: "order";
  readonly slot: number;
  readonly request: Signed<Request>;
}

/** ⟨FETCH, n⟩: say again what comes from number n on. */
export interface Fetch {
  readonly kind: "fetch";
  readonly from: number;
}

export type SequencerMessage = Request | Order | Fetch | Reply;

const leader: NodeId = "r0";

export const sequencer: Protocol<SequencerMessage> = {
  name: "sequencer",
  title: "Sequencer",
  faultsTolerated: () => 0,
  nodesFor: (f) => f + 1,
  members: (n) =>
    replicaIds(n).map((id) => ({
      id,
      role: id === leader ? "primary" : "backup",
      isReplica: true,
    })),
  createMember: (setup) => new Replica(setup),
  createClient: (setup) =>
    createClient(setup, {
      everybody: replicaIds(setup.n),
      leaderOf: () => leader,
      needed: 1,
      readAnswer: ({ from, message }) => readAnswer(setup.id, from, message),
    }),
  signedText,
  check: isMessageOf({
    request: isRequest,
    order: isShape<Order>({
      kind: isExactly("order"),
      slot: isWholeNumber,
      request: isSigned(isRequest),
    }),
    fetch: isShape<Fetch>({ kind: isExactly("fetch"), from: isWholeNumber }),
    reply: isReply,
  }),
  kinds: ["request", "order", "fetch", "reply"],
  controlKinds: [],
  votingPhase: "order",
  expectedMessages: (n) => ({ request: 1, order: n - 1, reply: n }),
  lies: {
    corrupt: (message) =>
      message.kind === "reply" ? { ...message, result: '"Corrupt"' } : undefined,
    equivocate: () => undefined,
    forge: () => undefined,
    spam: () => undefined,
  },
};

function signedText(message: SequencerMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "reply":
      return replyText(message);
    case "fetch":
      return `fetch|${message.from}`;
    case "order":
      return `order|${message.slot}|${message.request.signature}|${requestText(message.request.message)}`;
  }
}

function readAnswer(client: NodeId, from: NodeId, message: SequencerMessage): Answer | string {
  if (message.kind !== "reply") return "not a reply";
  if (message.client !== client) return "reply to another client";
  if (message.replica !== from) return "not its own name";
  const { timestamp, view, sequence, result } = message;
  return { timestamp, view, slot: sequence, result };
}

class Replica implements Machine<SequencerMessage> {
  readonly #setup: MemberSetup<SequencerMessage>;
  readonly #executor: Executor;
  readonly #orders: Order[] = [];
  readonly #early = new Map<number, Order>();

  constructor(setup: MemberSetup<SequencerMessage>) {
    this.#setup = setup;
    this.#executor = new Executor(setup.service, (text) => setup.tools.digest(text));
  }

  step(input: Input<SequencerMessage>): readonly Effect<SequencerMessage>[] {
    const out = new Out<SequencerMessage>();
    if (input.kind === "start") {
      for (const record of input.records) this.#execute(record as unknown as Order, out);
    }
    if (input.kind === "message") this.#onMessage(input.signed, out);
    return out.effects;
  }

  #onMessage(signed: Signed<SequencerMessage>, out: Out<SequencerMessage>): void {
    const { from, message } = signed;
    switch (message.kind) {
      case "request":
        if (from !== message.client) return out.reject(from, "not its own name");
        return this.#onRequest({ ...signed, message }, out);
      case "order":
        if (from !== leader) return out.reject(from, "not the primary");
        return this.#onOrder(message, out);
      case "fetch":
        for (const order of this.#orders.slice(message.from - 1)) out.send(from, order);
        return;
      case "reply":
        return out.reject(from, "not for replicas");
    }
  }

  #onRequest(request: Signed<Request>, out: Out<SequencerMessage>): void {
    const { id, n, tools } = this.#setup;
    if (this.#executor.isOld(request.message)) return this.#answer(request.message, out);
    if (id !== leader) {
      out.forward(leader, request);
      return this.#fetch(out);
    }
    if (!tools.isAuthentic(request)) return out.reject(request.from, "bad signature");
    const order: Order = { kind: "order", slot: this.#executor.slot + 1, request };
    out.persist(order as unknown as Json);
    out.broadcast(
      replicaIds(n).filter((peer) => peer !== id),
      order,
    );
    this.#execute(order, out);
  }

  #onOrder(order: Order, out: Out<SequencerMessage>): void {
    if (order.slot <= this.#executor.slot) return;
    if (!this.#setup.tools.isAuthentic(order.request)) return out.reject(leader, "bad request");
    this.#early.set(order.slot, order);
    if (order.slot > this.#executor.slot + 1) this.#fetch(out);
    for (;;) {
      const next = this.#early.get(this.#executor.slot + 1);
      if (next === undefined) return;
      this.#early.delete(next.slot);
      this.#execute(next, out);
    }
  }

  #fetch(out: Out<SequencerMessage>): void {
    out.send(leader, { kind: "fetch", from: this.#executor.slot + 1 });
  }

  #execute(order: Order, out: Out<SequencerMessage>): void {
    const { message } = order.request;
    this.#orders.push(order);
    const digest = requestDigest(message, (text) => this.#setup.tools.digest(text));
    out.deliver(this.#executor.execute(order.slot, 0, digest, [message]));
    this.#answer(message, out);
  }

  #answer({ client, timestamp }: Request, out: Out<SequencerMessage>): void {
    const last = this.#executor.lastReply(client);
    if (last === undefined || last.timestamp !== timestamp) return;
    const { slot: sequence, result } = last;
    const replica = this.#setup.id;
    out.send(client, { kind: "reply", view: 0, sequence, timestamp, client, replica, result });
  }

  status() {
    const role = this.#setup.id === leader ? "primary" : "backup";
    return { role, view: 0, slot: this.#executor.slot };
  }

  log(from: number, to: number): readonly LogEntry[] {
    return this.#orders
      .filter(({ slot }) => slot >= from && slot <= to)
      .map(({ slot, request }) => {
        const digest = requestDigest(request.message, (text) => this.#setup.tools.digest(text));
        return {
          slot,
          view: 0,
          state: "executed",
          values: [{ digest, requests: [digest] }],
          votes: [{ phase: "order", voter: leader, view: 0, digest }],
          voters: [leader],
        };
      });
  }
}
