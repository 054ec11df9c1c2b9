/** What a hunt must come to, or it tries nothing (CASES A6, negative controls), and what it says of that. */

import { twoValuesPrepared } from "../../sim/run-schedule.ts";
import type { Scene } from "../../sim/scenes.ts";
import { namesOf } from "./fired.ts";

const views = ["delivered", "view change", "new view", "stable checkpoint", twoValuesPrepared];
const epochs = ["delivered", "epoch changed", "epoch opened", twoValuesPrepared];
const ballots = ["delivered", "leader elected", "checkpoint"];

/** All rule sets of CCRO have the same marks. */
function controlsOf(protocol: string): readonly string[] {
  if (protocol === "pbft") return views;
  return protocol === "paxos" ? ballots : epochs;
}

type Coverage = Readonly<Record<string, number>>;

/** The controls of the protocol that no schedule came to. */
export const missedIn = (protocol: string, coverage: Coverage): readonly string[] =>
  controlsOf(protocol).filter((name) => (coverage[name] ?? 0) === 0);

/** In sentences, for whoever would trust a hunt that found nothing. */
export function tellMissed(protocol: string, coverage: Coverage): readonly string[] {
  const missed = missedIn(protocol, coverage);
  if (missed.length === 0) return [];
  const names = missed.join(", ");
  if (missed.length === controlsOf(protocol).length) {
    return [`Reached none of ${names}: this hunt tested nothing.`];
  }
  return [`Never reached: ${names}. More schedules may.`];
}

/** Faults of roles that were to be tried and never did anything. */
export function tellUnfired(scenes: readonly Scene[], fired: Coverage): readonly string[] {
  const missed = namesOf(scenes).filter((name) => (fired[name] ?? 0) === 0);
  return missed.length === 0 ? [] : [`Never fired: ${missed.join(", ")}. More schedules may.`];
}
