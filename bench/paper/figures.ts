/** The figures of the CCRO paper in a run: published and measured points, and what they say together. */

import type { Cell } from "../cell.ts";
import type { RunTables } from "../charts/points.ts";
import { figure as figureWords } from "../output/figures.ts";
import type { TextRow } from "../results/result-folder.ts";
import { medianOf } from "../statistics/median.ts";
import { type Count, countsIn, sentenceOnCounts } from "./counts.ts";
import {
  averagesOf,
  blockMegabytesOf,
  type MeasuredPoint,
  nodesOf,
  pointsAgainst,
  trustPoints,
} from "./measured-points.ts";
import { type PublishedPoint, publishedPoints } from "./published-points.ts";
import { domainWords, sentenceOn } from "./wording.ts";

export interface PaperFigure {
  readonly number: number;
  readonly title: string;
  readonly metric: string;
  /** What x is; undefined for averages. */
  readonly xName: string | undefined;
  readonly published: readonly PublishedPoint[];
  readonly measured: readonly MeasuredPoint[];
  /** Of figure 2. */
  readonly counts: readonly Count[];
  readonly sentence: string;
}

interface Source {
  readonly tables: Pick<RunTables, "summary" | "trust" | "published">;
  readonly cells: readonly Cell[];
}

/** Those figures whose cells ran; none in a run without the paper's points beside it. */
export function paperFigures(source: Source): readonly PaperFigure[] {
  const published = publishedPoints(source.tables.published);
  if (published.length === 0) return [];
  return kinds.flatMap((kind) => {
    const own = published.filter(({ figure }) => figure === kind.number);
    const names = cellsFor(kind.number, source.cells);
    const rowsOf = (rows: readonly TextRow[]) => rows.filter((row) => names.has(row["cell"] ?? ""));
    const drawn = kind.draw(own, rowsOf(source.tables.summary), rowsOf(source.tables.trust));
    const { number, title, metric, xName } = kind;
    if (drawn.measured.length === 0 && drawn.counts.length === 0) return [];
    return [{ number, title, metric, xName, published: own, ...drawn }];
  });
}

/** Cells say in the titles of their tables which figures they are for: "Figures 5 and 6: throughput". */
function cellsFor(number: number, cells: readonly Cell[]): ReadonlySet<string> {
  const isFor = (group: string) => {
    const [, numbers = ""] = /^Figures? ([\d and,]+):/.exec(group) ?? [];
    return (numbers.match(/\d+/g) ?? []).map(Number).includes(number);
  };
  return new Set(cells.filter(({ groups }) => groups.some(isFor)).map(({ name }) => name));
}

type Drawn = Pick<PaperFigure, "measured" | "counts" | "sentence">;

interface Kind extends Pick<PaperFigure, "number" | "title" | "metric" | "xName"> {
  draw(
    published: readonly PublishedPoint[],
    summary: readonly TextRow[],
    trust: readonly TextRow[],
  ): Drawn;
}

const atNodes = (x: number | undefined) => (x === undefined ? "" : ` at n = ${x}`);
const atBlock = (x: number | undefined) => (x === undefined ? "" : ` at ${x} MB`);

function compared(
  pointsOf: (rows: readonly TextRow[]) => readonly MeasuredPoint[],
  at: (x: number | undefined) => string,
): Kind["draw"] {
  return (published, summary) => {
    const measured = pointsOf(summary);
    return { measured, counts: [], sentence: sentenceOn({ published, measured, at }) };
  };
}

const against = (axis: typeof nodesOf, column: string) => (rows: readonly TextRow[]) =>
  pointsAgainst(rows, axis, column);

const kinds: readonly Kind[] = [
  {
    ...{ number: 2, title: "Messages, copies and hops of a round", metric: "count", xName: "n" },
    draw: (_, summary) => {
      const counts = countsIn(summary);
      return { measured: [], counts, sentence: sentenceOnCounts(counts) };
    },
  },
  {
    ...{ number: 3, title: "Trust over rounds", metric: "trust", xName: "round" },
    draw: (published, _, trust) => {
      const rounds = Math.max(0, ...published.map(({ x = 0 }) => x));
      const measured = trustPoints(trust, rounds);
      return { measured, counts: [], sentence: sentenceOnTrust(published, measured) };
    },
  },
  {
    ...{ number: 4, title: "Latency against n", metric: "latency_ms", xName: "n" },
    draw: (published, summary, trust) => {
      const drawn = compared(against(nodesOf, "latency_p50_ms"), atNodes)(
        published,
        summary,
        trust,
      );
      return { ...drawn, sentence: `${drawn.sentence}${domainWords(published, summary)}` };
    },
  },
  {
    ...{ number: 5, title: "Throughput against n", metric: "throughput_per_s", xName: "n" },
    draw: compared(against(nodesOf, "throughput_per_s"), atNodes),
  },
  {
    ...{ number: 6, title: "Throughput, mean over n", metric: "throughput_per_s" },
    xName: undefined,
    draw: compared((rows) => averagesOf(rows, "throughput_per_s"), atNodes),
  },
  {
    ...{ number: 7, title: "Throughput against block size", metric: "throughput_per_s" },
    xName: "block_mb",
    draw: compared(against(blockMegabytesOf, "throughput_per_s"), atBlock),
  },
  {
    ...{ number: 8, title: "Latency against block size", metric: "latency_ms" },
    xName: "block_mb",
    draw: compared(against(blockMegabytesOf, "latency_p50_ms"), atBlock),
  },
];

/** Formula (5) as printed: 5 + 0.4 + 1.2, see ccro/README.md. */
const mostOfPrintedFormula = 6.6;

/** Nodes of the paper are nobody's in particular: of trust, only where it begins and how far it moves compares. */
export function sentenceOnTrust(
  published: readonly PublishedPoint[],
  measured: readonly MeasuredPoint[],
): string {
  const theirs = published.map(({ value }) => value);
  const ours = measured.flatMap(({ values }) => medianOf(values) ?? []);
  if (theirs.length === 0 || ours.length === 0) return "No trust was noted.";
  const above = theirs.filter((value) => value > mostOfPrintedFormula).length;
  const range = (values: readonly number[]) =>
    `${figureWords(Math.min(...values))} to ${figureWords(Math.max(...values))}`;
  const [there, here] = [waveringIn(published), waveringIn(medianPoints(measured))];
  const isMost = ({ nodes, wavering }: Wavering) => wavering > nodes / 2;
  const verdict = isMost(there) === isMost(here) ? "holds" : "does not hold";
  const words = ({ nodes, wavering }: Wavering) => `${wavering} of ${nodes}`;
  return `There is no ordering to compare, as no node of the paper is one of ours; the shape ${verdict}: ${words(there)} nodes both gain and lose trust in the paper and ${words(here)} here, and trust goes from ${range(theirs)} there and from ${range(ours)} here; ${above} of the ${theirs.length} published points are above ${mostOfPrintedFormula}, which the printed formula cannot reach.`;
}

interface TrustPoint {
  readonly series: string;
  readonly x: number | undefined;
  readonly value: number;
}

const medianPoints = (measured: readonly MeasuredPoint[]): readonly TrustPoint[] =>
  measured.flatMap(({ series, x, values }) => {
    const value = medianOf(values);
    return value === undefined ? [] : [{ series, x, value }];
  });

interface Wavering {
  readonly nodes: number;
  /** Those whose trust rises in one round and falls in another. */
  readonly wavering: number;
}

function waveringIn(points: readonly TrustPoint[]): Wavering {
  const nodes = [...new Set(points.map(({ series }) => series))];
  const steps = nodes.map((node) => {
    const own = points
      .filter(({ series }) => series === node)
      .toSorted((a, b) => (a.x ?? 0) - (b.x ?? 0));
    return own.slice(1).map(({ value }, index) => value - (own[index]?.value ?? value));
  });
  const isWavering = (own: readonly number[]) =>
    own.some((step) => step > 0) && own.some((step) => step < 0);
  return { nodes: nodes.length, wavering: steps.filter(isWavering).length };
}
