/** Ratios and crossing points as tables, for the terminal and for the report. */

import { titleOf } from "../charts/palette.ts";
import { groupBy } from "../compare/csv-cells.ts";
import type { ComparedMetric } from "../compare/pairs.ts";
import { ratioWords } from "../output/figures.ts";
import { type Column, left, right } from "../output/terminal-table.ts";
import { type Crossing, standingAt } from "./crossings.ts";
import type { Place } from "./places.ts";
import { safetyMetrics, safetyTitles } from "./safety-cost.ts";
import { type Label, outcomeWords, placeWords } from "./wording.ts";

/** Every cell of it says something; a terminal leaves out what stands above already. */
export interface TitledTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** One for each pair of protocols: a row for each line along n, in which the two may cross. */
export function crossingTables(
  crossings: readonly Crossing[],
  label: Label,
): readonly TitledTable[] {
  const alongNodes = crossings.filter(({ axis }) => axis === "n");
  const pairs = groupBy(alongNodes, ({ base, candidate }) => `${candidate} ${base}`);
  return [...pairs.values()].map((own) => {
    const [first] = own;
    const nodes = [...new Set(own.flatMap(({ places }) => places.map(({ n }) => n)))];
    nodes.sort((a, b) => a - b);
    const byLine = groupBy(own, ({ conditions, at }) => `${label(conditions)} ${at}`);
    const [candidate, base] = [first?.candidate ?? "", first?.base ?? ""].map(titleOf);
    return {
      title: `${candidate} over ${base}: median latency [95 %]; below 1 ${candidate} is faster, ≈ not distinguishable`,
      columns: [
        left("conditions"),
        right("delay"),
        ...nodes.map((n) => right(placeWords("n", n))),
        left(`${candidate} …`),
      ],
      rows: [...byLine.values()].map((turns) => rowOf(turns, nodes, label)),
    };
  });
}

function rowOf(turns: readonly Crossing[], nodes: readonly number[], label: Label): string[] {
  const [line] = turns;
  if (line === undefined) return [];
  const ratioAt = (n: number) => {
    const place = line.places.find((one) => one.n === n);
    return place === undefined ? "–" : placeRatio(place);
  };
  const told = turns.map(outcomeWords).join("; ");
  return [
    label(line.conditions) || "all",
    placeWords("delay", line.at),
    ...nodes.map(ratioAt),
    told,
  ];
}

function placeRatio(place: Place): string {
  const { ratio, interval } = place.difference;
  const words = ratioWords(ratio, interval);
  return standingAt(place) === "level" ? `≈ ${words}` : words;
}

/** A row for each pair of cells. */
export function safetyTable(costs: readonly ComparedMetric[]): TitledTable {
  const pairs = groupBy(costs, ({ candidate }) => candidate.name);
  return {
    title: "What safety costs: CCRO-safe over CCRO as published, without faults [95 %]",
    columns: [left("cell"), ...safetyTitles.map(right)],
    rows: [...pairs].map(([name, own]) => [
      name.replace(/^ccro-safe /, ""),
      ...safetyMetrics.map((metric) => {
        const found = own.find((one) => one.metric === metric)?.difference;
        return ratioWords(found?.ratio, found?.interval);
      }),
    ]),
  };
}

/** Of lines along a delay only those in which something changes: the others stand in the tables already. */
export const turnsAlongDelay = (crossings: readonly Crossing[]): readonly Crossing[] =>
  crossings.filter(
    ({ axis, outcome }: Crossing) =>
      axis === "delay" && (outcome === "overtakes" || outcome === "falls behind"),
  );

/** As a terminal shows a table: what stands above already is left out. */
export const withoutRepeats = (rows: readonly (readonly string[])[]): readonly string[][] =>
  rows.map(([first = "", ...rest], index) => [
    rows[index - 1]?.[0] === first ? "" : first,
    ...rest,
  ]);
