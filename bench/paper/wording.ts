/** Sentences on whether a published figure holds here, made from its claims and from the costs behind them. */

import { numberIn } from "../cell-summary.ts";
import { titleOf } from "../charts/palette.ts";
import { ratioWords } from "../output/figures.ts";
import type { TextRow } from "../results/result-folder.ts";
import { fewestRepetitions } from "../statistics/difference.ts";
import { medianOf } from "../statistics/median.ts";
import { type Claim, orderingOf, type Place, shapeOf } from "./agreement.ts";
import type { MeasuredPoint } from "./measured-points.ts";
import type { PublishedPoint } from "./published-points.ts";

export interface Told {
  readonly published: readonly PublishedPoint[];
  readonly measured: readonly MeasuredPoint[];
  /** ` at n = 6`. */
  at(x: number | undefined): string;
}

/** Does the ordering hold, does the shape hold, and why not: one sentence. */
export function sentenceOn({ published, measured, at }: Told): string {
  const ordering = orderingOf(published, measured);
  const shape = shapeOf(published, measured);
  const tellOrder = ({ base, candidate }: Claim) =>
    `${seriesTitle(candidate.series)} against ${seriesTitle(base.series)}${at(base.x)}`;
  const tellStep = ({ base, candidate }: Claim) =>
    `${seriesTitle(base.series)}${at(base.x)} to ${at(candidate.x).replace(/^ at /, "")}`;
  const broken = [...ordering, ...shape].filter(
    ({ outcome }) => outcome !== "agrees" && outcome !== "too few",
  );
  const parts = [
    verdictWords("ordering", ordering, tellOrder),
    ...(published.some(({ x }) => x !== undefined) ? [verdictWords("shape", shape, tellStep)] : []),
    ...reasonFor(broken, measured, at),
  ];
  const text = parts.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function verdictWords(
  noun: string,
  claims: readonly Claim[],
  tell: (claim: Claim) => string,
): string {
  if (claims.length === 0) return `the ${noun} cannot be told, as too little of it was measured`;
  if (claims.some(({ outcome }) => outcome === "too few")) {
    return `the ${noun} cannot be told with fewer than ${fewestRepetitions} repetitions`;
  }
  const broken = claims.filter(({ outcome }) => outcome !== "agrees");
  const share = `${claims.length - broken.length} of ${claims.length}`;
  if (broken.length === 0) return `the ${noun} holds (${share} comparisons agree)`;
  const told = broken.map(
    (claim) =>
      `${tell(claim)} is ${outcomeWords[claim.outcome]} (published ${ratioWords(claim.published, undefined)}, here ${ratioWords(claim.measured, undefined)})`,
  );
  const isOpen = broken.every(({ outcome }) => outcome === "not distinguishable");
  return `the ${noun} ${isOpen ? "is not confirmed" : "does not hold"} (${share} comparisons agree): ${told.join(", ")}`;
}

const outcomeWords: Readonly<Record<Claim["outcome"], string>> = {
  agrees: "the same",
  reversed: "the other way round",
  "not distinguishable": "not distinguishable here",
  differs: "a difference here and none there",
  "too few": "not told",
};

const costs: readonly (readonly [noun: string, column: string])[] = [
  ["messages", "messages_per_request"],
  ["bytes", "bytes_per_request"],
  ["checked signatures", "verifications_per_request"],
  ["CPU time", "cpu_ms_per_request"],
];

/** Why not: what the two sides cost per request, for the comparison that is furthest off. */
function reasonFor(
  broken: readonly Claim[],
  measured: readonly MeasuredPoint[],
  at: Told["at"],
): readonly string[] {
  const off = ({ published, measured: here = 1 }: Claim) => Math.abs(Math.log(published / here));
  const [worst] = broken.toSorted((a, b) => off(b) - off(a));
  if (worst === undefined) return [];
  const { base, candidate } = worst;
  const told = costs.flatMap(([noun, column]) => {
    const [own, other] = [costAt(base, measured, column), costAt(candidate, measured, column)];
    return own === undefined || other === undefined || own === 0
      ? []
      : [`${ratioWords(other / own, undefined)} ${noun}`];
  });
  if (told.length === 0) return [];
  const nameOf = ({ series, x }: Place) => `${seriesTitle(series)}${at(x)}`;
  return [
    `behind it: per request ${nameOf(candidate)} takes ${told.join(", ")} of what ${nameOf(base)} takes, and all nodes share the cores of one machine`,
  ];
}

function costAt({ series, x }: Place, measured: readonly MeasuredPoint[], column: string) {
  const point = measured.find((one) => one.series === series && one.x === x);
  return medianOf((point?.rows ?? []).flatMap((row) => numberIn(row[column]) ?? []));
}

/** What stands beside the paper's G-PBFT, and where nothing does; nothing where PBFT ran in no domains. */
export function domainWords(
  published: readonly PublishedPoint[],
  rows: readonly TextRow[],
): string {
  const split = rows.filter((row) => row["protocol"] === "pbft" && Number(row["domains"] || 1) > 1);
  if (split.length === 0) return "";
  const nodes = new Set(split.map((row) => Number(row["n"])));
  const places = [...new Set(split.map((row) => `${row["domains"]} domains at n = ${row["n"]}`))];
  const empty = published
    .filter(({ series, x }) => series === "g-pbft" && x !== undefined && !nodes.has(x))
    .map(({ x }) => `n = ${x}`);
  const missing = empty.length === 0 ? "" : `; at ${empty.join(", ")} nothing stands beside it`;
  return ` G-PBFT here is PBFT in ${places.toSorted().join(" and ")}${missing}.`;
}

/** Protocols by their titles, the paper's other names as it has them. */
export const seriesTitle = (series: string): string =>
  series === "g-pbft" ? "G-PBFT" : series === "pos" ? "PoS" : titleOf(series);
