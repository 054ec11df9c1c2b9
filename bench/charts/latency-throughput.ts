/** Chart: latency against throughput at growing rates, with the knee where the run has found one. */

import * as Plot from "@observablehq/plot";
import { factorColumns, groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw } from "./drawing.ts";
import { inHouseOrder, mark, styleOf, titleOf } from "./palette.ts";
import { logScale } from "./panels.ts";
import { commonWords, numberOf, type RunTables, spreadOf } from "./points.ts";

interface Point {
  readonly series: string;
  readonly protocol: string;
  readonly rate: number;
  readonly throughput: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
  readonly tail: number;
  readonly isKnee: boolean;
}

/** Nothing unless a protocol ran at three rates. Knees come from knees.csv: key columns and `knee_per_s`. */
export function latencyThroughput({ summary, knees }: RunTables): readonly Chart[] {
  const open = summary.filter((row) => (row["rate"] ?? "") !== "");
  const series = groupBy(open, seriesOf);
  const points = [...series.values()]
    .filter((rows) => new Set(rows.map((row) => row["rate"])).size > 2)
    .flatMap((rows) => pointsOf(rows, knees));
  const shown = points.filter(({ middle }) => Number.isFinite(middle));
  if (shown.length === 0) return [];
  const protocols = inHouseOrder(shown.map(({ protocol }) => protocol));
  const y = shown.flatMap(({ low, middle, high, tail }) => [low, middle, high, tail]);
  const highest = Math.max(...y.filter(Number.isFinite));
  const names = [...new Set(shown.map((point) => point.series))];
  return [
    draw({
      name: "latency-against-throughput",
      title: "Latency against throughput",
      subtitle: [
        commonWords(open),
        "lines: p50 with 95 % intervals; thin: p99; open loop, from the intended arrival",
      ].join(" · "),
      description: descriptionOf(shown, names),
      legend: [
        ...protocols.map((protocol) => ({
          label: titleOf(protocol),
          style: styleOf(protocol, protocols),
          shape: "line" as const,
        })),
        ...(shown.some(({ isKnee }) => isKnee)
          ? [{ label: "knee", style: { ...mark, dash: "" }, shape: "rule" as const }]
          : []),
      ],
      height: 360,
      plot: {
        marginLeft: 56,
        marginBottom: 44,
        marginTop: 26,
        x: {
          label: "goodput (accepted requests per second)",
          labelAnchor: "center",
          labelArrow: "none",
          zero: true,
          insetRight: 24,
        },
        y: { ...logScale(y), label: "latency (ms)", labelArrow: "none", grid: true },
        marks: [
          Plot.frame({ stroke: "#bbbbbb" }),
          ...names.flatMap((name) => {
            const own = shown.filter((point) => point.series === name);
            const { color, dash, symbol } = styleOf(own[0]?.protocol ?? "", protocols);
            const bounded = own.map((point) => ({ ...point, high: Math.min(point.high, highest) }));
            const tails = own.filter(({ tail }) => Number.isFinite(tail));
            const x = "throughput";
            return [
              Plot.ruleX(bounded, { x, y1: "low", y2: "high", stroke: color, strokeWidth: 1.2 }),
              Plot.line(tails, {
                x,
                y: "tail",
                stroke: color,
                strokeWidth: 0.8,
                strokeDasharray: dash,
              }),
              Plot.line(own, {
                x,
                y: "middle",
                stroke: color,
                strokeWidth: 2,
                strokeDasharray: dash,
              }),
              Plot.dot(own, { x, y: "middle", fill: color, symbol, r: 3.5 }),
              Plot.text(own.slice(-1), {
                x,
                y: "middle",
                text: () => name,
                dx: 8,
                textAnchor: "start",
                fill: "#1a1a1a",
              }),
            ];
          }),
          Plot.ruleX(
            shown.filter(({ isKnee }) => isKnee),
            { x: "throughput", stroke: mark.color, strokeWidth: 1 },
          ),
          Plot.dot(
            shown.filter(({ isKnee }) => isKnee),
            { x: "throughput", y: "middle", r: 8, stroke: "#1a1a1a", strokeWidth: 1.5 },
          ),
        ],
      },
    }),
  ];
}

const seriesOf = (row: TextRow): string => `${titleOf(row["protocol"] ?? "")} n=${row["n"]}`;

function pointsOf(rows: readonly TextRow[], knees: readonly TextRow[]): readonly Point[] {
  return [...groupBy(rows, (row) => row["rate"] ?? "").values()]
    .flatMap((own) => {
      const [row] = own;
      const latency = spreadOf(own, "latency_p50_ms");
      const throughput = spreadOf(own, "throughput_per_s");
      if (row === undefined || latency === undefined || throughput === undefined) return [];
      const rate = numberOf(row, "rate");
      const knee = knees.find((other) => isSameSeries(row, other));
      return [
        {
          ...{ series: seriesOf(row), protocol: row["protocol"] ?? "", rate, ...latency },
          throughput: throughput.middle,
          tail: spreadOf(own, "latency_p99_ms")?.middle ?? Number.NaN,
          isKnee: knee !== undefined && numberOf(knee, "knee_per_s") === rate,
        },
      ];
    })
    .sort((a, b) => a.rate - b.rate);
}

const isSameSeries = (row: TextRow, other: TextRow): boolean =>
  factorColumns.every(
    (column) => column === "rate" || (other[column] ?? "") === "" || other[column] === row[column],
  );

function descriptionOf(points: readonly Point[], names: readonly string[]): string {
  const told = names.map((name) => {
    const own = points.filter(({ series }) => series === name);
    const peak = Math.max(...own.map(({ throughput }) => throughput));
    const knee = own.find(({ isKnee }) => isKnee);
    const bend = knee === undefined ? "" : `, with its knee at ${knee.rate} offered`;
    return `${name} reaches ${Math.round(peak)} requests per second${bend}`;
  });
  return `Median and 99th percentile of latency, on a logarithmic axis, against accepted requests per second. ${told.join("; ")}.`;
}
