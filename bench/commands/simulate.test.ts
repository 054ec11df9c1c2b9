/** `simulate` is exact: equal words, equal hash; another seed, another run. */

import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { afterEach, beforeEach, test, vi } from "vitest";
import { runCli } from "../cli.ts";

let printed: string[] = [];

beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => {
    printed.push(line);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const small = ["simulate", "--protocol", "pbft", "--n", "4", "--requests", "3"];

async function traceOf(...more: readonly string[]): Promise<unknown> {
  printed = [];
  await runCli([...small, "--json", ...more]);
  return JSON.parse(printed.join("\n")).trace;
}

test("equal words give an equal hash, another seed another one", async () => {
  const first = await traceOf();
  equal(await traceOf(), first);
  notEqual(await traceOf("--seed", "2"), first);
});

test("the row has the exact costs and the verdict", async () => {
  equal(await runCli([...small, "--json"]), 0);
  const { messages_per_request, safety, liveness, committed } = JSON.parse(printed.join("\n"));
  deepEqual([messages_per_request, safety, liveness, committed], [29, "ok", "ok", 3]);
});

test("the transcript tells every event in order of time", async () => {
  await runCli([...small, "--transcript"]);
  const moments = printed.filter((line) => /^\s+\d+\.\d{3} {2}\w/.test(line));
  const times = moments.map((line) => Number.parseFloat(line));
  deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  match(printed.join("\n"), /r0 +-> r1 +pre-prepare/);
});

test("more faults than f stall the run: said so, and no failure of the program", async () => {
  equal(await runCli([...small, "--fault", "offline@r2+r3"]), 0);
  match(printed.join("\n"), /stalled/);
});
