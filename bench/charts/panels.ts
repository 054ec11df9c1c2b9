/** Small multiples: the same axes side by side, each with its name above. */

import * as Plot from "@observablehq/plot";
import type { Panel } from "./points.ts";

export const panelHeight = (panels: ReadonlyMap<string, Panel>, each = 260): number =>
  (1 + Math.max(0, ...[...panels.values()].map(({ fy }) => fy))) * each;

/** Room above the first panels: for three lines of their names, and for that of the axis. */
export const panelTop = 56;

/** Facet scales without axes of their own; the names of the panels are marks. */
export const panelScales: Pick<Plot.PlotOptions, "fx" | "fy"> = {
  fx: { axis: null, padding: 0.12 },
  fy: { axis: null, padding: 0.2 },
};

const labelSize = 11;
/** Widths of a panel's name in em, by the number of panels beside each other. */
const labelWidths: readonly number[] = [60, 26, 16];

/** Names that are longer than their panel take another line. */
export function panelFrames(panels: ReadonlyMap<string, Panel>): Plot.Markish[] {
  const all = [...panels.values()];
  const columns = 1 + Math.max(0, ...all.map(({ fx }) => fx));
  return [
    Plot.frame({ stroke: "#bbbbbb" }),
    Plot.text(all, {
      fx: "fx",
      fy: "fy",
      text: "label",
      frameAnchor: "top-left",
      lineAnchor: "bottom",
      lineWidth: labelWidths[columns - 1] ?? 16,
      dy: -5,
      fontSize: labelSize,
      fontWeight: "bold",
    }),
  ];
}

/** Whole powers of ten, and 2 and 5 where there are few of those. */
export function logTicks(values: readonly number[]): number[] {
  const finite = values.filter((value) => Number.isFinite(value) && value > 0);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const digits = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).flatMap(
    (power) => digits.map((digit) => Number((digit * power).toPrecision(3))),
  );
}

/** A log axis that begins and ends at ticks. */
export function logScale(
  values: readonly number[],
): Pick<Plot.ScaleOptions, "type" | "domain" | "ticks" | "tickFormat"> {
  const ticks = logTicks(values);
  const finite = values.filter((value) => Number.isFinite(value) && value > 0);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const from = ticks.filter((tick) => tick <= low).at(-1) ?? low;
  const to = ticks.find((tick) => tick >= high) ?? high;
  return {
    type: "log",
    domain: [from, from === to ? 10 * to : to],
    ticks: ticks.filter((tick) => tick >= from && tick <= to),
    tickFormat: (tick: number) => tick.toLocaleString("en-US", { maximumSignificantDigits: 3 }),
  };
}
