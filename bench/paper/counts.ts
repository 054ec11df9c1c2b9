/** Figure 2 is the flow of a round: its messages and the copies it makes of a block, against formulas. */

import { numberIn } from "../cell-summary.ts";
import { inHouseOrder } from "../charts/palette.ts";
import { groupBy } from "../compare/csv-cells.ts";
import { protocolNamed } from "../protocols.ts";
import type { TextRow } from "../results/result-folder.ts";
import { medianOf } from "../statistics/median.ts";
import { seriesTitle } from "./wording.ts";

export interface Count {
  readonly protocol: string;
  readonly n: number;
  readonly metric: "messages" | "copies" | "hops";
  readonly measured: number;
  /** Undefined where there is none: hops are only counted. */
  readonly formula: number | undefined;
}

/** A request travels to the leader, then to everybody; CCRO's block travels a second time, complete. */
const copiesOf = (protocol: string, n: number): number =>
  protocol.startsWith("ccro") ? 2 * n - 1 : n;

/** From quiet cells with two payloads each, in which every message takes equally long. */
export function countsIn(rows: readonly TextRow[]): readonly Count[] {
  const places = inHouseOrder(rows.map((row) => row["protocol"] ?? ""));
  const placeOf = (row: TextRow) => places.indexOf(row["protocol"] ?? "");
  // Repetitions are interleaved, so the file has them in no order that means anything.
  const sorted = rows.toSorted(
    (a, b) => placeOf(a) - placeOf(b) || Number(a["n"]) - Number(b["n"]),
  );
  const groups = groupBy(sorted, (row) => `${row["protocol"]} ${row["n"]}`);
  return [...groups.values()].flatMap((own) => {
    const protocol = own[0]?.["protocol"] ?? "";
    const n = Number(own[0]?.["n"]);
    const count = (metric: Count["metric"], measured?: number, formula?: number) =>
      measured === undefined ? [] : [{ protocol, n, metric, measured, formula }];
    const expected = Object.values(protocolNamed(protocol).expectedMessages(n));
    const latencyMs = medianOfColumn(own, "latency_p50_ms");
    const delayMs = Number(/delay=(\d+)ms$/.exec(own[0]?.["network"] ?? "")?.[1] ?? Number.NaN);
    return [
      ...count(
        "messages",
        medianOfColumn(own, "messages_per_request"),
        expected.reduce((sum, messages) => sum + messages, 0),
      ),
      ...count("copies", copiesIn(own), copiesOf(protocol, n)),
      ...(delayMs > 0
        ? count("hops", latencyMs === undefined ? undefined : latencyMs / delayMs)
        : []),
    ];
  });
}

/** How much the bytes grow for each byte of payload; undefined with one payload only. */
function copiesIn(rows: readonly TextRow[]): number | undefined {
  const sizes = [...groupBy(rows, (row) => row["payload_bytes"] ?? "")]
    .map(([payload, own]) => ({
      payload: Number(payload),
      bytes: medianOfColumn(own, "bytes_per_request") ?? Number.NaN,
    }))
    .sort((a, b) => a.payload - b.payload);
  const [small, large] = [sizes[0], sizes.at(-1)];
  if (small === undefined || large === undefined || small === large) return undefined;
  return (large.bytes - small.bytes) / (large.payload - small.payload);
}

const medianOfColumn = (rows: readonly TextRow[], column: string) =>
  medianOf(rows.flatMap((row) => numberIn(row[column]) ?? []));

export function sentenceOnCounts(counts: readonly Count[]): string {
  const known = counts.filter(({ formula }) => formula !== undefined);
  if (known.length === 0) return "Nothing was counted.";
  // Digits of a request's number or of a height may differ in length: a copy is not off by a byte.
  const isOff = ({ measured, formula = 0 }: Count) => Math.abs(measured - formula) > 0.01;
  const off = known.filter(isOff);
  const hops = counts.filter(({ metric }) => metric === "hops");
  const told = [...groupBy(hops, ({ protocol }) => protocol)].map(([protocol, own]) => {
    const steps = [...new Set(own.map(({ measured }) => measured))].sort((a, b) => a - b);
    return `${seriesTitle(protocol)} ${steps.join(" to ")}`;
  });
  const verdict =
    off.length === 0
      ? `All ${known.length} counts of messages and of copies of the payload equal their formulas`
      : `${off.length} of ${known.length} counts differ from their formulas: ${off.map(({ protocol, n, metric, measured, formula }) => `${seriesTitle(protocol)} n = ${n} has ${measured} ${metric} and not ${formula}`).join(", ")}`;
  const path = told.length === 0 ? "" : `; hops from request to acceptance: ${told.join(", ")}`;
  return `${verdict}${path}.`;
}
