/** Checkpoints as files: one node's snapshots, and everybody's side by side. */

import type { NodeId } from "../../core/ids.ts";
import { nameOf } from "./machine/names.ts";
import type { Report } from "./machine/side-messages.ts";

export const checkpointFolder = "checkpoints";

interface File {
  readonly file: string;
  readonly text: string;
}

export const localReport = (report: Report): File => ({
  file: `local_checkpoint_${nameOf(report.replica)}.log`,
  text: `${lineOf(report)}\n`,
});

export function finalReport(
  sequence: number,
  reports: readonly Report[],
  replicas: readonly NodeId[],
): File {
  const missing = replicas.filter((id) => !reports.some(({ replica }) => replica === id));
  const lines = [
    `checkpoint at sequence ${sequence}`,
    ...reports.map(lineOf),
    ...missing.map((id) => `${nameOf(id)}  no report`),
  ];
  return { file: `final_checkpoint_${sequence}.log`, text: `${lines.join("\n")}\n` };
}

const lineOf = ({ replica, view, sequence, history, state }: Report): string =>
  `${nameOf(replica)}  view ${view}  sequence ${sequence}  history ${history}  state ${state}`;
