/** Each figure as figure-N.csv: published and measured points in the same columns. */

import { spreadOfValues } from "../charts/points.ts";
import { rounded } from "../results/columns.ts";
import type { PaperFigure } from "./figures.ts";

export const figureColumns = [
  "figure",
  "source",
  "series",
  "x_name",
  "x",
  "metric",
  "value",
  "low",
  "high",
  "repetitions",
] as const;

type FigureLine = readonly (string | number | undefined)[];

/** In the order of `figureColumns`; low and high are the 95 % interval of the median over repetitions. */
export function figureLines(shown: PaperFigure): readonly FigureLine[] {
  const { number, metric, xName, published, measured, counts } = shown;
  return [
    ...published.map(({ name, x, value }) => [
      ...[number, "published", name, xName, x, metric, value],
      ...noSpread,
    ]),
    ...measured.map(({ series, x, values }) => {
      const { middle, low, high } = spreadOfValues(values) ?? {};
      const spread = [middle, low, high].map(rounded);
      return [number, "measured", series, xName, x, metric, ...spread, values.length];
    }),
    ...counts.flatMap(({ protocol, n, metric: counted, measured: own, formula }) => [
      [number, "measured", protocol, xName, n, counted, rounded(own), ...noSpread],
      ...(formula === undefined
        ? []
        : [[number, "formula", protocol, xName, n, counted, formula, ...noSpread]]),
    ]),
  ];
}

/** Counts and published points have no interval and no repetitions. */
const noSpread = [undefined, undefined, undefined];
