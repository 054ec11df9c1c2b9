/** Chart: candidate over base in median latency against n, a line for each delay, a panel for each condition. */

import * as Plot from "@observablehq/plot";
import { type Chart, draw } from "../charts/drawing.ts";
import { type Style, titleOf } from "../charts/palette.ts";
import { logScale, panelFrames, panelHeight, panelScales } from "../charts/panels.ts";
import { mostPanels, panelsOf } from "../charts/points.ts";
import { groupBy } from "../compare/csv-cells.ts";
import type { Findings } from "./findings.ts";
import type { Place } from "./places.ts";
import { placeWords, summarySentences } from "./wording.ts";

/** The later, the darker; told apart by dash and symbol, too. */
const styles: readonly Style[] = [
  { color: "#e69f00", dash: "", symbol: "circle" },
  { color: "#56b4e9", dash: "7,3", symbol: "square" },
  { color: "#0072b2", dash: "2,3", symbol: "triangle" },
  { color: "#1b2a49", dash: "10,4", symbol: "diamond" },
];
const usual: Style = { color: "#555555", dash: "1,3", symbol: "cross" };

/** One for each pair of protocols. */
export function crossingCharts({
  places,
  crossings,
  label,
}: Pick<Findings, "places" | "crossings" | "label">): readonly Chart[] {
  const delays = [...new Set(places.map(({ delayMs }) => delayMs))].sort((a, b) => a - b);
  const styleAt = (delayMs: number) => styles[delays.indexOf(delayMs)] ?? usual;
  const pairs = groupBy(places, ({ base, candidate }) => `${candidate}-over-${base}`);
  return [...pairs].map(([name, own]) => {
    const [first] = own;
    const [candidate, base] = [first?.candidate ?? "", first?.base ?? ""].map(titleOf);
    const labels = [...new Set(own.map(({ conditions }) => label(conditions)))];
    const panels = panelsOf(labels.slice(0, mostPanels));
    const points = own.flatMap((place) => pointOf(place, panels.get(label(place.conditions))));
    const summary = summarySentences(
      crossings.filter((one) => one.base === first?.base && one.candidate === first.candidate),
    );
    const nodes = [...new Set(own.map(({ n }) => n))].sort((a, b) => a - b);
    return draw({
      name: `crossing-${name}`,
      title: `Where ${candidate} overtakes ${base}`,
      subtitle: `median latency of ${candidate} over that of ${base}, with 95 % intervals; below the line at 1 ${candidate} is faster`,
      description: summary.join(" "),
      legend: delays.map((delayMs) => ({
        label: `${placeWords("delay", delayMs)} one way`,
        style: styleAt(delayMs),
        shape: "line",
      })),
      height: panelHeight(panels),
      plot: {
        ...{ marginLeft: 56, marginRight: 20, marginTop: 34, marginBottom: 44 },
        ...panelScales,
        x: {
          ...{ label: "nodes n", labelAnchor: "center", labelArrow: "none" },
          ...{ ticks: nodes, tickFormat: "d", inset: 16 },
        },
        y: {
          ...logScale([...points.flatMap(({ low, high }) => [low, high]), 1]),
          ...{ label: "ratio of latencies", labelArrow: "none", grid: true },
        },
        marks: [
          ...panelFrames(panels),
          Plot.ruleY([1], { stroke: "#1a1a1a", strokeWidth: 1.2 }),
          ...delays.flatMap((delayMs) => {
            const { color, dash, symbol } = styleAt(delayMs);
            const line = points.filter((point) => point.delayMs === delayMs);
            const place = { fx: "fx", fy: "fy", x: "n" };
            return [
              Plot.ruleX(line, { ...place, y1: "low", y2: "high", stroke: color }),
              Plot.lineY(line, {
                ...{ ...place, y: "ratio", stroke: color },
                ...{ strokeWidth: 1.8, strokeDasharray: dash },
              }),
              Plot.dot(line, { ...place, y: "ratio", fill: color, symbol, r: 4 }),
            ];
          }),
        ],
      },
    });
  });
}

function pointOf(
  { n, delayMs, difference }: Place,
  panel: { readonly fx: number; readonly fy: number } | undefined,
) {
  const { ratio, interval } = difference;
  if (panel === undefined || ratio === undefined || !Number.isFinite(ratio)) return [];
  const { fx, fy } = panel;
  const { low, high } = interval ?? { low: ratio, high: ratio };
  return [{ fx, fy, n, delayMs, ratio, low, high }];
}
