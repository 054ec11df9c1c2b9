/**
 * Open-loop load: requests leave when the schedule says, whatever became of the earlier ones, and their
 * latency counts from then. A request whose turn comes late, because the client was busy or all of its
 * identities had a request under way, is counted: the load that was asked for is not silently throttled.
 */

import { setMaxListeners } from "node:events";
import type { Json } from "../../core/encoding.ts";
import type { Millis } from "../../core/ids.ts";
import type { Cluster, Outcome } from "../cluster.ts";
import { type LoadHooks, unlessAborted } from "../workload.ts";
import type { Schedule } from "./arrivals.ts";
import type { Pace } from "./pace.ts";

/** A timer's own lateness, and a turn of the event loop, are no fault of the client. */
export const lateMs = 10;

export interface OpenLoad {
  /** Each has one request at a time; further requests wait for one of them, and are late. */
  readonly clients: number;
  readonly schedule: Schedule;
  readonly patienceMs: Millis;
  operationOf(number: number): Json;
}

export interface OpenLoopHooks extends Omit<LoadHooks, "sending"> {
  /** Just before a request leaves; it was to leave so long after the load began. */
  sending(client: number, operation: Json, intendedMs: Millis): void;
}

export interface OpenLoopSignals {
  /** Drops everything, now. */
  readonly interrupt: AbortSignal;
  /** Sends nothing more, and waits for what is under way. */
  readonly enough?: AbortSignal;
}

/** Runs the load; the answer is how many requests missed their time. */
export async function runOpenLoop(
  cluster: Pick<Cluster, "submit">,
  load: OpenLoad,
  pace: Pace,
  hooks: OpenLoopHooks,
  signals: OpenLoopSignals,
): Promise<number> {
  return new OpenLoop(cluster, load, pace, hooks, signals).run();
}

class OpenLoop {
  readonly #cluster: Pick<Cluster, "submit">;
  readonly #load: OpenLoad;
  readonly #pace: Pace;
  readonly #hooks: OpenLoopHooks;
  readonly #interrupt: AbortSignal;
  readonly #end: AbortSignal;
  readonly #failed = new AbortController();
  readonly #free: number[];
  /** Numbers of requests that wait for a client, the oldest first. */
  readonly #waiting: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #startMs: Millis;
  #missed = 0;

  constructor(
    cluster: Pick<Cluster, "submit">,
    load: OpenLoad,
    pace: Pace,
    hooks: OpenLoopHooks,
    { interrupt, enough }: OpenLoopSignals,
  ) {
    this.#cluster = cluster;
    this.#load = load;
    this.#pace = pace;
    this.#hooks = hooks;
    this.#interrupt = interrupt;
    // One for each request that is under way.
    setMaxListeners(0, interrupt);
    const ends = [interrupt, this.#failed.signal];
    this.#end = AbortSignal.any(enough === undefined ? ends : [...ends, enough]);
    this.#free = Array.from({ length: load.clients }, (_, index) => index).reverse();
    this.#startMs = pace.nowMs;
  }

  async run(): Promise<number> {
    for (const [index, atMs] of this.#load.schedule.atMs.entries()) {
      await this.#pace.until(this.#startMs + atMs, this.#end);
      if (this.#end.aborted) break;
      this.#waiting.push(index + 1);
      this.#sendWaiting();
    }
    // What waits when the schedule ends was asked for, too.
    while (this.#underWay.size > 0) await Promise.race(this.#underWay);
    if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
    return this.#missed;
  }

  #sendWaiting(): void {
    while (this.#free.length > 0 && !this.#end.aborted) {
      const number = this.#waiting.shift();
      if (number === undefined) return;
      const client = this.#free.pop() ?? 0;
      const running = this.#send(client, number)
        // The cluster itself broke down: nothing more is sent, and whoever asked for the load hears of it.
        .catch((error: unknown) => this.#failed.abort(error))
        .finally(() => this.#underWay.delete(running));
      this.#underWay.add(running);
    }
  }

  async #send(client: number, number: number): Promise<void> {
    const intendedMs = this.#load.schedule.atMs[number - 1] ?? 0;
    const waitedMs = Math.max(0, this.#pace.nowMs - this.#startMs - intendedMs);
    if (waitedMs > lateMs) this.#missed += 1;
    const operation = this.#load.operationOf(number);
    this.#hooks.sending(client, operation, intendedMs);
    const { patienceMs } = this.#load;
    const running = this.#cluster.submit(client, operation, patienceMs);
    const outcome = await unlessAborted(running, this.#interrupt);
    this.#free.push(client);
    // Whoever waits for this client leaves before anybody looks at what came back.
    this.#sendWaiting();
    if (outcome === undefined) return;
    await this.#hooks.settled({ number, operation, outcome: sinceIntended(outcome, waitedMs) });
  }
}

const sinceIntended = (outcome: Outcome, waitedMs: Millis): Outcome => ({
  ...outcome,
  latencyMs: outcome.latencyMs + waitedMs,
});
