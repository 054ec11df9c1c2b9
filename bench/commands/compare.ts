/** `compare BASE CANDIDATE`: ratios of two results, for people and for CI. */

import type { CommandModule } from "yargs";
import { type Arguments, isSet, textIn, textsIn, wordIn } from "../arguments.ts";
import { compareResults, failuresIn, metricNamed, parseLimit } from "../compare.ts";
import { metrics, readResults } from "../compare-input.ts";
import { formats, printComparison } from "../compare-report.ts";

const usualMetrics = [
  "latency_p50_ms",
  "messages_per_request",
  "bytes_per_request",
  "signatures_per_request",
  "cpu_ms_per_request",
];
const badAnswerExitCode = 1;

export const compareCommand: CommandModule = {
  command: "compare <base> <candidate>",
  describe: "compare two results: the ratio of every metric in every matching cell",
  builder: (parser) =>
    parser
      .positional("base", {
        describe: "folder of results, or its summary.csv or requests.csv",
        type: "string",
      })
      .positional("candidate", { describe: "the same, to be held against it", type: "string" })
      .options({
        metric: {
          describe: `what to compare, separated by commas: ${metrics.join(", ")}`,
          type: "string",
          requiresArg: true,
          defaultDescription: usualMetrics.join(","),
        },
        "fail-on": {
          describe:
            "exit with 1 when exceeded: 'latency_p50>10%', 'throughput<5%', safety; repeatable",
          type: "string",
          requiresArg: true,
        },
        format: {
          describe: `how to print: ${formats.join(", ")}`,
          type: "string",
          requiresArg: true,
          defaultDescription: "table",
        },
        json: { describe: "the same as --format json", type: "boolean" },
      }),
  handler: (argv) => compare(argv),
};

function compare(argv: Arguments): void {
  const format = isSet(argv, "json") ? "json" : (wordIn(argv, "format", formats) ?? "table");
  const names = textsIn(argv, "metric").flatMap((text) => text.split(","));
  const chosen = (names.length === 0 ? usualMetrics : names).map((name) =>
    metricNamed(name.trim()),
  );
  const rules = textsIn(argv, "fail-on");
  const limits = rules.map(parseLimit);
  const limited = limits.flatMap((limit) => (limit.kind === "ratio" ? [limit.metric] : []));
  const base = readResults(textIn(argv, "base") ?? "");
  const candidate = readResults(textIn(argv, "candidate") ?? "");
  const comparison = compareResults(base, candidate, [...new Set([...chosen, ...limited])]);
  const failures = failuresIn(comparison, limits, rules);
  console.log(printComparison(comparison, failures, format));
  if (comparison.matched === 0)
    console.error("No cell of the base has a counterpart in the candidate.");
  process.exitCode = failures.length > 0 || comparison.matched === 0 ? badAnswerExitCode : 0;
}
