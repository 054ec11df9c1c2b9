/** What a set of rules costs in simulated time: where nothing fails, and where roles must change. */

import type { Cell } from "../cell.ts";
import { specOf } from "../cell.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { cellsOf } from "../experiment.ts";
import { measure } from "../meter.ts";
import type { SummaryRow } from "../results/columns.ts";
import { keyOf } from "../results/columns.ts";
import { summaryRow } from "../results/rows.ts";

export const costColumns = [
  "messages_per_request",
  "control_messages",
  "bytes_per_request",
  "verifications_per_request",
  "latency_p50_ms",
] as const;

export interface RuleCost {
  readonly n: number;
  readonly fault: string;
  readonly figures: Readonly<Record<(typeof costColumns)[number], number>>;
}

const seed = 1;

/** Every message takes 10 ms, so that latency counts the hops. Time-outs count, too, once a leader is silent. */
const common = {
  n: [6, 9],
  transport: ["simulated"],
  network: ["delay=10ms"],
  warmup: 0,
  repetitions: 1,
} as const;

/** In a quiet run of 20 requests, and for the one request that finds the primary silent. */
export async function measureCosts(
  protocol: string,
  signal: AbortSignal,
): Promise<readonly RuleCost[]> {
  const shared = { ...common, protocol: [protocol] };
  const cells = cellsOf(
    [
      { title: undefined, choice: { ...shared, fault: ["none"], requests: 20 } },
      { title: undefined, choice: { ...shared, fault: ["offline@commander"], requests: 1 } },
    ],
    {},
  );
  const costs: RuleCost[] = [];
  for (const cell of cells) costs.push(await costOf(cell, signal));
  return costs;
}

async function costOf(cell: Cell, signal: AbortSignal): Promise<RuleCost> {
  const cluster = await startCluster(specOf(cell, seed));
  try {
    const key = keyOf("ablation", { cell, number: 1, seed }, []);
    const row = summaryRow(key, await measure(cluster, cell, signal));
    return { n: cell.n, fault: cell.fault, figures: figuresOf(row) };
  } finally {
    await cluster.close();
  }
}

const figuresOf = (row: SummaryRow): RuleCost["figures"] => ({
  messages_per_request: Number(row.messages_per_request),
  control_messages: Number(row.control_messages),
  bytes_per_request: Number(row.bytes_per_request),
  verifications_per_request: Number(row.verifications_per_request),
  latency_p50_ms: Number(row.latency_p50_ms),
});
