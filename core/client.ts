/**
 * The client of every protocol (Castro & Liskov §4.1): asks the leader it believes in, asks everybody
 * when the answer does not come, and accepts a result once enough different nodes vouch for it. What
 * is enough, and whom to ask, is the protocol's rule.
 */

import type { NodeId, Operation, Result } from "./ids.ts";
import type { LogEntry } from "./log.ts";
import type { Effect, Input, Machine } from "./machine.ts";
import type { Message, Request, Signed } from "./messages.ts";
import { requestDigest } from "./messages.ts";
import { Out } from "./out.ts";
import type { ClientSetup } from "./protocol.ts";
import { Votes } from "./votes.ts";

/** One node's word on one request. */
export interface Answer {
  readonly timestamp: number;
  readonly view: number;
  readonly slot: number;
  readonly result: Result;
  /** Whom to ask next, where the view alone does not say. */
  readonly leader?: NodeId;
}

export interface ClientRule<M extends Message> {
  /** Everybody to ask when the leader does not answer. */
  readonly everybody: readonly NodeId[];
  /** Whom to ask first in a view. */
  leaderOf(view: number): NodeId;
  /** How many different nodes must say the same. */
  readonly needed: number;
  /** Where the leader answers for all, nobody else owes a reply until everybody was asked. */
  readonly isLeaderSpokesman?: boolean;
  /** The answer in a message to this client, or why it counts for nothing. */
  readAnswer(signed: Signed<M>): Answer | string;
}

// Requests whose late replies are still counted.
const remembered = 512;
// A client's patience doubles with each try, up to this many times the first.
const longestPatience = 8;

interface Asked {
  readonly request: Request;
  readonly leader: NodeId;
  readonly answers: Votes<Answer>;
  isAccepted: boolean;
  tries: number;
}

/** A client with one request at a time; others wait their turn. */
export function createClient<M extends Message>(
  setup: ClientSetup<M | Request>,
  rule: ClientRule<M | Request>,
): Machine<M | Request> {
  return new Client(setup, rule);
}

class Client<M extends Message> implements Machine<M | Request> {
  readonly #setup: ClientSetup<M | Request>;
  readonly #rule: ClientRule<M | Request>;
  readonly #asked = new Map<number, Asked>();
  readonly #waiting: Operation[] = [];
  #current: Asked | undefined;
  #lastTimestamp: number;
  #view = 0;
  #leader: NodeId;

  constructor(setup: ClientSetup<M | Request>, rule: ClientRule<M | Request>) {
    this.#setup = setup;
    this.#rule = rule;
    this.#lastTimestamp = setup.firstTimestamp - 1;
    this.#leader = rule.leaderOf(0);
  }

  step(input: Input<M | Request>): readonly Effect<M | Request>[] {
    const out = new Out<M | Request>();
    switch (input.kind) {
      case "start":
        break;
      case "request":
        this.#waiting.push(input.operation);
        if (this.#current === undefined) this.#askNext(out);
        break;
      case "message":
        this.#onAnswer(input.signed, out);
        break;
      case "time-out":
        this.#askEverybody(out);
        break;
    }
    return out.effects;
  }

  #askNext(out: Out<M | Request>): void {
    const operation = this.#waiting.shift();
    if (operation === undefined) return;
    this.#lastTimestamp += 1;
    const request: Request = {
      kind: "request",
      operation,
      timestamp: this.#lastTimestamp,
      client: this.#setup.id,
    };
    const leader = this.#leader;
    this.#current = { request, leader, answers: new Votes(), isAccepted: false, tries: 1 };
    this.#asked.set(request.timestamp, this.#current);
    this.#asked.delete(request.timestamp - remembered);
    out.send(leader, request);
    out.startTimer("patience", this.#setup.settings.timeoutMs);
  }

  #askEverybody(out: Out<M | Request>): void {
    if (this.#current === undefined) return;
    out.broadcast(this.#rule.everybody, this.#current.request);
    out.mark({ name: "asked everybody", view: this.#view, slot: this.#current.request.timestamp });
    const patience = Math.min(2 ** this.#current.tries, longestPatience);
    this.#current.tries += 1;
    out.startTimer("patience", patience * this.#setup.settings.timeoutMs);
  }

  #onAnswer(signed: Signed<M | Request>, out: Out<M | Request>): void {
    const answer = this.#rule.readAnswer(signed);
    if (typeof answer === "string") return out.reject(signed.from, answer);
    const asked = this.#asked.get(answer.timestamp);
    if (asked === undefined) return out.reject(signed.from, "reply to another request");
    if (!asked.answers.add(signed.from, answer)) return out.reject(signed.from, "second reply");
    this.#accept(asked, answer, out);
  }

  #accept(asked: Asked, answer: Answer, out: Out<M | Request>): void {
    if (asked !== this.#current) return;
    // Honest nodes agree on the slot, too: a liar who knows the result cannot send us elsewhere.
    const { result, slot } = answer;
    const matching = [...asked.answers.entries()].filter(
      ([, word]) => word.result === result && word.slot === slot,
    );
    if (matching.length < this.#rule.needed) return;
    asked.isAccepted = true;
    this.#current = undefined;
    const { timestamp, operation } = asked.request;
    const from = matching.map(([id]) => id);
    const lowest = lowestOf(
      matching.map(([, word]) => word),
      answer,
    );
    this.#follow(lowest);
    out.stopTimer("patience");
    out.accept({ timestamp, operation, result, view: lowest.view, slot, from });
    this.#askNext(out);
  }

  #follow(lowest: Answer): void {
    if (lowest.view < this.#view) return;
    this.#view = lowest.view;
    this.#leader = lowest.leader ?? this.#rule.leaderOf(lowest.view);
  }

  status() {
    return {
      role: "client",
      view: this.#view,
      slot: this.#lastTimestamp,
      leader: this.#leader,
      waiting: this.#waiting.length + (this.#current === undefined ? 0 : 1),
    };
  }

  /** Slots are timestamps here; votes are the replies, by the digest of their results. */
  log(from: number, to: number): readonly LogEntry[] {
    const { digest } = this.#setup.tools;
    return [...this.#asked.values()]
      .filter(({ request: { timestamp } }) => timestamp >= from && timestamp <= to)
      .map(({ request, leader, answers, isAccepted, tries }) => ({
        slot: request.timestamp,
        view: 0,
        state: isAccepted ? "accepted" : "asked",
        values: [{ digest: "", requests: [requestDigest(request, digest)] }],
        votes: [...answers.entries()].map(([voter, { result }]) => ({
          phase: "reply",
          voter,
          view: 0,
          digest: digest(result),
        })),
        voters: this.#rule.isLeaderSpokesman && tries === 1 ? [leader] : this.#rule.everybody,
      }));
  }
}

/** Of matching answers the one with the lowest view, so that no liar can raise it alone. */
const lowestOf = (matching: readonly Answer[], answer: Answer): Answer =>
  matching.reduce((lowest, next) => (next.view < lowest.view ? next : lowest), answer);
