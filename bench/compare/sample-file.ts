/** Result files for the tests of this folder. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { csvFormat } from "d3-dsv";
import { summaryColumns } from "../results/columns.ts";

export interface SampleCell {
  readonly protocol: string;
  /** One for each repetition. */
  readonly latencies: readonly number[];
  readonly safety?: string;
  readonly messages?: string;
  readonly n?: number;
}

export const spelled = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? "inf" : String(value);

/** A summary file with a repetition for each latency. */
export function summaryFile(folder: string, name: string, cells: readonly SampleCell[]): string {
  const rows: Record<string, string>[] = cells.flatMap(
    ({ protocol, latencies, safety = "ok", messages = "29", n = 4 }) =>
      latencies.map((latency, index) => ({
        ...Object.fromEntries(summaryColumns.map((column) => [column, ""])),
        run: name,
        cell: `${protocol} n=${n}`,
        protocol,
        n: String(n),
        repetition: String(index + 1),
        seed: String(index + 1),
        latency_p50_ms: spelled(latency),
        messages_per_request: messages,
        safety,
        liveness: "ok",
      })),
  );
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, csvFormat(rows, [...summaryColumns]));
  return path;
}
