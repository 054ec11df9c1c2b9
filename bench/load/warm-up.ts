/** The part of a repetition that is not measured: so many requests, or until it has settled. */

import type { Millis } from "../../core/ids.ts";
import type { Cell } from "../cell.ts";
import type { Cluster } from "../cluster.ts";
import { drive, type StretchHooks } from "./drive.ts";
import { mostWarmUpMs, Steadiness } from "./steadiness.ts";

export interface WarmUpOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly hooks: StretchHooks;
  /** Since the warm-up began, by the clock of the cluster. */
  nowMs(): Millis;
}

/** Whether it has settled; undefined where nobody asked. */
export async function warmUp(
  cluster: Cluster,
  cell: Cell,
  { seed, signal, hooks, nowMs }: WarmUpOptions,
): Promise<boolean | undefined> {
  const stretch = { part: "w" as const, seed, isEven: true };
  if (cell.warmup !== "steady") {
    const length = { requests: cell.warmup };
    await drive(cluster, cell, { ...stretch, length }, hooks, { interrupt: signal });
    return undefined;
  }
  const steadiness = new Steadiness();
  const enough = new AbortController();
  const watching: StretchHooks = {
    sending: (...sent) => hooks.sending(...sent),
    settled: async (round) => {
      await hooks.settled(round);
      const { outcome, latencyMs } = round.outcome;
      steadiness.settled(nowMs(), outcome === "committed" ? latencyMs : Number.POSITIVE_INFINITY);
      if (steadiness.isSteady) enough.abort();
    },
  };
  const length = { durationMs: mostWarmUpMs };
  const signals = { interrupt: signal, enough: enough.signal };
  await drive(cluster, cell, { ...stretch, length }, watching, signals);
  return steadiness.isSteady;
}
