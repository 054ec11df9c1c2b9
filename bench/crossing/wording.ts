/** Crossing points named in words, made from the lines and from nothing else. */

import { titleOf } from "../charts/palette.ts";
import { figure } from "../output/figures.ts";
import { fewestRepetitions } from "../statistics/difference.ts";
import type { Crossing } from "./crossings.ts";
import type { Axis, Place } from "./places.ts";

/** Says of conditions what tells them from the others: `signed, 64 B`. */
export type Label = (conditions: Place["conditions"]) => string;

export function labelFor(places: readonly Pick<Place, "conditions">[]): Label {
  const [first] = places;
  const columns = Object.keys(first?.conditions ?? {}).filter(
    (column) => new Set(places.map(({ conditions }) => conditions[column])).size > 1,
  );
  return (conditions) =>
    columns.map((column) => conditionWords(column, conditions[column] ?? "")).join(", ");
}

function conditionWords(column: string, value: string): string {
  if (column === "auth") return value === "none" ? "unsigned" : "signed";
  if (column === "payload_bytes") return bytesWords(Number(value));
  if (column === "domains") return value === "1" ? "one domain" : `${value} domains`;
  return `${column} ${value}`;
}

const bytesWords = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : `${figure(bytes / 1000)} kB`;

export const placeWords = (axis: Axis, x: number): string =>
  axis === "n" ? `n = ${x}` : `${figure(x)} ms`;

const otherAxis = { n: "delay", delay: "n" } as const;

/** `between n = 6 and n = 12`, for a table whose row says the rest. */
export function outcomeWords(crossing: Crossing): string {
  const { axis, outcome, from, to, level } = crossing;
  const between = `between ${placeWords(axis, from)} and ${placeWords(axis, to)}`;
  const open = level.map((x) => placeWords(axis, x));
  const besides =
    open.length === 0 ? "" : `, not distinguishable at ${open.join(", ").replace(/, n = /g, ", ")}`;
  switch (outcome) {
    case "overtakes":
    case "falls behind":
      return `${outcome} ${between}${besides}`;
    case "ahead throughout":
      return `never behind in this range${besides}`;
    case "behind throughout":
      return `never overtakes in this range${besides}`;
    case "never told apart":
      return "not distinguishable in this range";
    case "too few":
      return `not told with fewer than ${fewestRepetitions} repetitions`;
  }
}

/** `CCRO overtakes PBFT between n = 6 and n = 12 at 20 ms, signed, 64 B.` */
export function crossingSentence(crossing: Crossing, label: Label): string {
  const { axis, base, candidate, conditions, at, outcome, from, to } = crossing;
  const [other, own] = [titleOf(base), titleOf(candidate)];
  const where = [placeWords(otherAxis[axis], at), label(conditions)].filter((text) => text !== "");
  const range = `from ${placeWords(axis, from)} to ${placeWords(axis, to)}`;
  const at_ = `at ${where.join(", ")}`;
  const between = `between ${placeWords(axis, from)} and ${placeWords(axis, to)}`;
  const told = {
    overtakes: `${own} overtakes ${other} ${between} ${at_}`,
    "falls behind": `${own} falls behind ${other} ${between} ${at_}`,
    "ahead throughout": `${own} is never behind ${other} ${range} ${at_}`,
    "behind throughout": `${own} never overtakes ${other} ${range} ${at_}`,
    "never told apart": `${own} and ${other} cannot be told apart ${range} ${at_}`,
    "too few": `${own} against ${other} ${range} ${at_} cannot be told with fewer than ${fewestRepetitions} repetitions`,
  };
  return `${told[outcome]}.`;
}

/** For each pair and axis: in how many lines it turns, and in how many it does not. */
export function summarySentences(crossings: readonly Crossing[]): readonly string[] {
  const pairs = [...new Set(crossings.map(pairOf))];
  return pairs.flatMap((pair) =>
    (["n", "delay"] as const).flatMap((axis) => {
      const own = crossings.filter((one) => pairOf(one) === pair && one.axis === axis);
      const lines = new Set(own.map(({ places }) => places)).size;
      const counted = Object.entries(summaryWords).flatMap(([outcome, words]) => {
        const times = own.filter((one) => one.outcome === outcome).length;
        return times === 0 ? [] : [`${words} in ${times}`];
      });
      const along = axis === "n" ? "With growing n" : "With growing delay";
      return lines === 0
        ? []
        : [
            `${along} (${lines} ${lines === 1 ? "line" : "lines"}), ${pair}: ${counted.join(", ")}.`,
          ];
    }),
  );
}

const pairOf = ({ base, candidate }: Crossing): string =>
  `${titleOf(candidate)} against ${titleOf(base)}`;

const summaryWords: Readonly<Record<Crossing["outcome"], string>> = {
  overtakes: "overtakes",
  "falls behind": "falls behind",
  "ahead throughout": "is never behind",
  "behind throughout": "never overtakes",
  "never told apart": "cannot be told apart",
  "too few": `cannot be told with fewer than ${fewestRepetitions} repetitions`,
};
