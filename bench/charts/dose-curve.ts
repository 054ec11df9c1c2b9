/** Chart: what is left of the goodput when more and more nodes fail, past f, with the cliff marked. */

import * as Plot from "@observablehq/plot";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw } from "./drawing.ts";
import { alarm, inHouseOrder, mark, styleOf, titleOf } from "./palette.ts";
import { panelFrames, panelHeight, panelScales, panelTop } from "./panels.ts";
import {
  commonWords,
  mostPanels,
  numberOf,
  panelsOf,
  type RunTables,
  spreadOfValues,
  withoutDose,
} from "./points.ts";

interface Point {
  readonly fx: number;
  readonly fy: number;
  readonly protocol: string;
  readonly faulty: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
  readonly isUnsafe: boolean;
}

const fewestDoses = 3;

/** A panel for each mode of failing; nothing unless one has three doses at one size. */
export function doseCurve({ summary }: RunTables): readonly Chart[] {
  const modes = groupBy(
    summary.filter((row) => row["fault"] !== "none"),
    (row) => withoutDose(row["fault"]),
  );
  const curves = [...modes].flatMap(([mode, rows]) => {
    const series = [...groupBy(rows, (row) => `${row["protocol"]} ${row["n"]}`).values()];
    return series
      .filter((own) => new Set(own.map(doseOf)).size >= fewestDoses)
      .map((own) => ({ mode, rows: [...own, ...withoutFault(summary, own)] }));
  });
  if (curves.length === 0) return [];
  const labels = [...new Set(curves.map(({ mode }) => mode))].slice(0, mostPanels);
  const panels = panelsOf(labels);
  const points = curves.flatMap(({ mode, rows }) => pointsOf(rows, panels.get(mode)));
  const all = curves.flatMap(({ rows }) => rows);
  const protocols = inHouseOrder(points.map(({ protocol }) => protocol));
  const cliffs = curves.flatMap(({ mode, rows }) => {
    const panel = panels.get(mode);
    const f = Number(rows[0]?.["f"]);
    return panel === undefined
      ? []
      : [{ fx: panel.fx, fy: panel.fy, at: f + 0.5, words: `f = ${f}` }];
  });
  // Each a line below the one before: neighbouring cliffs leave no room beside each other.
  const edges = [...new Set(cliffs.map(({ at }) => at))].sort((a, b) => a - b);
  const unsafe = points.filter(({ isUnsafe }) => isUnsafe);
  const most = Math.max(...points.map(({ faulty }) => faulty));
  const sizeOf = (protocol: string) => [
    ...new Set(all.filter((row) => row["protocol"] === protocol).map((row) => `n=${row["n"]}`)),
  ];
  return [
    draw({
      name: "dose-curve",
      title: "Goodput as more nodes fail",
      subtitle: [
        commonWords(all),
        "share of the goodput without a fault, medians over repetitions with 95 % intervals · shaded: more faults than tolerated",
      ].join(" · "),
      description: descriptionOf(curves, points),
      legend: [
        ...protocols.map((protocol) => ({
          label: `${titleOf(protocol)} ${sizeOf(protocol).join(", ")}`,
          style: styleOf(protocol, protocols),
          shape: "line" as const,
        })),
        ...(unsafe.length === 0
          ? []
          : [{ label: "safety violated", style: alarm, shape: "dot" as const }]),
      ],
      height: panelHeight(panels),
      plot: {
        marginLeft: 56,
        marginTop: panelTop,
        marginBottom: 44,
        ...panelScales,
        x: {
          domain: [0, most],
          ticks: most,
          tickFormat: "d",
          label: "faulty nodes",
          labelAnchor: "center",
          labelArrow: "none",
          inset: 12,
        },
        y: {
          domain: [0, 100 * Math.max(1, ...points.map(({ high }) => high))],
          percent: true,
          label: "goodput left (%)",
          labelArrow: "none",
          grid: true,
        },
        marks: [
          Plot.rect(cliffs, {
            fx: "fx",
            fy: "fy",
            x1: "at",
            x2: () => most,
            fill: mark.color,
            fillOpacity: 0.05,
          }),
          ...panelFrames(panels),
          Plot.ruleX(cliffs, {
            fx: "fx",
            fy: "fy",
            x: "at",
            stroke: mark.color,
            strokeDasharray: mark.dash,
          }),
          Plot.text(distinctCliffs(cliffs), {
            fx: "fx",
            fy: "fy",
            x: "at",
            text: ({ at, words }: Cliff) => `${"\n".repeat(edges.indexOf(at))}${words}`,
            frameAnchor: "top",
            dy: 6,
            dx: 4,
            textAnchor: "start",
          }),
          ...protocols.flatMap((protocol) => {
            const own = points.filter((point) => point.protocol === protocol);
            const { color, dash, symbol } = styleOf(protocol, protocols);
            const place = { fx: "fx", fy: "fy", x: "faulty" };
            return [
              Plot.ruleX(own, { ...place, y1: "low", y2: "high", stroke: color }),
              Plot.lineY(own, {
                ...place,
                y: "middle",
                stroke: color,
                strokeWidth: 2,
                strokeDasharray: dash,
              }),
              Plot.dot(own, { ...place, y: "middle", fill: color, symbol, r: 4 }),
            ];
          }),
          Plot.dot(unsafe, {
            fx: "fx",
            fy: "fy",
            x: "faulty",
            y: "middle",
            r: 8,
            stroke: alarm.color,
            strokeWidth: 2,
          }),
        ],
      },
    }),
  ];
}

/** How many nodes failed, as drawn. */
const doseOf = (row: TextRow): number =>
  (row["faulty"] ?? "").split("+").filter((id) => id !== "").length;

/** The same experiment where nothing fails. */
const withoutFault = (
  summary: readonly TextRow[],
  [like]: readonly TextRow[],
): readonly TextRow[] =>
  summary.filter(
    (row) =>
      row["fault"] === "none" &&
      [
        "protocol",
        "n",
        "transport",
        "place",
        "auth",
        "network",
        "service",
        "clients",
        "rate",
      ].every((column) => row[column] === like?.[column]),
  );

function pointsOf(rows: readonly TextRow[], panel = { fx: 0, fy: 0 }): readonly Point[] {
  const throughputs = (own: readonly TextRow[]) =>
    own.map((row) => numberOf(row, "throughput_per_s") || 0);
  const byDose = [...groupBy(rows, (row) => String(doseOf(row)))].sort(
    ([a], [b]) => Number(a) - Number(b),
  );
  // Without a cell in which nothing fails, the smallest dose is the measure of the others.
  const whole = spreadOfValues(throughputs(byDose[0]?.[1] ?? []))?.middle ?? 0;
  return byDose.flatMap(([dose, own]) => {
    const spread = spreadOfValues(throughputs(own).map((perS) => (whole > 0 ? perS / whole : 0)));
    if (spread === undefined) return [];
    const { fx, fy } = panel;
    const isUnsafe = own.some((row) => row["safety"] === "violated");
    return [
      { fx, fy, protocol: own[0]?.["protocol"] ?? "", faulty: Number(dose), isUnsafe, ...spread },
    ];
  });
}

type Cliff = {
  readonly fx: number;
  readonly fy: number;
  readonly at: number;
  readonly words: string;
};

const distinctCliffs = (cliffs: readonly Cliff[]): readonly Cliff[] => [
  ...new Map(cliffs.map((cliff) => [JSON.stringify(cliff), cliff])).values(),
];

function descriptionOf(
  curves: readonly { readonly mode: string; readonly rows: readonly TextRow[] }[],
  points: readonly Point[],
): string {
  const told = curves.map(({ mode, rows }) => {
    const [row] = rows;
    return `${titleOf(row?.["protocol"] ?? "")} n = ${row?.["n"]} tolerates ${row?.["f"]} (${mode})`;
  });
  const unsafe = points.filter(({ isUnsafe }) => isUnsafe).length;
  return `Share of the goodput that is left against the number of faulty nodes. ${told.join("; ")}. Safety was violated at ${unsafe} of ${points.length} points.`;
}
