/** Runs many schedules and keeps the bad ones. */

import { drawSchedule, type HuntingGround } from "../../sim/draw-schedule.ts";
import type { Verdict } from "../../sim/judge.ts";
import { runSchedule } from "../../sim/run-schedule.ts";
import type { Schedule } from "../../sim/schedule.ts";
import { shrink } from "../../sim/shrink.ts";
import { protocolNamed } from "../protocols.ts";
import { firedIn } from "./fired.ts";
import { type Promises, toolsFor } from "./ground.ts";

export interface Find {
  readonly schedule: Schedule;
  readonly broken: Broken;
  readonly reasons: readonly string[];
}

/** What was broken: a fork is two honest nodes that differ; other safety is what else must hold. */
export const brokenKinds = ["fork", "safety", "liveness"] as const;
export type Broken = (typeof brokenKinds)[number];

/** What a hunt saw. */
export interface Harvest {
  readonly schedules: number;
  readonly messages: number;
  readonly decisions: number;
  /** In how many schedules each mark was reached. */
  readonly coverage: Counts;
  /** In how many schedules each way to fail did something, by the role in which it did. */
  readonly fired: Counts;
  readonly finds: readonly Find[];
}

export const emptyHarvest: Harvest = {
  schedules: 0,
  messages: 0,
  decisions: 0,
  coverage: {},
  fired: {},
  finds: [],
};

export function addHarvests(a: Harvest, b: Harvest): Harvest {
  return {
    schedules: a.schedules + b.schedules,
    messages: a.messages + b.messages,
    decisions: a.decisions + b.decisions,
    coverage: addCounts(a.coverage, b.coverage),
    fired: addCounts(a.fired, b.fired),
    finds: [...a.finds, ...b.finds],
  };
}

type Counts = Readonly<Record<string, number>>;

function addCounts(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

const once = (names: Iterable<string>): Counts =>
  Object.fromEntries([...names].map((name) => [name, 1]));

/** Which finds count, and after how many a hunt may stop. */
export interface Bag {
  readonly wanted: readonly Broken[];
  readonly mostFinds: number;
}

/** Draws and runs the schedules of some seeds; stops early once it has enough finds. */
export function huntSeeds(
  ground: HuntingGround,
  firstSeed: number,
  count: number,
  { wanted, mostFinds }: Bag = { wanted: brokenKinds, mostFinds: 1 },
): Harvest {
  let harvest = emptyHarvest;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    harvest = addHarvests(harvest, huntSchedule(ground, drawSchedule(ground, seed), wanted));
    if (harvest.finds.length >= mostFinds) break;
  }
  return harvest;
}

export function huntSchedule(
  ground: HuntingGround,
  schedule: Schedule,
  wanted: readonly Broken[] = brokenKinds,
): Harvest {
  const run = runSchedule(schedule, toolsFor(ground.protocol));
  const found = brokenBy(run.verdict);
  const broken = found !== undefined && wanted.includes(found) ? found : undefined;
  return {
    schedules: 1,
    messages: run.messages,
    decisions: run.verdict.decisions,
    coverage: once(run.coverage.keys()),
    fired: once(firedIn(schedule, ground.protocol.members(schedule.n), run.witnesses)),
    finds: broken === undefined ? [] : [{ schedule, broken, reasons: run.verdict.reasons }],
  };
}

/** What went wrong, if anything did: the worst of it. */
export function brokenBy({ safety, liveness, violations }: Verdict): Broken | undefined {
  if (violations.some(({ judge }) => judge === "agreement")) return "fork";
  if (safety === "violated") return "safety";
  return liveness === "ok" ? undefined : "liveness";
}

/** Whether a find breaks what the protocol promises. */
export const isPromised = ({ broken }: Find, { safety, liveness }: Promises): boolean =>
  broken === "liveness" ? liveness : safety;

/** The find with everything taken out that it does not need. */
export function shrinkFind(find: Find): Find {
  const tools = toolsFor(protocolNamed(find.schedule.protocol));
  const schedule = shrink(
    find.schedule,
    (candidate) => brokenBy(runSchedule(candidate, tools).verdict) === find.broken,
  );
  return { ...find, schedule, reasons: runSchedule(schedule, tools).verdict.reasons };
}
