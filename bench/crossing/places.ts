/** Protocols against each other from place to place: along n, and along the delay of a message. */

import { UsageError } from "../../core/assert.ts";
import { parseNetwork } from "../../sim/network-notation.ts";
import { factorColumns, groupBy } from "../compare/csv-cells.ts";
import type { ComparedMetric } from "../compare/pairs.ts";
import type { Difference } from "../statistics/difference.ts";

/** Two protocols under the same conditions, at one n and one delay. */
export interface Place {
  readonly base: string;
  readonly candidate: string;
  readonly n: number;
  readonly delayMs: number;
  /** What both have in common besides, by column. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Median latency, candidate over base. */
  readonly difference: Difference;
}

/** What a line of places goes along. */
export type Axis = "n" | "delay";

/** Places that differ in one thing only, in its order. */
export interface Line {
  readonly axis: Axis;
  readonly base: string;
  readonly candidate: string;
  readonly conditions: Readonly<Record<string, string>>;
  /** What stays: the delay along n, n along the delay. */
  readonly at: number;
  readonly places: readonly Place[];
}

const metric = "latency_p50_ms";
const varied: ReadonlySet<string> = new Set(["protocol", "n", "f", "network"]);

/**
 * Of a run's comparisons those at equal n, without faults, where the same was done at several delays. A run
 * with one delay only has none: it asks something else.
 */
export function placesIn(comparisons: readonly ComparedMetric[]): readonly Place[] {
  const alike = groupBy(comparisons.flatMap(placeOf), pairAndConditions);
  return [...alike.values()].filter(hasSeveralDelays).flat();
}

const hasSeveralDelays = (places: readonly Place[]): boolean =>
  new Set(places.map(({ delayMs }) => delayMs)).size > 1;

const pairAndConditions = ({ base, candidate, conditions }: Place): string =>
  [base, candidate, ...Object.values(conditions)].join("\n");

function placeOf(compared: ComparedMetric): readonly Place[] {
  const { base, candidate, terms, difference } = compared;
  const { fault, network = "lan", protocol = "" } = base.keys;
  const delayMs = delayOf(network);
  const isQuiet = fault === undefined || fault === "none";
  if (compared.metric !== metric || !terms.startsWith("equal n") || !isQuiet) return [];
  if (delayMs === undefined || difference.ratio === undefined) return [];
  const conditions = Object.fromEntries(
    factorColumns
      .filter((column) => !varied.has(column) && base.keys[column] !== undefined)
      .map((column) => [column, base.keys[column] ?? ""]),
  );
  return [
    {
      base: protocol,
      candidate: candidate.keys["protocol"] ?? "",
      n: Number(base.keys["n"]),
      delayMs,
      conditions,
      difference,
    },
  ];
}

/** How late each message is: a local network adds nothing; a network that varies has no one delay. */
export function delayOf(network: string): number | undefined {
  if (network === "lan") return 0;
  try {
    const { delay, loss, duplication } = parseNetwork(network);
    const isFixed = delay.kind === "between" && delay.lowMs === delay.highMs;
    return isFixed && loss === 0 && duplication === 0 ? delay.lowMs : undefined;
  } catch (error) {
    // A file of somebody else's may call its networks as it likes.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Every line with at least two places, along n first. */
export function linesIn(places: readonly Place[]): readonly Line[] {
  return (["n", "delay"] as const).flatMap((axis) => {
    const lines = groupBy(places, (place) => `${keptOn(axis, place)}\n${pairAndConditions(place)}`);
    return [...lines.values()].flatMap((own) => {
      const [first] = own;
      if (first === undefined || own.length < 2) return [];
      const { base, candidate, conditions } = first;
      const sorted = own.toSorted((a, b) => along(axis, a) - along(axis, b));
      return [{ axis, base, candidate, conditions, at: keptOn(axis, first), places: sorted }];
    });
  });
}

export const along = (axis: Axis, { n, delayMs }: Place): number => (axis === "n" ? n : delayMs);

const keptOn = (axis: Axis, { n, delayMs }: Place): number => (axis === "n" ? delayMs : n);
