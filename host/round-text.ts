/** A round for machines and for people. */

import type { Tally } from "../core/log.ts";
import type { NodeCount, RoundReport } from "./round-report.ts";

/** JSON of a report. The result is JSON already and stands there as it is, digit by digit. */
export function roundJson(report: RoundReport): string {
  const { counts, result, ...facts } = report;
  const head = JSON.stringify({ ...facts, ...counts });
  return `${head.slice(0, -1)},"result":${asJson(result)}}\n`;
}

function asJson(result: string | undefined): string {
  if (result === undefined) return "null";
  try {
    JSON.parse(result);
    return result;
  } catch {
    return JSON.stringify(result);
  }
}

/** The block that `round` prints. */
export function roundText(report: RoundReport, title: string): string {
  const { n, f, counts, consensusTimeMs, view, sequence } = report;
  const seconds = ((consensusTimeMs ?? 0) / 1000).toFixed(6);
  const head = [`${title}  n=${n} f=${f}`, ...faultsIn(counts?.nodes ?? [])].join("  ");
  const lines = [head, `Consensus time: ${seconds} s`];
  const accepted = `accepted in view ${view} at sequence ${sequence}`;
  if (counts === undefined) return `${[...lines, `Client ${accepted}`].join("\n")}\n`;
  const names = counts.nodes.map((node, index) => nameOf(node, index));
  const width = Math.max("Client".length, ...names.map((name) => name.length));
  for (const [index, name] of names.entries()) {
    lines.push(`${name.padEnd(width)} -> ${countsOf(counts.nodes[index]?.votes)}`);
  }
  lines.push(`${"Client".padEnd(width)} -> ${countsOf(counts.replies)}   ${accepted}`);
  lines.push(`Safety: ${counts.safety}`);
  return `${lines.join("\n")}\n`;
}

const nameOf = ({ role }: NodeCount, index: number): string =>
  role === "primary" ? `Node ${index} (commander)` : `Node ${index}`;

function countsOf(tally: Tally | undefined): string {
  if (tally === undefined) return "offline";
  const { correct, corrupt, missing } = tally;
  const more = missing > 0 ? `  ${missing} missing` : "";
  return `${correct} correct  ${corrupt} corrupt${more}`;
}

/** `malicious r2`, `offline r1 r3`: what fails, and who. */
function faultsIn(nodes: readonly NodeCount[]): readonly string[] {
  const byMode = new Map<string, string[]>();
  for (const { id, state, faults } of nodes) {
    for (const mode of state === "offline" ? ["offline"] : faults) {
      byMode.set(mode, [...(byMode.get(mode) ?? []), id]);
    }
  }
  return [...byMode].map(([mode, ids]) => `${mode} ${ids.join(" ")}`);
}
