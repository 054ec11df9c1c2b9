/** Child processes that each keep one node or client of a decree, for one run after the other. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Millis, NodeId } from "../../core/ids.ts";
import { forked } from "../clusters/child.ts";
import type { DecreeEvent, Tell } from "./event.ts";
import type { DecreePlan } from "./plan.ts";

export type Order =
  | { readonly kind: "open"; readonly plan: DecreePlan; readonly id: NodeId }
  | {
      readonly kind: "start";
      readonly urls: readonly (readonly [NodeId, string])[];
      readonly atMs: Millis;
    }
  | { readonly kind: "rest" };

export type Answer =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "happened"; readonly event: DecreeEvent };

// How long a process may take to leave before it is made to.
const patienceMs = 5000;

export class Crew {
  readonly #workers: Worker[] = [];
  #busy: readonly Worker[] = [];

  /** One process for each node; the answer says where they listen. */
  async open(
    plan: DecreePlan,
    ids: readonly NodeId[],
    tell: Tell,
  ): Promise<readonly (readonly [NodeId, string])[]> {
    while (this.#workers.length < ids.length) this.#workers.push(new Worker());
    this.#busy = this.#workers.slice(0, ids.length);
    return Promise.all(
      this.#busy.map(async (worker, index) => {
        const id = ids[index] ?? "";
        worker.tell = tell;
        const answer = await worker.order({ kind: "open", plan, id });
        return [id, answer.kind === "listening" ? answer.url : ""] as const;
      }),
    );
  }

  async start(urls: readonly (readonly [NodeId, string])[], atMs: Millis): Promise<void> {
    await Promise.all(this.#busy.map((worker) => worker.order({ kind: "start", urls, atMs })));
  }

  /** The run is over; the processes stay for the next one. */
  async rest(): Promise<void> {
    await Promise.all(this.#busy.map((worker) => worker.order({ kind: "rest" })));
    this.#busy = [];
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end()));
    this.#busy = [];
  }
}

class Worker {
  tell: Tell = () => {};
  readonly #process: ChildProcess = forked(new URL("./decree-process", import.meta.url));
  #settle: ((answer: Answer) => void) | undefined;

  constructor() {
    this.#process.on("message", (answer: Answer) => {
      if (answer.kind === "happened") this.tell(answer.event);
      else this.#settle?.(answer);
    });
    this.#process.on("exit", () => this.#settle?.({ kind: "failed", message: "it ended" }));
  }

  order(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = (answer) => {
        this.#settle = undefined;
        if (answer.kind === "failed") reject(new Error(`process of a node: ${answer.message}`));
        else resolve(answer);
      };
      if (this.#hasEnded) return this.#settle({ kind: "failed", message: "it ended" });
      // Whoever cannot be told anything any more is about to exit.
      this.#process.send(order, () => {});
    });
  }

  /** It leaves when its parent lets go of it, or is made to. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    const gone = once(this.#process, "exit");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), patienceMs);
    if (this.#process.connected) this.#process.disconnect();
    await gone;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
