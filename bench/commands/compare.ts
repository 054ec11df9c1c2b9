/** `compare BASE CANDIDATE`: ratios of two results, for people and for CI. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { commonMetrics, compareResults } from "../compare/comparison.ts";
import { failuresIn, parseLimit } from "../compare/limits.ts";
import { metricNamed, usualMetrics } from "../compare/metrics.ts";
import { type Format, formats, printComparison } from "../compare/print.ts";
import { readResults } from "../compare/read-results.ts";
import { type Arguments, isSet, textIn, textsIn, wordIn } from "../options/arguments.ts";

const badAnswerExitCode = 1;

export const compareCommand: CommandModule = {
  command: "compare <base> <candidate>",
  describe: "compare two results: the ratio of every metric in every matching cell",
  builder: (parser) =>
    parser
      .positional("base", {
        describe: "folder of results, or a CSV file with key columns, ours or made by hand",
        type: "string",
      })
      .positional("candidate", { describe: "the same, to be held against it", type: "string" })
      .options({
        metric: {
          describe:
            "what to compare, separated by commas: columns of the files; units may be left out",
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
        markdown: { describe: "the same as --format markdown", type: "boolean" },
        csv: { describe: "the same as --format csv", type: "boolean" },
        json: { describe: "the same as --format json", type: "boolean" },
      })
      .epilogue(
        "Cells match when their key columns are equal, as far as both files have them. A change is called " +
          "one only when the 95 % interval of the ratio excludes 1, it is over 5 %, and both sides have " +
          "five repetitions; --fail-on looks at the medians alone.",
      ),
  handler: (argv) => compare(argv),
};

function compare(argv: Arguments): void {
  const format = formatIn(argv);
  const rules = textsIn(argv, "fail-on");
  // What is no rule is told before anything is read.
  for (const rule of rules) parseLimit(rule);
  const base = readResults(textIn(argv, "base") ?? "");
  const candidate = readResults(textIn(argv, "candidate") ?? "");
  const known = commonMetrics(base, candidate);
  const names = textsIn(argv, "metric").flatMap((text) => text.split(","));
  const usual = usualMetrics.filter((metric) => known.includes(metric));
  const asked = names.map((name) => metricNamed(name.trim(), known));
  const chosen = asked.length > 0 ? asked : usual.length > 0 ? usual : known;
  const limits = rules.map((rule) => parseLimit(rule, known));
  const limited = limits.flatMap((limit) => (limit.kind === "ratio" ? [limit.metric] : []));
  const comparison = compareResults(base, candidate, [...new Set([...chosen, ...limited])]);
  const failures = failuresIn(comparison, limits);
  console.log(printComparison(comparison, failures, format));
  const hasMatched = comparison.matching.pairs.length > 0;
  if (!hasMatched) console.error("No cell of the base has a counterpart in the candidate.");
  process.exitCode = failures.length > 0 || !hasMatched ? badAnswerExitCode : 0;
}

function formatIn(argv: Arguments): Format {
  const said = [wordIn(argv, "format", formats), ...formats.filter((name) => isSet(argv, name))];
  const asked = [...new Set(said.filter((name) => name !== undefined))];
  if (asked.length > 1) throw new UsageError(`there is one output, not ${asked.join(" and ")}`);
  return asked[0] ?? "table";
}
