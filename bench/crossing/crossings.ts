/** Where along a line one protocol overtakes the other, as far as the intervals let anybody tell. */

import { along, type Line, type Place } from "./places.ts";

export type Standing = "ahead" | "behind" | "level" | "unknown";

/** Of the candidate: ahead is faster. Level is what cannot be told apart. */
export function standingAt({ difference }: Place): Standing {
  const { hasTooFew, isDistinguishable, ratio } = difference;
  if (hasTooFew || ratio === undefined) return "unknown";
  if (!isDistinguishable) return "level";
  return ratio < 1 ? "ahead" : "behind";
}

export type Outcome =
  | "overtakes"
  | "falls behind"
  | "ahead throughout"
  | "behind throughout"
  | "never told apart"
  | "too few";

/** What happens along a line; a line that turns twice has two of them. */
export interface Crossing extends Line {
  readonly outcome: Outcome;
  /** The last place of the one standing and the first of the other; the ends of the line where none changes. */
  readonly from: number;
  readonly to: number;
  /** Places in that range, its ends included, where the two cannot be told apart. */
  readonly level: readonly number[];
}

export function crossingsOf(line: Line): readonly Crossing[] {
  const places = line.places.map((place) => ({
    x: along(line.axis, place),
    standing: standingAt(place),
  }));
  const between = (from: number, to: number) =>
    places
      .filter(({ x, standing }) => standing === "level" && x >= from && x <= to)
      .map(({ x }) => x);
  const crossing = (outcome: Outcome, from: number, to: number): Crossing => ({
    ...{ ...line, outcome, from, to },
    level: between(from, to),
  });
  const [first, last] = [places[0]?.x ?? 0, places.at(-1)?.x ?? 0];
  if (places.some(({ standing }) => standing === "unknown")) {
    return [crossing("too few", first, last)];
  }
  const told = places.filter(({ standing }) => standing !== "level");
  const turns = told.slice(1).flatMap(({ x, standing }, index) => {
    const before = told[index];
    if (before === undefined || before.standing === standing) return [];
    return [crossing(standing === "ahead" ? "overtakes" : "falls behind", before.x, x)];
  });
  if (turns.length > 0) return turns;
  const [one] = told;
  if (one === undefined) return [crossing("never told apart", first, last)];
  return [
    crossing(one.standing === "ahead" ? "ahead throughout" : "behind throughout", first, last),
  ];
}
