/** A sentence on the cells that were built to break CCRO as published: who stayed safe, who did not. */

import type { CellSummary } from "../cell-summary.ts";
import { inHouseOrder, titleOf } from "../charts/palette.ts";
import type { RunData } from "../report/run-data.ts";

/** As the suite calls the table of such cells. */
const isVerdictGroup = (group: string): boolean => group.startsWith("Verdicts:");

/** None where no such cells ran. */
export function verdictSentences({ summaries }: Pick<RunData, "summaries">): readonly string[] {
  const cells = summaries.filter(({ cell }) => cell.groups.some(isVerdictGroup));
  const protocols = inHouseOrder(cells.map(({ cell }) => cell.protocol));
  const told = protocols.map((protocol) => {
    const own = cells.filter(({ cell }) => cell.protocol === protocol);
    return `${titleOf(protocol)} ${verdictsOf(own)}`;
  });
  if (told.length === 0) return [];
  const faults = [...new Set(cells.map(({ cell }) => `${cell.fault} at n = ${cell.n}`))];
  return [`Verdicts under faults built to break CCRO (${faults.join(", ")}): ${told.join("; ")}.`];
}

/** `violated in 2 of 3 cells, ok in 1`; the worst repetition speaks for its cell. */
function verdictsOf(cells: readonly CellSummary[]): string {
  const counted = ["violated", "invalid", "vacuous", "ok"].flatMap((verdict) => {
    const times = cells.filter(({ safety }) => safety === verdict).length;
    return times === 0 ? [] : [`${verdict} in ${times}`];
  });
  const [first = "", ...others] = counted;
  return [`${first} of ${cells.length} ${cells.length === 1 ? "cell" : "cells"}`, ...others].join(
    ", ",
  );
}
