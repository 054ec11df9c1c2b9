/** One client of a simulated cluster: runs one operation at a time, in virtual time. */

import type { Millis, NodeId, Operation } from "../../core/ids.ts";
import type { Acceptance } from "../../core/machine.ts";
import { type Message, type Request, requestDigest } from "../../core/messages.ts";
import { hash128 } from "../../sim/hash.ts";
import type { Outcome } from "../cluster.ts";
import { failedOutcome } from "./outcome.ts";

interface Running {
  readonly operation: Operation;
  readonly startMs: Millis;
  readonly deadlineMs: Millis;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
  /** What was sent for it, and when. */
  sent: { readonly request: Request; readonly atMs: Millis } | undefined;
  answer: { readonly acceptance: Acceptance; readonly atMs: Millis } | undefined;
}

export interface SimulatedClientOptions {
  readonly id: NodeId;
  now(): Millis;
  request(operation: Operation): void;
  /** Begins its next life: whoever waits for what was given up would never look at the next one. */
  restart(): void;
}

export class SimulatedClient {
  readonly id: NodeId;
  readonly #options: SimulatedClientOptions;
  #running: Running | undefined;
  #isStuck = false;

  constructor(options: SimulatedClientOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Until when it waits; undefined when it waits for nothing. */
  get deadlineMs(): Millis | undefined {
    return this.#running?.deadlineMs;
  }

  /** To the operation's acceptance, or until patience is over. */
  run(operation: Operation, patienceMs: Millis): Promise<Outcome> {
    if (this.#running !== undefined) {
      const why = `${this.id} has one request at a time`;
      return Promise.resolve(failedOutcome("refused", this.id, 0, why));
    }
    if (this.#isStuck) this.#options.restart();
    this.#isStuck = false;
    const startMs = this.#options.now();
    const deadlineMs = startMs + patienceMs;
    return new Promise((resolve, reject) => {
      const [sent, answer] = [undefined, undefined];
      this.#running = { operation, startMs, deadlineMs, resolve, reject, sent, answer };
      this.#options.request(operation);
    });
  }

  onSent(message: Message, atMs: Millis): void {
    if (this.#running === undefined || this.#running.sent !== undefined) return;
    if (!isRequest(message) || message.operation !== this.#running.operation) return;
    this.#running.sent = { request: message, atMs };
  }

  /** True if this ends what runs. */
  onAccepted(acceptance: Acceptance, atMs: Millis): boolean {
    const running = this.#running;
    if (running?.sent?.request.timestamp !== acceptance.timestamp) return false;
    running.answer = { acceptance, atMs };
    return true;
  }

  /** Tells the submitter once there is an answer, or none in time. */
  settle(): void {
    const running = this.#running;
    if (running === undefined) return;
    if (running.answer === undefined && this.#options.now() < running.deadlineMs) return;
    this.#running = undefined;
    this.#isStuck = running.answer === undefined;
    running.resolve(outcomeOf(this.id, running));
  }

  giveUp(why: string): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    const latencyMs = this.#options.now() - running.startMs;
    running.resolve(failedOutcome("timeout", this.id, latencyMs, why));
  }

  /** The simulation itself broke down. */
  fail(error: unknown): void {
    const running = this.#running;
    this.#running = undefined;
    running?.reject(error);
  }
}

const isRequest = (message: Message): message is Request => message.kind === "request";

function outcomeOf(client: NodeId, { startMs, deadlineMs, sent, answer }: Running): Outcome {
  const endMs = answer?.atMs ?? deadlineMs;
  return {
    outcome: answer === undefined ? "timeout" : "committed",
    latencyMs: endMs - startMs,
    consensusTimeMs: answer === undefined || sent === undefined ? undefined : endMs - sent.atMs,
    client,
    timestamp: sent?.request.timestamp,
    request: sent === undefined ? undefined : requestDigest(sent.request, hash128),
    view: answer?.acceptance.view,
    slot: answer?.acceptance.slot,
    result: answer?.acceptance.result,
    reason:
      answer === undefined
        ? `not accepted within ${Math.round(deadlineMs - startMs)} ms`
        : undefined,
  };
}
