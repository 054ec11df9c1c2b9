/** Chart: how the trust in each node of CCRO moves from round to round, a panel for each cell. */

import * as Plot from "@observablehq/plot";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw } from "./drawing.ts";
import { shortList } from "./names.ts";
import { alarm, type Style } from "./palette.ts";
import { panelFrames, panelHeight, panelScales, panelTop } from "./panels.ts";
import { commonWords, mostPanels, numberOf, panelsOf, type RunTables, spreadOf } from "./points.ts";

const honest: Style = { color: "#4477aa", dash: "", symbol: "circle" };
const faulty: Style = { ...alarm, symbol: "circle" };

/** From trust.csv: key columns, `height` (one for each round), `node`, `trust`. Nodes in `faulty` are drawn as such. */
export function trustOverRounds({ trust }: RunTables): readonly Chart[] {
  if (trust.length === 0) return [];
  const cells = shownCells(trust);
  const panels = panelsOf(cells.map(([cell]) => cell));
  const points = cells.flatMap(([cell, rows]) => {
    const { fx, fy } = panels.get(cell) ?? { fx: 0, fy: 0 };
    const byNodeAndRound = groupBy(
      rows,
      (row) => `${row["node"]} ${isFaulty(row)} ${row["height"]}`,
    );
    return [...byNodeAndRound.values()].flatMap((own) => {
      const [row] = own;
      const spread = spreadOf(own, "trust");
      if (row === undefined || spread === undefined) return [];
      const series = `${cell} ${row["node"]} ${isFaulty(row)}`;
      const node = row["node"] ?? "";
      return [
        {
          fx,
          fy,
          series,
          node,
          isFaulty: isFaulty(row),
          round: numberOf(row, "height"),
          ...spread,
        },
      ];
    });
  });
  points.sort((a, b) => a.round - b.round);
  const last = Math.max(...points.map(({ round }) => round));
  const linesOf = (ofFaulty: boolean, style: Style) => {
    const own = points.filter((point) => point.isFaulty === ofFaulty);
    const place = { fx: "fx", fy: "fy", x: "round", z: "series" };
    return [
      Plot.areaY(own, { ...place, y1: "low", y2: "high", fill: style.color, fillOpacity: 0.12 }),
      Plot.lineY(own, {
        ...place,
        y: "middle",
        stroke: style.color,
        strokeWidth: 1.6,
        strokeDasharray: style.dash,
      }),
    ];
  };
  return [
    draw({
      name: "trust-over-rounds",
      title: "Trust over rounds",
      subtitle: [commonWords(trust), "medians over repetitions with 95 % intervals"].join(" · "),
      description: `Trust in each node against the number of rounds. ${cells.map(([cell]) => cell).join("; ")}. In round ${last} the median of the honest nodes is ${middleAt(points, last, false)}, of the faulty ones ${middleAt(points, last, true)}.`,
      legend: [
        { label: "honest node", style: honest, shape: "rule" },
        { label: "faulty node", style: faulty, shape: "rule" },
      ],
      height: panelHeight(panels),
      plot: {
        marginLeft: 50,
        marginRight: 40,
        marginTop: panelTop,
        marginBottom: 44,
        ...panelScales,
        x: { label: "round (height)", labelAnchor: "center", labelArrow: "none", tickFormat: "d" },
        y: { label: "trust", labelArrow: "none", grid: true },
        marks: [
          ...panelFrames(panels),
          ...linesOf(false, honest),
          ...linesOf(true, faulty),
          Plot.text(endsOf(points), {
            ...{ fx: "fx", fy: "fy", x: "round", y: "middle", text: "nodes" },
            ...{ dx: 4, textAnchor: "start", fontSize: 10 },
          }),
        ],
      },
    }),
  ];
}

/**
 * Where something fails trust has the most to say, and one round makes no line. Repetitions are interleaved,
 * so the file has its cells in no order that means anything.
 */
function shownCells(trust: readonly TextRow[]) {
  const cells = [...groupBy(trust, (row) => row["cell"] ?? "")].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const isLine = (rows: readonly TextRow[]) => new Set(rows.map((row) => row["height"])).size > 1;
  const lines = cells.filter(([, rows]) => isLine(rows));
  const shown = lines.length > 0 ? lines : cells;
  const hasFaulty = (rows: readonly TextRow[]) => (rows.some(isFaulty) ? 0 : 1);
  return shown.toSorted(([, a], [, b]) => hasFaulty(a) - hasFaulty(b)).slice(0, mostPanels);
}

interface End {
  readonly fx: number;
  readonly fy: number;
  readonly round: number;
  readonly middle: number;
  readonly node: string;
}

/** The ends of the lines in each panel; nodes that end together share a name: `r0–r3`. */
function endsOf(points: readonly End[]) {
  const panels = groupBy(points, ({ fx, fy }) => `${fx} ${fy}`);
  return [...panels.values()].flatMap((own) => {
    const last = Math.max(...own.map(({ round }) => round));
    const ends = own.filter(({ round }) => round === last);
    return [...groupBy(ends, ({ middle }) => String(middle)).values()].flatMap((alike) => {
      const [first] = alike;
      const names = alike.map(({ node }) => node);
      return first === undefined ? [] : [{ ...first, nodes: shortList(names) }];
    });
  });
}

const isFaulty = (row: TextRow): boolean =>
  (row["faulty"] ?? "").split("+").includes(row["node"] ?? "?");

function middleAt(
  points: readonly {
    readonly round: number;
    readonly isFaulty: boolean;
    readonly middle: number;
  }[],
  round: number,
  ofFaulty: boolean,
): string {
  const own = points.filter((point) => point.round === round && point.isFaulty === ofFaulty);
  if (own.length === 0) return "unknown, as there are none";
  const sorted = own.map(({ middle }) => middle).sort((a, b) => a - b);
  return String(Number((sorted[sorted.length >> 1] ?? 0).toPrecision(3)));
}
