/** The simulator's speed as a table. */

import { count, figure } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import type { SimulatorSpeed } from "./simulator.ts";

const columns = ["messages", "requests", "messages per CPU second", "heap MiB"];

export function printSimulatorSpeed(speeds: readonly SimulatorSpeed[]): string {
  const rows = speeds.map(({ n, isJudged, sent, accepted, perCpuSecond, heapMb }) => [
    `n=${n}${isJudged ? ", judged" : ""}`,
    count(sent),
    count(accepted),
    count(Math.round(perCpuSecond)),
    figure(heapMb),
  ]);
  return terminalTable([left("PBFT"), ...columns.map(right)], rows);
}
