/** A stretch of load on a cluster, in a closed or an open loop as its cell says. */

import type { Json } from "../../core/encoding.ts";
import type { Millis } from "../../core/ids.ts";
import type { Cell } from "../cell.ts";
import type { Cluster } from "../cluster.ts";
import { operationsOf, type Round, runClosedLoop } from "../workload.ts";
import { type Length, type Schedule, scheduleOf } from "./arrivals.ts";
import { runOpenLoop } from "./open-loop.ts";
import { wallPace } from "./pace.ts";

export interface Stretch {
  /** Begins the operations, so that no two stretches ask for the same. */
  readonly part: "w" | "q";
  readonly length: Length;
  readonly seed: number;
  /** However its cell's rate lies over the time, a warm-up is even. */
  readonly isEven: boolean;
}

export interface StretchHooks {
  /** Just before a request leaves; in an open loop with the time at which it was to leave. */
  sending(client: number, operation: Json, intendedMs: Millis | undefined): void;
  settled(round: Round): Promise<void>;
}

export interface StretchSignals {
  /** Drops everything, now. */
  readonly interrupt: AbortSignal;
  /** Ends the stretch with what is under way. */
  readonly enough?: AbortSignal;
}

export interface Driven {
  /** Open loop only. */
  readonly schedule: Schedule | undefined;
  /** Requests that left late. */
  readonly missed: number;
  /** What tinybench says; closed loop only. */
  readonly meanMs: number | undefined;
}

export async function drive(
  cluster: Cluster,
  cell: Cell,
  { part, length, seed, isEven }: Stretch,
  hooks: StretchHooks,
  { interrupt, enough }: StretchSignals,
): Promise<Driven> {
  const { clients, patienceMs, service, payload, rate, arrivals } = cell;
  const operationOf = operationsOf(service, payload, part);
  const shared = { clients, patienceMs, operationOf };
  if (rate === 0) {
    const limits =
      "requests" in length
        ? { requests: length.requests, durationMs: undefined }
        : { requests: 0, durationMs: length.durationMs };
    const load = { ...shared, ...limits, enough };
    const closed = {
      ...hooks,
      sending: (client: number, operation: Json) => hooks.sending(client, operation, undefined),
    };
    const statistics = await runClosedLoop(cluster, load, closed, interrupt);
    return { schedule: undefined, missed: 0, meanMs: statistics?.mean };
  }
  const shape = isEven ? "poisson" : arrivals;
  const schedule = scheduleOf({ ratePerS: rate, shape, seed, part, length });
  const signals = enough === undefined ? { interrupt } : { interrupt, enough };
  const pace = cluster.pace ?? wallPace;
  const missed = await runOpenLoop(cluster, { ...shared, schedule }, pace, hooks, signals);
  return { schedule, missed, meanMs: undefined };
}
