/** `crashes`: kill -9 and restart under load, again and again, and what became of it. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { faultsTolerated } from "../../core/quorum.ts";
import { type CrashesReport, runCrashes } from "../crashes/run-crashes.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";

const badAnswerExitCode = 1;

const usual = { n: 4, rounds: 200, seed: 1 };

export const crashesCommand: CommandModule = {
  command: "crashes",
  describe: "PBFT with disks in child processes: kill -9 and restart under load, then judge it",
  builder: (parser) =>
    parser
      .options({
        n: numberOption("replicas", usual.n),
        "at-once": numberOption("processes killed in one round, at most f", "f"),
        rounds: numberOption("rounds of kill and restart", usual.rounds),
        seed: numberOption("seed of keys, victims and pauses", usual.seed),
        timeout: numberOption(
          "time-out of nodes and clients in ms: longer on a busy machine",
          "2 × (500 + 0.75 n²)",
        ),
      })
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue("Exit code 1 if anything was violated; journals and disks are kept then."),
  handler: (argv) => crashes(argv),
};

const numberOption = (describe: string, initial: number | string) =>
  ({
    describe,
    type: "string",
    requiresArg: true,
    defaultDescription: String(initial),
  }) as const;

async function crashes(argv: Arguments): Promise<void> {
  const n = wholeIn(argv, "n", 4, 31) ?? usual.n;
  const atOnce = wholeIn(argv, "at-once", 1, faultsTolerated(n)) ?? faultsTolerated(n);
  const rounds = wholeIn(argv, "rounds", 1, 100_000) ?? usual.rounds;
  const seed = wholeIn(argv, "seed", 0, 2 ** 31 - 1) ?? usual.seed;
  const timeoutMs = wholeIn(argv, "timeout", 1, 60_000);
  const signal = signalOfInterrupts();
  const progress = (round: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${rounds}`);
  };
  const report = await runCrashes({ n, atOnce, rounds, seed, timeoutMs, signal, progress });
  if (process.stderr.isTTY) process.stderr.write("\n");
  console.log(isSet(argv, "json") ? JSON.stringify(report, null, 2) : asText(report));
  if (report.violations.length > 0) process.exitCode = badAnswerExitCode;
  else if (signal.aborted) process.exitCode = interruptedExitCode;
}

function wholeIn(argv: Arguments, name: string, low: number, high: number): number | undefined {
  const text = textIn(argv, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`--${name} must be a whole number from ${low} to ${high}, not "${text}"`);
}

const asText = (report: CrashesReport): string =>
  [
    `PBFT  n=${report.n}  http, processes, disks  ${report.rounds} rounds, ${report.atOnce} killed in each, ${report.seconds} s`,
    `acknowledged     ${report.acknowledged}, and ${report.unanswered} without an answer`,
    `slots            ${report.slots}`,
    `votes judged     ${report.votes}`,
    `view changes     ${report.viewChanges}`,
    `state transfers  ${report.stateTransfers}`,
    ...(report.violations.length === 0
      ? ["Safety: ok, nothing acknowledged is lost, all replicas end equal"]
      : ["Safety: violated", ...report.violations, `see ${report.evidence}`]),
  ].join("\n");
