import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { runCli } from "../cli.ts";
import { compareResults } from "./comparison.ts";
import { metricNamed } from "./metrics.ts";
import { type Format, printComparison } from "./print.ts";
import { readResults } from "./read-results.ts";
import { summaryFile } from "./sample-file.ts";

let parent = "";
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(parent, { recursive: true });
});

function report(format: Format): string {
  const base = summaryFile(parent, "base", [
    { protocol: "pbft", latencies: [10, 10, 10, 10, 10] },
    { protocol: "paxos", latencies: [1] },
  ]);
  const candidate = summaryFile(parent, "candidate", [
    { protocol: "pbft", latencies: [15, 15, 15, 15, 15] },
  ]);
  const comparison = compareResults(readResults(base), readResults(candidate), ["latency_p50_ms"]);
  return printComparison(comparison, ["pbft n=4 is too slow"], format);
}

test("as a table it has ratio, interval, effect, p and verdict, what has no counterpart, and failures", () => {
  const text = report("table");
  match(
    text,
    /pbft n=4 +│latency_p50_ms +│ +10 │ +15 │ *× 1\.50 \[1\.50–1\.50\] │ *1\.00 │ *0\.008 │slower +│/,
  );
  match(text, /Only in base: paxos n=4/);
  match(text, /Failed: pbft n=4 is too slow/);
});

test("as Markdown it is a table, too", () => {
  match(
    report("markdown"),
    /^\| cell \| metric \|.*\n\|---.*\n\| pbft n=4 \| latency_p50_ms \| 10 \| 15 \| × 1\.50 \[1\.50–1\.50\] \| 1\.00 \| 0\.008 \| slower \|\n/,
  );
});

test("as CSV it has a row for each pair and metric", () => {
  const [row, ...others] = csvParse(report("csv"));
  equal(others.length, 0);
  deepEqual(
    [row?.["protocol"], row?.["metric"], row?.["ratio"], row?.["ratio_low"], row?.["verdict"]],
    ["pbft", "latency_p50_ms", "1.5", "1.5", "slower"],
  );
});

test("as JSON it has all of it", () => {
  const { pairs, onlyInBase, failures, matched } = JSON.parse(report("json"));
  deepEqual(
    [pairs[0].ratio, pairs[0].verdict, onlyInBase, failures, matched],
    [1.5, "slower", ["paxos n=4"], ["pbft n=4 is too slow"], 1],
  );
});

describe("of a run with itself", () => {
  const of = (format: Format) => {
    const path = summaryFile(parent, "same", [{ protocol: "pbft", latencies: [10] }]);
    const comparison = compareResults(readResults(path), readResults(path), ["latency_p50_ms"]);
    return printComparison(comparison, [], format);
  };
  test("it says the same file, and nothing else", () => {
    deepEqual([of("table"), of("markdown")], ["same file", "same file"]);
    deepEqual(csvParse(of("csv")).length, 0);
    deepEqual([JSON.parse(of("json")).isSameFile, JSON.parse(of("json")).pairs], [true, []]);
  });
});

test("the command takes one output, and answers for --fail-on with its exit code", async () => {
  const base = summaryFile(parent, "before", [{ protocol: "pbft", latencies: [10] }]);
  const candidate = summaryFile(parent, "after", [{ protocol: "pbft", latencies: [20] }]);
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
  const words = (...more: readonly string[]) => runCli(["compare", base, candidate, ...more]);
  equal(await words("--csv"), 0);
  equal(await words("--markdown", "--fail-on", "latency_p50>10%"), 1);
  equal(await words("--fail-on", "latency_p50>150%"), 0);
  equal(await words("--csv", "--json"), 2);
  vi.restoreAllMocks();
  process.exitCode = 0;
});

test("a metric is found with or without its unit, another is told with those there are", () => {
  const known = ["latency_mean_ms", "latency_p50_ms", "messages_per_request", "cpu_ms_per_request"];
  equal(metricNamed("latency_p50", known), "latency_p50_ms");
  equal(metricNamed("messages", known), "messages_per_request");
  equal(metricNamed("cpu", known), "cpu_ms_per_request");
  throws(
    () => metricNamed("latency_p5O", known),
    /there is no metric latency_p5O, only .*: did you mean latency_p50_ms\?$/,
  );
});
