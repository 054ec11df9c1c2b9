/** Chart: what a request costs in messages, stacked by kind, where nothing fails. */

import * as Plot from "@observablehq/plot";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw } from "./drawing.ts";
import { inHouseOrder, kindStyle, titleOf } from "./palette.ts";
import { commonWords, numberOf, type RunTables, spreadOf } from "./points.ts";

interface Part {
  readonly bar: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

interface Bar {
  readonly bar: string;
  readonly protocol: string;
  readonly n: number;
  readonly total: number;
  readonly parts: readonly Part[];
}

const rowHeight = 24;
/** A longest bar this many times the shortest would hide the others. */
const widestRange = 30;

export function costByKind({ messages }: RunTables): readonly Chart[] {
  const quiet = quietMessages(messages);
  const bars = barsOf(quiet);
  if (bars.length === 0) return [];
  const totals = bars.map(({ total }) => total);
  const isPerNode = Math.max(...totals) / Math.min(...totals) > widestRange;
  const scaled = (bar: Bar, value: number) => (isPerNode ? value / bar.n : value);
  const parts = bars.flatMap((bar) =>
    bar.parts.map((part) => ({ ...part, from: scaled(bar, part.from), to: scaled(bar, part.to) })),
  );
  const ends = bars.map((bar) => ({ bar: bar.bar, end: scaled(bar, bar.total), total: bar.total }));
  const kinds = [...new Set(parts.map(({ kind }) => kind))];
  const unit = isPerNode
    ? "messages per accepted request and node"
    : "messages per accepted request";
  const longest = Math.max(...bars.map(({ bar }) => bar.length));
  return [
    draw({
      name: "cost-by-kind",
      title: "What a request costs, by kind of message",
      subtitle: [
        commonWords(quiet),
        "medians over repetitions, without control messages; numbers: messages per request",
      ].join(" · "),
      description: `Stacked bars of ${unit}. ${bars.map(({ bar, total }) => `${bar}: ${shown(total)}`).join("; ")}.`,
      legend: kinds.map((kind, index) => ({
        label: kind,
        style: kindStyle(index),
        shape: "area" as const,
      })),
      height: 50 + bars.length * rowHeight,
      plot: {
        marginLeft: Math.min(mostMargin, Math.max(150, 12 + letterWidth * longest)),
        marginRight: 60,
        marginTop: 6,
        marginBottom: 40,
        x: { label: unit, labelAnchor: "center", labelArrow: "none", grid: true },
        y: { domain: bars.map(({ bar }) => bar), label: null, padding: 0.2, tickSize: 0 },
        color: { domain: kinds, range: kinds.map((_, index) => kindStyle(index).color) },
        marks: [
          Plot.barX(parts, {
            x1: "from",
            x2: "to",
            y: "bar",
            fill: "kind",
            stroke: "#ffffff",
            strokeWidth: 0.6,
          }),
          Plot.text(ends, {
            x: "end",
            y: "bar",
            text: ({ total }: { total: number }) => shown(total),
            textAnchor: "start",
            dx: 5,
          }),
          Plot.ruleX([0]),
        ],
      },
    }),
  ];
}

/** Names of bars stand to their left; whatever their length, bars must have some room. */
const [letterWidth, mostMargin] = [7, 380];

const shown = (total: number): string =>
  total.toLocaleString("en-US", { maximumFractionDigits: total < 10 ? 2 : 1 });

/** Of cells in which nothing fails and no two requests share a proposal. */
export const quietMessages = (messages: readonly TextRow[]): readonly TextRow[] =>
  messages.filter(
    (row) => row["fault"] === "none" && row["batch"] === "1" && row["is_control"] !== "true",
  );

function barsOf(rows: readonly TextRow[]): readonly Bar[] {
  const protocols = inHouseOrder(rows.map((row) => row["protocol"] ?? ""));
  const cells = [...groupBy(rows, (row) => row["cell"] ?? "").values()];
  const labels = groupBy(cells, ([row]) => label(row));
  const bars = cells.flatMap((own) => {
    const [row] = own;
    if (row === undefined) return [];
    // Cells that differ in more than protocol and size have their full name.
    const isAlone = (labels.get(label(row)) ?? []).length === 1;
    // Values that say themselves what they are need no key before them.
    const name = (row["cell"] ?? "").replace(/\b(transport|network|service)=/g, "");
    const bar = isAlone ? label(row) : name;
    const parts: Part[] = [];
    for (const [kind, ofKind] of groupBy(own, (one) => one["kind"] ?? "")) {
      const count = spreadOf(ofKind, "messages_per_request")?.middle ?? 0;
      const from = parts.at(-1)?.to ?? 0;
      if (count > 0) parts.push({ bar, kind, from, to: from + count });
    }
    const total = parts.at(-1)?.to ?? 0;
    return total === 0
      ? []
      : [{ bar, protocol: row["protocol"] ?? "", n: numberOf(row, "n"), total, parts }];
  });
  const place = ({ protocol }: Bar) => protocols.indexOf(protocol);
  return bars.sort((a, b) => place(a) - place(b) || a.n - b.n || (a.bar < b.bar ? -1 : 1));
}

const label = (row: TextRow | undefined): string =>
  `${titleOf(row?.["protocol"] ?? "")} n=${row?.["n"]}`;
