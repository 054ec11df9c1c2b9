/** Charts of the paper's figures: what was measured in colour, what was published in grey. */

import * as Plot from "@observablehq/plot";
import { type Chart, draw, type LegendEntry } from "../charts/drawing.ts";
import { shortList } from "../charts/names.ts";
import { published as grey, inHouseOrder, type Style, styleOf } from "../charts/palette.ts";
import { logScale } from "../charts/panels.ts";
import { spreadOfValues } from "../charts/points.ts";
import { groupBy } from "../compare/csv-cells.ts";
import { figure } from "../output/figures.ts";
import type { PaperFigure } from "./figures.ts";
import { seriesTitle } from "./wording.ts";

/** Figure 2 has charts already: costs by kind, and measured against formula. */
export const paperCharts = (figures: readonly PaperFigure[]): readonly Chart[] =>
  figures.filter(({ measured }) => measured.length > 0).map(chartOf);

const axisNames: Readonly<Record<string, string>> = {
  n: "nodes n",
  round: "round",
  block_mb: "block size (MB)",
  latency_ms: "latency p50 (ms)",
  throughput_per_s: "requests accepted per second",
  trust: "trust",
};

interface Drawn {
  readonly series: string;
  readonly x: number | string;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

function chartOf(shown: PaperFigure): Chart {
  const { number, title, metric, xName, published, sentence } = shown;
  const points = measuredIn(shown);
  const others = published.map(({ series, name, x, value }) => ({
    ...{ series, x: x ?? seriesTitle(series), value, label: paperTitle(name) },
  }));
  const names = inHouseOrder(points.map(({ series }) => series));
  // Nodes are alike: six of them would be six colours that say nothing.
  const isOfNodes = metric === "trust";
  const style = (series: string): Style => (isOfNodes ? nodeStyle : styleOf(series, names));
  const y = [
    ...points.flatMap(({ low, high }) => [low, high]),
    ...others.map(({ value }) => value),
  ];
  const lastX = Math.max(...others.map(({ x }) => Number(x)));
  return draw({
    name: `figure-${number}`,
    title: `Figure ${number} of the paper: ${title.charAt(0).toLowerCase()}${title.slice(1)}`,
    subtitle:
      "grey: as published, on other machines · coloured: measured here, medians over repetitions with 95 % intervals",
    description: sentence,
    legend: [
      ...(isOfNodes ? [] : names).map(
        (series): LegendEntry => ({
          label: seriesTitle(series),
          style: style(series),
          shape: xName === undefined ? "dot" : "line",
        }),
      ),
      ...(isOfNodes ? [{ label: "a node here", style: nodeStyle, shape: "line" as const }] : []),
      { label: "published", style: grey, shape: "dot" },
    ],
    height: 360,
    plot: {
      marginLeft: 64,
      marginRight: 70,
      marginBottom: 44,
      marginTop: 20,
      x: {
        label: xName === undefined ? null : (axisNames[xName] ?? xName),
        labelAnchor: "center",
        labelArrow: "none",
        inset: 14,
        ...(xName === undefined ? { type: "point" } : { ticks: ticksOf(points, others) }),
        ...(xName === undefined ? {} : { tickFormat: String }),
      },
      y: {
        ...(isOfNodes ? {} : logScale(y)),
        label: axisNames[metric] ?? metric,
        labelArrow: "none",
        grid: true,
        inset: 6,
      },
      marks: [
        Plot.frame({ stroke: "#bbbbbb" }),
        ...(xName === undefined
          ? []
          : [Plot.lineY(others, { x: "x", y: "value", z: "series", stroke: grey.color })]),
        Plot.dot(others, { x: "x", y: "value", fill: grey.color, symbol: grey.symbol, r: 4 }),
        Plot.text(isOfNodes ? [] : namedEnds(others, xName === undefined ? undefined : lastX, y), {
          ...{ x: "x", y: "labelY", text: "label" },
          ...{ dx: 8, textAnchor: "start", fill: "#555555" },
        }),
        Plot.text(isOfNodes ? nodeEnds(points) : [], {
          ...{ x: "x", y: "middle", text: "nodes", dx: 8, textAnchor: "start" },
        }),
        ...names.flatMap((series) => marksOf(points, series, style(series), xName !== undefined)),
      ],
    },
  });
}

const paperTitle = (name: string): string => (name === "raft" ? "Raft" : seriesTitle(name));

const nodeStyle: Style = { color: "#4477aa", dash: "", symbol: "circle" };

function measuredIn({ measured }: PaperFigure): readonly Drawn[] {
  return measured.flatMap(({ series, x, values }) => {
    const spread = spreadOfValues(values.filter(Number.isFinite));
    return spread === undefined ? [] : [{ series, x: x ?? seriesTitle(series), ...spread }];
  });
}

/** Names need so much of the height of a chart. */
const heightOfName = 0.05;

/** Where the grey names stand: beside the last points, moved apart where those are close. */
function namedEnds<Point extends { readonly x: number | string; readonly value: number }>(
  others: readonly Point[],
  lastX: number | undefined,
  y: readonly number[],
): readonly (Point & { readonly labelY: number })[] {
  if (lastX === undefined) return others.map((point) => ({ ...point, labelY: point.value }));
  // On a logarithmic axis equal distances are equal ratios.
  const step = (Math.max(...y) / Math.min(...y)) ** heightOfName;
  let least = 0;
  return others
    .filter(({ x }) => x === lastX)
    .toSorted((a, b) => a.value - b.value)
    .map((point) => {
      const labelY = Math.max(point.value, least);
      least = labelY * step;
      return { ...point, labelY };
    });
}

/** Nodes that end together share a name. */
function nodeEnds(points: readonly Drawn[]) {
  const last = Math.max(...points.map(({ x }) => Number(x)));
  const ends = groupBy(
    points.filter(({ x }) => x === last),
    ({ middle }) => String(middle),
  );
  return [...ends.values()].flatMap((alike) => {
    const [first] = alike;
    const nodes = shortList(alike.map(({ series }) => series));
    return first === undefined ? [] : [{ ...first, nodes }];
  });
}

const ticksOf = (
  points: readonly Drawn[],
  others: readonly { readonly x: number | string }[],
): number[] => [...new Set([...points, ...others].map(({ x }) => Number(x)))].sort((a, b) => a - b);

function marksOf(points: readonly Drawn[], series: string, style: Style, isLine: boolean) {
  const own = points.filter((point) => point.series === series);
  const { color, dash, symbol } = style;
  const line = { stroke: color, strokeWidth: 2, strokeDasharray: dash };
  return [
    Plot.ruleX(own, { x: "x", y1: "low", y2: "high", stroke: color, strokeWidth: 1.2 }),
    ...(isLine ? [Plot.lineY(own, { x: "x", y: "middle", ...line })] : []),
    Plot.dot(own, {
      ...{ x: "x", y: "middle", fill: color, symbol, r: 4 },
      title: ({ middle }: Drawn) => figure(middle),
    }),
  ];
}
