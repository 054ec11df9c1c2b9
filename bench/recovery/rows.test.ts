import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import { type Cell, specOf } from "../cell.ts";
import { cellsOf } from "../experiment.ts";
import type { Measurement } from "../meter.ts";
import { keyOf } from "../results/columns.ts";
import { readSuite } from "../suite.ts";
import { recoveryTable } from "./report.ts";
import { crashMsIn, recoveryRows } from "./rows.ts";

const cells = cellsOf(readSuite("recovery").grids, {});
const cell = cells.find(({ protocol }) => protocol === "pbft") as Cell;
const key = keyOf("test", { cell, number: 1, seed: 1 }, ["r0"]);

const round = (sentMs: number, outcome: "committed" | "timeout") => ({
  number: 1,
  operation: null,
  sentMs,
  replies: {},
  outcome: { outcome, latencyMs: 50 },
});

/** A load from 100 ms on, a crash at 3 s, nothing until 4 s, and a request that is lost. */
const measured = {
  rounds: [
    ...Array.from({ length: 280 }, (_, index) => round(10 * index, "committed")),
    ...Array.from({ length: 600 }, (_, index) => round(3850 + 10 * index, "committed")),
    round(3000, "timeout"),
  ],
  costs: { messages: new Map(), controlMessages: new Map([["view-change", 9]]) },
  viewChanges: 1,
  beganMs: 100,
  endedMs: 10_100,
  retried: 8,
  leaderMoments: [
    { name: "view change", view: 1, atMs: 3500 },
    { name: "new view", view: 1, atMs: 3600 },
  ],
} as unknown as Measurement;

test("the shipped suite crashes the commander while its load lasts", () => {
  deepEqual(cells.map(({ protocol }) => protocol).sort(), ["ccro-safe", "paxos", "pbft"]);
  for (const each of cells) {
    equal(crashMsIn(specOf(each, 1)), 7000);
    equal(each.durationMs, 22_000);
  }
});

test("the figures count from the crash, whenever the load began", () => {
  const figures = recoveryRows(key, cell, 3000, measured)?.figures;
  ok(figures !== undefined);
  const { fault_ms, suspected_ms, new_leader_ms, first_commit_ms, gap_ms } = figures;
  deepEqual(
    { fault_ms, suspected_ms, new_leader_ms, first_commit_ms, gap_ms },
    {
      fault_ms: 2900,
      suspected_ms: 500,
      new_leader_ms: 600,
      first_commit_ms: 1000,
      gap_ms: 1060,
    },
  );
  const { gap_time_outs, back_ms, lost, retried, view_changes, control_messages } = figures;
  deepEqual(
    { gap_time_outs, back_ms, lost, retried, view_changes, control_messages },
    {
      gap_time_outs: 1.06,
      back_ms: 1000,
      lost: 1,
      retried: 8,
      view_changes: 1,
      control_messages: 9,
    },
  );
});

test("every commit stands in the timeline, from the begin of the load to its end", () => {
  const timeline = recoveryRows(key, cell, 3000, measured)?.timeline ?? [];
  deepEqual([timeline[0]?.at_ms, timeline.at(-1)?.at_ms], [-2900, 7000]);
  equal(
    timeline.reduce((sum, { committed }) => sum + Number(committed), 0),
    880,
  );
});

test("without a crash in the load, or a load that lasts, there is nothing to recover from", () => {
  equal(recoveryRows(key, cell, undefined, measured), undefined);
  equal(recoveryRows(key, cell, 50, measured), undefined);
  equal(recoveryRows(key, cell, 20_000, measured), undefined);
  equal(recoveryRows(key, { ...cell, durationMs: undefined }, 3000, measured), undefined);
});

test("the table has a line for each cell, with medians, sums of what was lost, and ∞", () => {
  const row = { cell: "a", protocol: "pbft", fault: "crash@commander/3s-", n: "4" };
  const table = recoveryTable([
    { ...row, gap_ms: "900", back_ms: "1000", lost: "0", retried: "8" },
    { ...row, gap_ms: "1100", back_ms: "inf", lost: "2", retried: "7" },
    { ...row, gap_ms: "1000", back_ms: "inf", lost: "0", retried: "8" },
  ]);
  match(table ?? "", /pbft crash@commander\/3s- │4 │ +– │ +– │ +– │ +1,000 │ +– │ +∞ │ +2 │ +23 │/);
  equal(recoveryTable([]), undefined);
});
