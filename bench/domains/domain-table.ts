/** What domains make of a cluster: its messages, its control messages apart, and the odds of a bad split. */

import type { CellSummary } from "../cell-summary.ts";
import { count, figure, percent } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import { protocolNamed } from "../protocols.ts";
import { splitOdds } from "./split-text.ts";

export const domainTitle = "Domains, and the same undivided";

export const domainColumns = [
  left("protocol"),
  right("n"),
  right("domains"),
  right("f"),
  left("transport"),
  right("latency ms"),
  right("messages"),
  right("control messages"),
  right("too many by lot"),
];

/** Of cells in domains, and of those that differ from one of them in their domains only. */
export function domainRows(summaries: readonly CellSummary[]): readonly (readonly string[])[] {
  const split = new Set(
    summaries.filter(({ cell }) => cell.domains > 1).map((summary) => undividedName(summary)),
  );
  return summaries
    .filter((summary) => split.has(undividedName(summary)))
    .toSorted(({ cell: a }, { cell: b }) =>
      a.transport === b.transport
        ? a.n - b.n || a.domains - b.domains
        : a.transport === "http"
          ? -1
          : 1,
    )
    .map((summary) => {
      const { cell } = summary;
      const control = summary.median("control_messages");
      const committed = summary.median("committed");
      return [
        protocolNamed(cell.protocol).title,
        String(cell.n),
        String(cell.domains),
        String(cell.f),
        cell.transport,
        figure(summary.median("latency_p50_ms")),
        count(summary.median("messages_per_request")),
        count(control === undefined || !committed ? undefined : control / committed),
        oddsOf(cell),
      ];
    });
}

/** A table for the terminal; undefined where nothing is divided. */
export function domainTable(summaries: readonly CellSummary[]): string | undefined {
  const rows = domainRows(summaries);
  return rows.length === 0 ? undefined : `${terminalTable(domainColumns, rows)}\n${domainLegend}`;
}

export const domainLegend =
  "Per accepted request. Too many by lot: the least number of faulty nodes that can outnumber f in a domain, and the chance that they do when they fall anywhere.";

function oddsOf({ protocol, n, domains }: CellSummary["cell"]): string {
  if (domains === 1) return "–";
  const [first] = splitOdds({ inner: protocolNamed(protocol), n, domains }).chances;
  return first === undefined ? "–" : `${first.faulty}: ${percent(first.chance)}`;
}

const undividedName = ({ cell }: CellSummary): string => cell.name.replace(/ domains=\d+/, "");
