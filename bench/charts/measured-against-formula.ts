/** Chart: messages counted against messages computed; in quiet runs they must be equal. */

import * as Plot from "@observablehq/plot";
import { numberIn } from "../cell-summary.ts";
import { groupBy } from "../compare/csv-cells.ts";
import type { TextRow } from "../results/result-folder.ts";
import { type Chart, draw } from "./drawing.ts";
import { inHouseOrder, mark, styleOf, titleOf } from "./palette.ts";
import { logScale } from "./panels.ts";
import { type RunTables, spreadOfValues } from "./points.ts";

interface Point {
  readonly protocol: string;
  readonly expected: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
  readonly isQuiet: boolean;
}

export function measuredAgainstFormula({ messages }: RunTables): readonly Chart[] {
  const counted = messages.filter((row) => row["is_control"] !== "true");
  const points = [...groupBy(counted, (row) => row["cell"] ?? "").values()].flatMap(pointOf);
  if (points.length === 0) return [];
  const protocols = inHouseOrder(points.map(({ protocol }) => protocol));
  const scale = logScale(points.flatMap(({ expected, low, high }) => [expected, low, high]));
  const quiet = points.filter(({ isQuiet }) => isQuiet);
  const exact = quiet.filter(({ expected, low, high }) => low === expected && high === expected);
  const axis = { ...scale, labelArrow: "none" as const, grid: true, inset: 8 };
  const [from, to] = [
    Math.min(...(scale.domain as number[])),
    Math.max(...(scale.domain as number[])),
  ];
  const place = { x: "expected", y: "middle" };
  return [
    draw({
      name: "measured-against-formula",
      title: "Messages counted against messages computed",
      subtitle:
        "per accepted request, a point for each cell, with 95 % intervals over repetitions · filled: nothing fails; hollow: with a fault",
      description: `Counted messages against the closed formula, both on logarithmic axes. Of ${quiet.length} cells in which nothing fails, ${exact.length} lie exactly on the line.`,
      legend: [
        ...protocols.map((protocol) => ({
          label: titleOf(protocol),
          style: styleOf(protocol, protocols),
          shape: "dot" as const,
        })),
        { label: "counted = computed", style: { ...mark, dash: "4,3" }, shape: "rule" as const },
      ],
      height: 400,
      plot: {
        marginLeft: 60,
        marginBottom: 44,
        marginTop: 20,
        x: { ...axis, label: "computed (messages per request)", labelAnchor: "center" },
        y: { ...axis, label: "counted (messages per request)" },
        marks: [
          Plot.frame({ stroke: "#bbbbbb" }),
          Plot.line(
            [
              [from, from],
              [to, to],
            ],
            { stroke: mark.color, strokeDasharray: "4,3" },
          ),
          ...protocols.flatMap((protocol) => {
            const own = points.filter((point) => point.protocol === protocol);
            const { color, symbol } = styleOf(protocol, protocols);
            return [
              Plot.ruleX(own, { x: "expected", y1: "low", y2: "high", stroke: color }),
              Plot.dot(
                own.filter(({ isQuiet }) => !isQuiet),
                { ...place, stroke: color, symbol, r: 4.5 },
              ),
              Plot.dot(
                own.filter(({ isQuiet }) => isQuiet),
                { ...place, fill: color, symbol, r: 4.5 },
              ),
            ];
          }),
        ],
      },
    }),
  ];
}

function pointOf(rows: readonly TextRow[]): readonly Point[] {
  const [row] = rows;
  if (row === undefined) return [];
  const repetitions = [...groupBy(rows, (one) => one["repetition"] ?? "").values()];
  const sums = (column: string) =>
    repetitions.flatMap((own) => {
      const values = own.flatMap((one) => numberIn(one[column]) ?? []);
      return values.length === 0 ? [] : [values.reduce((sum, value) => sum + value, 0)];
    });
  const spread = spreadOfValues(sums("messages_per_request"));
  const [expected = 0] = sums("expected_per_request");
  if (spread === undefined || expected <= 0 || spread.middle <= 0) return [];
  const isQuiet = row["fault"] === "none" && row["batch"] === "1";
  return [{ protocol: row["protocol"] ?? "", expected, ...spread, isQuiet }];
}
