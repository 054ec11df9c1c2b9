/** The committed counterexamples, replayed under a set of rules: what a random hunt may need weeks for. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../core/assert.ts";
import { runSchedule } from "../../sim/run-schedule.ts";
import { toolsFor } from "../hunt/ground.ts";
import { brokenBy } from "../hunt/hunter.ts";
import { readSchedule } from "../hunt/schedule-file.ts";
import { protocolNamed } from "../protocols.ts";

export interface Counterexample {
  /** As its file is called in ccro/counterexamples. */
  readonly name: string;
  readonly n: number;
  readonly events: number;
}

/** Those that end in a fork under these rules, the shortest first. */
export function forkingUnder(protocol: string): readonly Counterexample[] {
  const tools = toolsFor(protocolNamed(protocol));
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const schedule = { ...readSchedule(join(folder, name)), protocol };
      const isFork = brokenBy(runSchedule(schedule, tools).verdict) === "fork";
      return isFork ? [{ name, n: schedule.n, events: schedule.events.length }] : [];
    })
    .sort((a, b) => a.events - b.events);
}

const folder = findFolder();

/** Schedules are no code: the build leaves them where the sources are. */
function findFolder(): string {
  const found = ["../..", "../../.."]
    .map((up) => join(import.meta.dirname, up, "ccro/counterexamples"))
    .find((candidate) => existsSync(candidate));
  assert(found !== undefined, "the committed counterexamples are shipped");
  return found;
}
