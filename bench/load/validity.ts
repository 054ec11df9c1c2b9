/** Why the numbers of a repetition must not stand without a mark. */

import type { Measurement } from "../meter.ts";
import type { KeyRow } from "../results/columns.ts";
import { shareOfRate } from "./goodput.ts";

// One late request in a hundred does not bend a median; more bend the tail.
const mostMissed = 0.01;
/** A client process that is busy for so much of the time measures itself. */
const mostBusyClient = 0.95;

export type Objection =
  | "fault not witnessed"
  | "crash not in the measured part"
  | "not steady"
  | "missed its rate"
  | "rate not met"
  | "client saturated";

export function objectionsTo(
  { place }: Pick<KeyRow, "place">,
  { verdict, isSteady, missed, rounds, goodput, loopUtilization }: Measurement,
  /** Whether a crash that was to be measured came before or after that. */
  hasMissedCrash = false,
): readonly Objection[] {
  const isBelowRate =
    goodput !== undefined && goodput.acceptedPerS < shareOfRate * goodput.offeredPerS;
  // In one process with the nodes, nobody can tell whose work keeps the loop busy.
  const isSaturated = place === "processes" && (loopUtilization ?? 0) > mostBusyClient;
  const found: readonly (readonly [Objection, boolean])[] = [
    ["fault not witnessed", verdict.safety === "invalid"],
    ["crash not in the measured part", hasMissedCrash],
    ["not steady", isSteady === false],
    ["missed its rate", missed > mostMissed * rounds.length],
    ["rate not met", isBelowRate],
    ["client saturated", isSaturated],
  ];
  return found.flatMap(([objection, holds]) => (holds ? [objection] : []));
}

export const isValid = "ok";

/** As it stands in a CSV file. */
export const validityText = (objections: readonly Objection[]): string =>
  objections.length === 0 ? isValid : objections.join("; ");
