/** Chart: how latency grows with the number of nodes, a panel for each regime. */

import * as Plot from "@observablehq/plot";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw, type LegendEntry } from "./drawing.ts";
import { inHouseOrder, published, styleOf, titleOf } from "./palette.ts";
import { logScale, panelFrames, panelHeight, panelScales, panelTop } from "./panels.ts";
import {
  commonWords,
  mostPanels,
  numberOf,
  type Panel,
  panelsOf,
  type RunTables,
  regimes,
  spreadOf,
  withoutDose,
} from "./points.ts";

interface Point {
  readonly fx: number;
  readonly fy: number;
  readonly protocol: string;
  readonly n: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Nothing unless a protocol ran with two sizes in one regime. */
export function latencyAgainstN({ summary, published: others }: RunTables): readonly Chart[] {
  const closedLoop = summary.filter((row) => (row["rate"] ?? "") === "");
  const grown = [...regimes(closedLoop)].filter(([, rows]) => hasSizes(rows));
  const charts: Chart[] = [];
  for (let start = 0; start < grown.length; start += mostPanels) {
    const number = start / mostPanels;
    charts.push(chartOf(grown.slice(start, start + mostPanels), others, number));
  }
  return charts;
}

const hasSizes = (rows: readonly TextRow[]): boolean =>
  [...groupBy(rows, (row) => row["protocol"] ?? "").values()].some(
    (own) => new Set(own.map((row) => row["n"])).size > 1,
  );

type Regimes = readonly (readonly [string, readonly TextRow[]])[];

function chartOf(shown: Regimes, others: readonly TextRow[], number: number): Chart {
  const panels = panelsOf(shown.map(([label]) => label));
  const points = shown.flatMap(([label, rows]) => pointsOf(rows, panels.get(label)));
  const grey = shown.flatMap(([label, rows]) => publishedIn(rows, others, panels.get(label)));
  const finite = points.filter(({ middle }) => Number.isFinite(middle));
  const lost = points.filter(({ middle }) => !Number.isFinite(middle));
  const protocols = inHouseOrder(points.map(({ protocol }) => protocol));
  const y = [
    ...finite.flatMap(({ low, middle, high }) => [low, middle, high]),
    ...grey.map(({ middle }) => middle),
  ];
  const ns = [...new Set(points.map(({ n }) => n))].sort((a, b) => a - b);
  const all = shown.flatMap(([, rows]) => rows);
  return draw({
    name: number === 0 ? "latency-against-n" : `latency-against-n-${number + 1}`,
    title: "Latency against the number of nodes",
    subtitle: [commonWords(all), "medians over repetitions with 95 % intervals"]
      .filter((words) => words !== "")
      .join(" · "),
    description: descriptionOf(panels, finite),
    legend: [
      ...protocols.map(
        (protocol): LegendEntry => ({
          label: titleOf(protocol),
          style: styleOf(protocol, protocols),
          shape: "line",
        }),
      ),
      ...(grey.length === 0 ? [] : [publishedEntry(others)]),
    ],
    height: panelHeight(panels),
    plot: {
      marginLeft: 56,
      marginTop: panelTop,
      marginBottom: 44,
      ...panelScales,
      x: {
        type: Math.max(...ns) / Math.min(...ns) > 5 ? "log" : "linear",
        label: "nodes n",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: ns.length > 8 ? ns.filter((_, index) => index % 2 === 0) : ns,
        tickFormat: String,
        inset: 12,
      },
      y: { ...logScale(y), label: "latency p50 (ms)", labelArrow: "none", grid: true, inset: 6 },
      marks: [
        ...panelFrames(panels),
        Plot.dot(grey, {
          fx: "fx",
          fy: "fy",
          x: "n",
          y: "middle",
          fill: published.color,
          symbol: published.symbol,
          r: 4,
        }),
        ...protocols.flatMap((protocol) => {
          const own = finite.filter((point) => point.protocol === protocol);
          const { color, dash, symbol } = styleOf(protocol, protocols);
          const place = { fx: "fx", fy: "fy", x: "n" };
          const bounded = own.map((point) => ({
            ...point,
            high: Math.min(point.high, Math.max(...y)),
          }));
          return [
            Plot.areaY(bounded, {
              ...place,
              y1: "low",
              y2: "high",
              fill: color,
              fillOpacity: 0.15,
            }),
            Plot.ruleX(bounded, {
              ...place,
              y1: "low",
              y2: "high",
              stroke: color,
              strokeWidth: 1.2,
            }),
            Plot.lineY(own, {
              ...place,
              y: "middle",
              stroke: color,
              strokeWidth: 2,
              strokeDasharray: dash,
            }),
            Plot.dot(own, {
              ...place,
              y: "middle",
              fill: color,
              symbol,
              r: 4,
              stroke: "#ffffff",
              strokeWidth: 0.5,
            }),
          ];
        }),
        ...protocols.map((protocol, row) =>
          Plot.text(
            lost.filter((point) => point.protocol === protocol),
            {
              fx: "fx",
              fy: "fy",
              x: "n",
              text: () => "∞",
              frameAnchor: "top",
              dy: 6 + 11 * row,
              fill: styleOf(protocol, protocols).color,
              fontWeight: "bold",
              fontSize: 14,
            },
          ),
        ),
      ],
    },
  });
}

function pointsOf(rows: readonly TextRow[], panel = { fx: 0, fy: 0 }): readonly Point[] {
  const sized = groupBy(rows, (row) => `${row["protocol"]} ${row["n"]}`);
  return [...sized.values()]
    .flatMap((own) => {
      const [row] = own;
      const spread = spreadOf(own, "latency_p50_ms");
      if (row === undefined || spread === undefined) return [];
      const { fx, fy } = panel;
      return [{ fx, fy, protocol: row["protocol"] ?? "", n: numberOf(row, "n"), ...spread }];
    })
    .sort((a, b) => a.n - b.n);
}

/** Published times of the fault that a panel is about. */
function publishedIn(
  rows: readonly TextRow[],
  others: readonly TextRow[],
  panel = { fx: 0, fy: 0 },
) {
  const modes = new Set(rows.map((row) => withoutDose(row["fault"])));
  return others.flatMap((other) => {
    const seconds = numberOf(other, "seconds");
    if (!modes.has(`${other["fault"]}@x`) || !(seconds > 0)) return [];
    return [{ fx: panel.fx, fy: panel.fy, n: numberOf(other, "n"), middle: 1000 * seconds }];
  });
}

const publishedEntry = (others: readonly TextRow[]): LegendEntry => ({
  label: `published: ${[...new Set(others.map((row) => row["source"]))].join(", ")}`,
  style: published,
  shape: "dot",
});

function descriptionOf(panels: ReadonlyMap<string, Panel>, points: readonly Point[]): string {
  const told = [...panels.values()].map(({ label, fx, fy }) => {
    const own = points.filter((point) => point.fx === fx && point.fy === fy);
    const largest = Math.max(...own.map(({ n }) => n));
    const there = own.filter(({ n }) => n === largest);
    const words = inHouseOrder(there.map(({ protocol }) => protocol)).map((name) => {
      const middle = there.find(({ protocol }) => protocol === name)?.middle ?? Number.NaN;
      return `${titleOf(name)} ${Number(middle.toPrecision(3))} ms`;
    });
    return `${label === "" ? "A" : `${label}, a`}t n = ${largest}: ${words.join(", ")}.`;
  });
  return `Median latency, on a logarithmic axis, against the number of nodes. ${told.join(" ")}`;
}
