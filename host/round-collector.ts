/** Asks all nodes what they were told about one request, once the round has drained. */

import type { Millis, NodeId, Operation } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Member, Protocol } from "../core/protocol.ts";
import type { RunOutcome } from "./lane.ts";
import type { Peers } from "./peers.ts";
import { addTraffic, manyVoices, noTraffic, type Traffic, untilQuiet } from "./quiet.ts";
import { type RoundReport, reportOf, type Witness, withCounts } from "./round-report.ts";
import type { DeliveriesView } from "./site.ts";

/** How long a round may take to drain before it is counted as it stands. */
const drainMs: Millis = 2000;

export interface RoundCollector {
  readonly protocol: Protocol;
  readonly n: number;
  readonly members: readonly Member[];
  readonly peers: Peers;
  clientLog(id: NodeId, from: number, to: number): readonly LogEntry[] | undefined;
}

export async function collectRound(
  collector: RoundCollector,
  operation: Operation,
  outcome: RunOutcome,
): Promise<RoundReport> {
  const { protocol, n, members, peers } = collector;
  const report = reportOf(protocol, n, outcome);
  const { acceptance } = outcome;
  if (acceptance === undefined) return report;
  await untilQuiet(() => trafficOf(members, peers), drainMs, manyVoices);
  const said = await Promise.all(
    members.map(async ({ id }) => [id, await askAbout(peers, id, acceptance.slot)] as const),
  );
  const { client } = outcome;
  const { timestamp } = acceptance;
  const [clientEntry] = collector.clientLog(client, timestamp, timestamp) ?? [];
  return withCounts(report, protocol, {
    operation,
    acceptance,
    witnesses: new Map(said),
    clientEntry,
  });
}

async function trafficOf(members: readonly Member[], peers: Peers): Promise<Traffic> {
  const all = await Promise.all(members.map(({ id }) => peers.read<Traffic>(id, "/traffic")));
  return all.reduce<Traffic>((sum, one) => addTraffic(sum, one ?? noTraffic), noTraffic);
}

async function askAbout(peers: Peers, id: NodeId, slot: number): Promise<Witness | undefined> {
  const range = `from=${slot}&to=${slot}`;
  const [log, delivered] = await Promise.all([
    peers.read<{ readonly entries: readonly LogEntry[] }>(id, `/log?${range}`),
    peers.read<DeliveriesView>(id, `/deliveries?${range}`),
  ]);
  if (log === undefined || delivered === undefined) return undefined;
  return { entries: log.entries, delivered };
}
