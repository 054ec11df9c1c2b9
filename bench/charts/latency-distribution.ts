/** Chart: which share of requests was accepted within which time, a panel for each regime. */

import * as Plot from "@observablehq/plot";
import { numberIn } from "../cell-summary.ts";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { ascending } from "../statistics/median.ts";
import { type Chart, draw } from "./drawing.ts";
import { inHouseOrder, styleOf, titleOf } from "./palette.ts";
import { logScale, panelFrames, panelHeight, panelScales, panelTop } from "./panels.ts";
import {
  commonWords,
  mostPanels,
  type Panel,
  panelsOf,
  type RunTables,
  regimes,
} from "./points.ts";

interface Step {
  readonly fx: number;
  readonly fy: number;
  readonly series: string;
  readonly ms: number;
  readonly share: number;
}

/** Points of one curve; more would be finer than ink. */
const mostSteps = 300;
const fewestRequests = 5;

/** Of the smallest size that every protocol of the run tolerates a fault with, or else their smallest. */
export function latencyDistribution({ requests }: RunTables): readonly Chart[] {
  const sized = [...groupBy(requests, (row) => row["protocol"] ?? "").values()].flatMap(ofOneSize);
  const shown = [...regimes(sized)]
    .filter(([, rows]) => rows.length >= fewestRequests)
    .slice(0, mostPanels);
  const panels = panelsOf(shown.map(([label]) => label));
  const steps = shown.flatMap(([label, rows]) => {
    const panel = panels.get(label);
    const bySeries = groupBy(rows, (row) => row["protocol"] ?? "");
    return panel === undefined
      ? []
      : [...bySeries].flatMap(([series, own]) => stepsOf(series, own, panel));
  });
  if (steps.length === 0) return [];
  const protocols = inHouseOrder(sized.map((row) => row["protocol"] ?? ""));
  const nOf = (protocol: string) => sized.find((row) => row["protocol"] === protocol)?.["n"];
  const x = logScale(steps.map(({ ms }) => ms));
  return [
    draw({
      name: "latency-distribution",
      title: "Which share of requests was accepted within which time",
      subtitle: [
        commonWords(sized),
        "all repetitions together; a curve that ends below 100 % lost the rest",
      ]
        .filter((words) => words !== "")
        .join(" · "),
      description: descriptionOf(shown, protocols),
      legend: protocols.map((protocol) => ({
        label: `${titleOf(protocol)} n=${nOf(protocol)}`,
        style: styleOf(protocol, protocols),
        shape: "rule" as const,
      })),
      height: panelHeight(panels, 230),
      plot: {
        marginLeft: 50,
        marginTop: panelTop,
        marginBottom: 44,
        ...panelScales,
        x: { ...x, label: "latency (ms)", labelAnchor: "center", labelArrow: "none" },
        y: {
          domain: [0, 100],
          percent: true,
          label: "accepted (%)",
          labelArrow: "none",
          grid: true,
        },
        marks: [
          ...panelFrames(panels),
          ...protocols.map((protocol) => {
            const { color, dash } = styleOf(protocol, protocols);
            return Plot.line(
              steps.filter(({ series }) => series === protocol),
              {
                ...{ fx: "fx", fy: "fy", x: "ms", y: "share", curve: "step-after" },
                ...{ stroke: color, strokeWidth: 2, strokeDasharray: dash },
              },
            );
          }),
        ],
      },
    }),
  ];
}

function ofOneSize(rows: readonly TextRow[]): readonly TextRow[] {
  const sizes = [...new Set(rows.map((row) => Number(row["n"])))].sort((a, b) => a - b);
  const tolerant = sizes.find((n) =>
    rows.some((row) => Number(row["n"]) === n && Number(row["f"]) > 0),
  );
  return rows.filter((row) => Number(row["n"]) === (tolerant ?? sizes[0]));
}

function stepsOf(series: string, rows: readonly TextRow[], { fx, fy }: Panel): readonly Step[] {
  const times = rows
    .map((row) => numberIn(row["latency_ms"]) ?? Number.POSITIVE_INFINITY)
    .sort(ascending);
  const every = Math.max(1, Math.ceil(times.length / mostSteps));
  const accepted = times.filter((ms) => Number.isFinite(ms) && ms > 0);
  const [first] = accepted;
  if (first === undefined) return [];
  const steps = accepted
    .map((ms, index) => ({ fx, fy, series, ms, share: (index + 1) / times.length }))
    .filter((_, index) => index % every === 0 || index === accepted.length - 1);
  return [{ fx, fy, series, ms: first, share: 0 }, ...steps];
}

function descriptionOf(
  shown: readonly (readonly [string, readonly TextRow[]])[],
  protocols: readonly string[],
): string {
  const told = shown.map(([label, rows]) => {
    const shares = protocols.flatMap((protocol) => {
      const own = rows.filter((row) => row["protocol"] === protocol);
      if (own.length === 0) return [];
      const accepted = own.filter((row) =>
        Number.isFinite(numberIn(row["latency_ms"]) ?? Number.NaN),
      );
      return [`${titleOf(protocol)} ${Math.round((100 * accepted.length) / own.length)} %`];
    });
    return `${label === "" ? "All" : label}: ${shares.join(", ")}`;
  });
  return `Share of requests accepted within a time, on a logarithmic axis. Accepted in the end: ${told.join("; ")}.`;
}
