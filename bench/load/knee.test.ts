import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { ResultFolder } from "../results/result-folder.ts";
import { parseSuite } from "../suite.ts";
import { startRun } from "../suite-run.ts";
import { isWorthOffering, kneeOf, type Step } from "./knee.ts";
import { kneeLines } from "./knee-rows.ts";

const step = (
  ratePerS: number,
  acceptedPerS = ratePerS,
  change: Partial<Step["tailsMs"]> = {},
) => ({
  ...{ ratePerS, offeredPerS: ratePerS, acceptedPerS },
  tailsMs: { latency_p99_ms: 40, latency_p90_ms: 20, latency_p50_ms: 10, ...change },
});

const cases = [
  ["who keeps up has none", [step(100), step(200)], undefined, undefined],
  ["who accepts 95 % keeps up", [step(100), step(200, 190)], undefined, undefined],
  ["who accepts less does not", [step(100), step(200, 189), step(400, 150)], 200, /95 %/],
  [
    "a p99 of five times the lowest is kept",
    [step(100), step(200, 200, { latency_p99_ms: 200 })],
    undefined,
    undefined,
  ],
  ["a p99 of more is the knee", [step(100), step(200, 200, { latency_p99_ms: 201 })], 200, /^p99/],
  [
    "the p90 decides where nobody knows the p99",
    [step(100, 100, { latency_p99_ms: undefined }), step(200, 200, { latency_p90_ms: 101 })],
    200,
    /^p90/,
  ],
  ["rates may come in any order", [step(400, 150), step(100), step(200, 189)], 200, /95 %/],
  [
    "an odd repetition does not make a knee",
    [step(100), step(200), step(200, 20), step(200)],
    undefined,
    undefined,
  ],
] as const;

for (const [title, steps, knee, why] of cases) {
  test(`knee: ${title}`, () => {
    const found = kneeOf(steps);
    equal(found?.kneePerS, knee);
    if (why !== undefined) ok(why.test(found?.why ?? ""), found?.why);
  });
}

test("the peak is the most that was accepted, at the knee or beside it", () => {
  equal(kneeOf([step(100), step(200, 189), step(400, 150)])?.peakPerS, 189);
  equal(kneeOf([]), undefined);
});

test("rates up to 1.3 times the knee are worth offering, whatever was found above", () => {
  const steps = [step(100), step(200, 150), step(400, 150)];
  deepEqual(
    [100, 200, 260, 270, 400].map((rate) => isWorthOffering(rate, steps)),
    [true, true, true, false, false],
  );
  equal(isWorthOffering(100, []), true);
});

test("a run over rates finds the knee of two clients that need 50 ms, and leaves out what lies beyond", async () => {
  const parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
  const suite = parseSuite(
    `protocol: pbft
n: 4
transport: simulated
auth: none
network: delay=10ms
clients: 2
rate: [10, 20, 26, 34, 44, 57, 74, 96]
requests: 150
warmup: 0
repetitions: 2
timeout: 60s
`,
    "ladder.yaml",
  );
  try {
    const out = join(parent, "run");
    const never = new AbortController().signal;
    const answer = await startRun(suite, { flags: {}, out, command: "run ladder" }, never);
    const [knee] = ResultFolder.open(out).rows("knees");
    equal(answer.isInterrupted, false);
    // 40 a second is all that two can do; with random arrivals they are late before that.
    const kneePerS = Number(knee?.["knee_per_s"]);
    ok([34, 44].includes(kneePerS), JSON.stringify(knee));
    ok(Number(knee?.["peak_per_s"]) > 30 && Number(knee?.["peak_per_s"]) < 42);
    const offered = new Set(
      ResultFolder.open(out)
        .rows("summary")
        .map((row) => Number(row["rate"])),
    );
    equal(Math.max(...offered), kneePerS === 34 ? 44 : 57);
    const { repetitionsDone, repetitionsPlanned } = answer.manifest;
    equal(repetitionsDone, repetitionsPlanned, "what was not needed is not missing");
    ok(/PBFT n=4 .*: knee at (34|44) requests a second/.test(kneeLines(answer.knees) ?? ""));
  } finally {
    rmSync(parent, { recursive: true });
  }
});
