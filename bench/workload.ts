/**
 * Closed-loop load: each client has one request at a time. Rounds are driven and timed by tinybench;
 * what has to be looked at between two of them happens outside of the timed part.
 */

import { setMaxListeners } from "node:events";
import { Bench, type Statistics } from "tinybench";
import type { Json } from "../core/encoding.ts";
import type { Millis } from "../core/ids.ts";
import type { Cluster, Outcome, ServiceName } from "./cluster.ts";
import { endsWith } from "./load/ends.ts";
import { type Pace, wallPace } from "./load/pace.ts";

export interface Load {
  readonly clients: number;
  /** Ends after this many requests, or after this time where one is given. */
  readonly requests: number;
  readonly durationMs: Millis | undefined;
  readonly patienceMs: Millis;
  /** Ends it early, with what is under way. */
  readonly enough?: AbortSignal | undefined;
  operationOf(number: number): Json;
}

/** One request and what became of it. */
export interface Round {
  /** Counted from 1. */
  readonly number: number;
  readonly operation: Json;
  readonly outcome: Outcome;
}

export interface LoadHooks {
  /** Just before a request leaves, with the place of its client in the cluster. */
  sending(client: number, operation: Json): void;
  /** After each request; with one client nothing is under way meanwhile, and nothing is timed. */
  settled(round: Round): Promise<void>;
}

/**
 * Runs the load; the answer is what tinybench says of the times, if there are any. A load ends with
 * its first lost request: what its client asks next would wait behind it.
 */
export async function runClosedLoop(
  cluster: Cluster,
  load: Load,
  hooks: LoadHooks,
  signal: AbortSignal,
): Promise<Statistics | undefined> {
  if (load.requests === 0 && load.durationMs === undefined) return undefined;
  // One for each request that is under way.
  setMaxListeners(0, signal);
  const lost = new AbortController();
  const end = endsWith(signal, lost.signal, ...(load.enough === undefined ? [] : [load.enough]));
  const free = Array.from({ length: load.clients }, (_, index) => index).reverse();
  const settled: Round[] = [];
  let sent = 0;

  const round = async () => {
    const client = free.pop() ?? 0;
    sent += 1;
    const number = sent;
    const operation = load.operationOf(number);
    hooks.sending(client, operation);
    const outcome = await unlessAborted(cluster.submit(client, operation, load.patienceMs), signal);
    free.push(client);
    if (outcome === undefined) return {};
    settled.push({ number, operation, outcome });
    if (outcome.outcome !== "committed") return {};
    return { overriddenDuration: outcome.latencyMs };
  };
  const afterEach = async () => {
    const latest = settled.shift();
    if (latest === undefined) return;
    if (latest.outcome.outcome === "timeout") lost.abort();
    await hooks.settled(latest);
  };

  const timestampProvider = clockOf(cluster.pace ?? wallPace);
  const options = { ...limitsOf(load), timestampProvider, warmup: false, throws: true };
  const bench = new Bench({ ...options, signal: end.signal });
  bench.add("round", round, { async: true, afterEach });
  // tinybench never stops listening to its signal.
  const [task] = await bench.run().finally(() => end.letGo());
  const result = task?.result;
  return result !== undefined && "latency" in result ? result.latency : undefined;
}

/** A simulated load ends when its own time is over, not that of the wall. */
const clockOf = (pace: Pace) => ({
  name: "the run's clock",
  fn: () => pace.nowMs,
  fromMs: (ms: Millis) => ms,
  toMs: Number,
});

/** One after the other with one client, so many at a time with more. */
function limitsOf({ clients, requests, durationMs }: Load) {
  const isSequential = clients === 1;
  const mode = isSequential ? {} : { concurrency: "task" as const, threshold: clients };
  if (durationMs === undefined) return { ...mode, iterations: requests, time: 0 };
  return { ...mode, iterations: isSequential ? 1 : 0, time: durationMs };
}

/** Undefined once the signal says so: who interrupts does not wait for what never comes. */
export async function unlessAborted<T>(
  running: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let abort = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => resolve(undefined);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Operations that all differ, so that nobody can mistake one for another. */
export function operationsOf(
  service: ServiceName,
  payloadBytes: number,
  prefix: string,
): (number: number) => Json {
  const payload = "x".repeat(payloadBytes);
  switch (service) {
    case "echo":
      return (number) => ({ request: `${prefix}${number}`, payload });
    case "kv":
      return (number) => ({ op: "put", key: `${prefix}${number}`, value: payload });
    case "bank":
      return (number) => ({ op: "deposit", account: "A", amount: amountOf(prefix, number) });
  }
}

// Warm-up deposits and measured ones must differ, too, and only amounts can tell them apart.
const amountOf = (prefix: string, number: number): number =>
  (prefix.codePointAt(0) ?? 0) * 10_000_000 + number;
