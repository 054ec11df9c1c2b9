/** The trust that a monitor puts in each node, round by round: the rows of trust.csv. */

import type { Json } from "../../core/encoding.ts";
import type { Cell } from "../cell.ts";
import type { Cluster } from "../cluster.ts";
import type { Measurement } from "../meter.ts";
import type { CsvValue, KeyRow, Row, trustColumns } from "../results/columns.ts";

export type TrustRow = Row<typeof trustColumns>;

/** All that the monitor still knows of its ratings: the newest 2K rounds. None where it is down. */
export async function trustRows(
  key: KeyRow,
  { checkpoint }: Pick<Cell, "checkpoint">,
  cluster: Pick<Cluster, "logs" | "members">,
  { rounds }: Pick<Measurement, "rounds">,
): Promise<readonly TrustRow[]> {
  const monitor = cluster.members.find(({ role }) => role === "monitor");
  if (monitor === undefined) return [];
  const last = Math.max(0, ...rounds.map(({ outcome }) => outcome.slot ?? 0));
  const logs = await cluster.logs(Math.max(1, last - 2 * checkpoint + 1), last);
  return (logs.get(monitor.id) ?? []).flatMap(({ slot: height, view: epoch, notes = [] }) =>
    notes.map((note) => ({ ...key, height, epoch, ...columnsOf(note) })),
  );
}

const columnsOf = (note: Readonly<Record<string, Json>>) => ({
  node: plain(note["node"]),
  role: plain(note["role"]),
  trust: plain(note["trust"]),
  uptime: plain(note["uptime"]),
  participation: plain(note["participation"]),
  completion: plain(note["completion"]),
  response_step: plain(note["step"]),
});

const plain = (value: Json | undefined): CsvValue =>
  typeof value === "number" || typeof value === "string" ? value : undefined;
