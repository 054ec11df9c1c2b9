import { deepEqual, ok } from "node:assert/strict";
import { test } from "vitest";
import { runCrashes } from "./run-crashes.ts";

test("processes killed with kill -9 come back from their disks: one vote each, nothing lost, all equal", async () => {
  const played: number[] = [];
  const report = await runCrashes({
    n: 4,
    atOnce: 1,
    rounds: 3,
    seed: 7,
    signal: new AbortController().signal,
    progress: (round) => played.push(round),
  });
  deepEqual(report.violations, []);
  deepEqual([played, report.kills], [[1, 2, 3], 3]);
  ok(report.acknowledged >= 3);
  ok(report.votes > report.acknowledged);
}, 180_000);
