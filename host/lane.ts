/** One client participant at a gateway, with one request at a time. */

import type { Digest, Millis, NodeId, Operation } from "../core/ids.ts";
import type { Acceptance, Effect } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import { type Request, requestDigest, type Signed } from "../core/messages.ts";
import type { Observer, Time } from "../core/ports.ts";
import { digestOf } from "./crypto.ts";
import type { Participant } from "./participant.ts";

/** What became of one operation. */
export interface RunOutcome {
  readonly client: NodeId;
  /** What was sent; undefined when nothing was. */
  readonly request: { readonly timestamp: number; readonly digest: Digest } | undefined;
  /** Undefined when enough matching replies did not come in time. */
  readonly acceptance: Acceptance | undefined;
  /** From the request's first send to its acceptance. */
  readonly consensusTimeMs: Millis | undefined;
  /** Why it was not accepted. */
  readonly reason: string | undefined;
}

interface Running {
  readonly operation: Operation;
  end(outcome: RunOutcome): void;
  request: RunOutcome["request"];
  sentMs: Millis | undefined;
}

export class Lane {
  readonly participant: Participant;
  readonly #time: Time;
  #running: Running | undefined;
  #lastTimestamp: number;
  /** Its client still waits for a request that was given up: it would never look at the next one. */
  #isStuck = false;

  /** `create` makes the participant, which this lane watches and whose first timestamp it knows. */
  constructor(
    time: Time,
    firstTimestamp: number,
    create: (observer: Observer<Message>, nextTimestamp: () => number) => Participant,
  ) {
    this.#time = time;
    this.#lastTimestamp = firstTimestamp - 1;
    const observer: Observer<Message> = {
      sent: (_node, _to, signed, now) => this.#onSent(signed, now),
      effect: (_node, effect, now) => this.#onEffect(effect, now),
    };
    this.participant = create(observer, () => this.#lastTimestamp + 1);
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Runs one operation to its acceptance, or until patience is over. Only when not busy. */
  run(operation: Operation, patienceMs: Millis): Promise<RunOutcome> {
    if (this.#isStuck) {
      this.#isStuck = false;
      this.participant.stop();
      this.participant.start();
    }
    return new Promise((resolve) => {
      const cancel = this.#time.after(patienceMs, () => {
        this.#isStuck = true;
        this.#end(`not accepted within ${Math.round(patienceMs)} ms`);
      });
      const end = (outcome: RunOutcome) => {
        cancel();
        this.#running = undefined;
        resolve(outcome);
      };
      this.#running = { operation, end, request: undefined, sentMs: undefined };
      this.participant.request(operation);
    });
  }

  /** Gives up what runs: the node goes down. */
  abandon(reason: string): void {
    this.#end(reason);
  }

  #end(reason: string): void {
    const running = this.#running;
    if (running === undefined) return;
    const { request } = running;
    const none = { acceptance: undefined, consensusTimeMs: undefined };
    running.end({ client: this.participant.id, request, ...none, reason });
  }

  #onSent({ message }: Signed<Message>, now: Millis): void {
    const running = this.#running;
    if (running === undefined || running.request !== undefined || !isRequest(message)) return;
    const { timestamp } = message;
    this.#lastTimestamp = Math.max(this.#lastTimestamp, timestamp);
    running.request = { timestamp, digest: requestDigest(message, digestOf) };
    running.sentMs = now;
  }

  #onEffect(effect: Effect<Message>, now: Millis): void {
    const running = this.#running;
    if (running === undefined || effect.kind !== "accept") return;
    const { acceptance } = effect;
    const { request, sentMs = now } = running;
    if (request !== undefined && request.timestamp !== acceptance.timestamp) return;
    const client = this.participant.id;
    running.end({ client, request, acceptance, consensusTimeMs: now - sentMs, reason: undefined });
  }
}

const isRequest = (message: Message): message is Request => message.kind === "request";
