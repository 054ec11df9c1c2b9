/** Chart: accepted requests around a crash, a panel for each cell, with marks for what happened when. */

import * as Plot from "@observablehq/plot";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { medianOf } from "../statistics/median.ts";
import { type Chart, draw } from "./drawing.ts";
import { alarm, inHouseOrder, mark, styleOf } from "./palette.ts";
import { mostPanels, numberOf, type RunTables, spreadOf } from "./points.ts";

interface Bucket {
  readonly cell: string;
  readonly seconds: number;
  readonly until: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

interface Moment {
  readonly cell: string;
  readonly name: string;
  readonly seconds: number;
  /** Names stand below one another, as much often happens at once. */
  readonly row: number;
}

/** From timeline.csv: `at_ms` counts from the fault, `committed` in that bucket, `marks` by name. */
export function recoveryTimeline({ timeline }: RunTables): readonly Chart[] {
  if (timeline.length === 0) return [];
  const widthMs = bucketWidth(timeline);
  const cells = groupBy(timeline, (row) => row["cell"] ?? "");
  const shown = [...cells].slice(0, mostPanels);
  const names = shown.map(([cell]) => cell);
  const buckets = shown.flatMap(([cell, rows]) => bucketsOf(cell, rows, widthMs));
  const moments = shown.flatMap(([cell, rows]) => momentsOf(cell, rows));
  const protocols = inHouseOrder(timeline.map((row) => row["protocol"] ?? ""));
  const protocolOf = new Map(shown.map(([cell, rows]) => [cell, rows[0]?.["protocol"] ?? ""]));
  const styleOfCell = (cell: string) => styleOf(protocolOf.get(cell) ?? "", protocols);
  return [
    draw({
      name: "recovery-timeline",
      title: "Accepted requests around the fault",
      subtitle: `buckets of ${widthMs} ms; line: median over repetitions, band: its 95 % interval; time counts from the fault`,
      description: `Accepted requests per second against seconds since the fault. ${names.map((cell) => descriptionOf(cell, moments)).join(" ")}`,
      legend: [
        { label: "fault", style: alarm, shape: "rule" },
        { label: "what happened, at its median time", style: mark, shape: "rule" },
      ],
      height: 60 + names.length * 170,
      plot: {
        marginLeft: 56,
        marginRight: 16,
        marginTop: 46,
        marginBottom: 44,
        fy: { domain: names, axis: null, padding: 0.3 },
        x: {
          label: "seconds since the fault",
          labelAnchor: "center",
          labelArrow: "none",
          grid: true,
        },
        y: { label: "accepted per second", labelArrow: "none", zero: true, grid: true, ticks: 4 },
        marks: [
          Plot.frame({ stroke: "#bbbbbb" }),
          Plot.text(names, {
            fy: (cell: string) => cell,
            text: (cell: string) => cell,
            frameAnchor: "top-left",
            dy: -14,
            fontWeight: "bold",
          }),
          ...names.flatMap((cell) => {
            const own = buckets.filter((bucket) => bucket.cell === cell);
            const { color } = styleOfCell(cell);
            const steps = { fy: "cell", x: "seconds", curve: "step-after" as const };
            return [
              Plot.areaY(own, { ...steps, y1: "low", y2: "high", fill: color, fillOpacity: 0.2 }),
              Plot.lineY(own, { ...steps, y: "middle", stroke: color, strokeWidth: 1.8 }),
            ];
          }),
          Plot.ruleX([0], { stroke: alarm.color, strokeDasharray: alarm.dash, strokeWidth: 1.5 }),
          Plot.ruleX(moments, {
            fy: "cell",
            x: "seconds",
            stroke: mark.color,
            strokeDasharray: mark.dash,
          }),
          ...moments.map((moment) =>
            Plot.text([moment], {
              ...{
                fy: "cell",
                x: "seconds",
                text: "name",
                frameAnchor: "top",
                textAnchor: "start",
              },
              ...{
                dx: 4,
                dy: 8 + 14 * moment.row,
                stroke: "#ffffff",
                strokeWidth: 4,
                fill: "#1a1a1a",
              },
            }),
          ),
        ],
      },
    }),
  ];
}

function bucketWidth(rows: readonly TextRow[]): number {
  const times = [...new Set(rows.map((row) => numberOf(row, "at_ms")))].sort((a, b) => a - b);
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return medianOf(steps) ?? 100;
}

function bucketsOf(cell: string, rows: readonly TextRow[], widthMs: number): readonly Bucket[] {
  const perSecond = 1000 / widthMs;
  return [...groupBy(rows, (row) => row["at_ms"] ?? "").values()]
    .flatMap((own) => {
      const [row] = own;
      const spread = spreadOf(own, "committed");
      if (row === undefined || spread === undefined) return [];
      const seconds = numberOf(row, "at_ms") / 1000;
      const { low, middle, high } = spread;
      const rates = { low: low * perSecond, middle: middle * perSecond, high: high * perSecond };
      return [{ cell, seconds, until: seconds + widthMs / 1000, ...rates }];
    })
    .sort((a, b) => a.seconds - b.seconds);
}

/** Each kind of mark once: the median over repetitions of when it first happened. */
function momentsOf(cell: string, rows: readonly TextRow[]): readonly Moment[] {
  const firsts = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const names = (row["marks"] ?? "").split("; ").filter((name) => name !== "");
    for (const name of names) {
      const ofName = firsts.get(name) ?? new Map<string, number>();
      firsts.set(name, ofName);
      const repetition = row["repetition"] ?? "";
      ofName.set(
        repetition,
        Math.min(ofName.get(repetition) ?? Number.POSITIVE_INFINITY, numberOf(row, "at_ms")),
      );
    }
  }
  return [...firsts]
    .map(([name, ofName]) => ({
      ...{ cell, name },
      seconds: (medianOf([...ofName.values()]) ?? 0) / 1000,
    }))
    .sort((one, other) => one.seconds - other.seconds)
    .map((moment, row) => ({ ...moment, row }));
}

function descriptionOf(cell: string, moments: readonly Moment[]): string {
  const own = moments.filter((moment) => moment.cell === cell);
  const told = own.map(({ name, seconds }) => `${name} at ${Number(seconds.toFixed(2))} s`);
  return `${cell}: ${told.length === 0 ? "no marks" : told.join(", ")}.`;
}
