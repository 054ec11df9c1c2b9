/** `limits`: what this machine can do at best, and how near to it a round comes. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Limit, measureLimits } from "../limits/limits.ts";
import { measureSimulatorAlone, type SimulatorSpeed } from "../limits/simulator.ts";
import { printSimulatorSpeed } from "../limits/simulator-print.ts";
import {
  checkSpeed,
  mostOverPosts,
  mostOverSignatures,
  type SpeedCheck,
} from "../limits/speed-check.ts";
import { thisMachine } from "../meters/machine.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { count, figure } from "../output/figures.ts";
import { createProgress } from "../output/progress.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";

const usualBytes = 200;
const usualTimeMs = 500;
const usualTurns = 15;
const sizes = [4, 16, 31];
const protocol = "pbft";
const simulatedSizes = [4, 31, 100, 300];
const simulatedMessages = 1_000_000;
const badAnswerExitCode = 1;

export const limitsCommand: CommandModule = {
  command: "limits",
  describe: "what this machine can do at best: bare HTTP posts, signatures, encodings",
  builder: (parser) =>
    parser.options({
      bytes: {
        describe: "bytes of a message",
        type: "string",
        requiresArg: true,
        defaultDescription: String(usualBytes),
      },
      time: {
        describe: "ms for which each is tried",
        type: "string",
        requiresArg: true,
        defaultDescription: String(usualTimeMs),
      },
      rounds: {
        describe: `hold PBFT rounds at n = ${sizes.join(", ")} against their posts and signatures`,
        type: "boolean",
      },
      simulator: {
        describe: `how fast PBFT is simulated at n = ${simulatedSizes.join(", ")}, instead`,
        type: "boolean",
      },
      repetitions: {
        describe: "turns that rounds, bare posts and bare signatures take at each size",
        type: "string",
        requiresArg: true,
        defaultDescription: String(usualTurns),
      },
      json: { describe: "JSON on stdout, and nothing else there", type: "boolean" },
    }),
  handler: (argv) => limits(argv),
};

async function limits(argv: Arguments): Promise<void> {
  const bytes = wholeNumberIn(argv, "bytes", 1, 1_000_000) ?? usualBytes;
  const timeMs = wholeNumberIn(argv, "time", 1, 60_000) ?? usualTimeMs;
  const repetitions = wholeNumberIn(argv, "repetitions", 1, 1000) ?? usualTurns;
  const signal = signalOfInterrupts();
  if (isSet(argv, "simulator")) return simulatorLimits(isSet(argv, "json"), signal);
  const found = await measureLimits({ bytes, timeMs });
  const checks = isSet(argv, "rounds") ? await checkAll(repetitions, signal) : [];
  const isSlow = checks.some((check) => !isFast(check));
  if (isSet(argv, "json")) {
    console.log(JSON.stringify({ machine: thisMachine(), limits: found, rounds: checks }, null, 2));
  } else {
    const { cpu, cores, node } = thisMachine();
    console.log(`${cpu} · ${cores} cores · Node ${node} · one process, one core`);
    console.log(printLimits(found));
    if (checks.length > 0) console.log(printChecks(checks));
  }
  process.exitCode = signal.aborted ? interruptedExitCode : isSlow ? badAnswerExitCode : 0;
}

async function simulatorLimits(isJson: boolean, signal: AbortSignal): Promise<void> {
  const progress = createProgress();
  const speeds: SimulatorSpeed[] = [];
  for (const n of simulatedSizes) {
    for (const isJudged of [false, true]) {
      if (signal.aborted) break;
      progress.show(`simulating n = ${n}`);
      const options = { protocol, n, messages: simulatedMessages, isJudged };
      speeds.push(await measureSimulatorAlone(options, signal));
    }
  }
  progress.clear();
  if (isJson) console.log(JSON.stringify({ machine: thisMachine(), simulator: speeds }, null, 2));
  else console.log(printSimulatorSpeed(speeds));
}

async function checkAll(repetitions: number, signal: AbortSignal): Promise<readonly SpeedCheck[]> {
  const progress = createProgress();
  const checks: SpeedCheck[] = [];
  for (const n of sizes) {
    if (signal.aborted) break;
    progress.show(`rounds at n = ${n}`);
    checks.push(await checkSpeed({ protocol, n, repetitions, start: startCluster, signal }));
  }
  progress.clear();
  return checks;
}

const isFast = ({ overPosts, overSignatures }: SpeedCheck): boolean =>
  overPosts <= mostOverPosts && overSignatures <= mostOverSignatures;

const printLimits = (limits: readonly Limit[]): string =>
  terminalTable(
    [left(""), ...["µs p50", "µs p99", "per second", "samples"].map(right)],
    limits.map(({ name, p50Us, p99Us, perSecond, samples }) => [
      name,
      figure(p50Us),
      figure(p99Us),
      count(Math.round(perSecond)),
      count(samples),
    ]),
  );

const checkColumns = [
  "posts",
  "bytes a post",
  "bare post µs",
  "best post µs",
  "round ms",
  "× posts",
  "× best",
  "signed",
  "checked",
  "signed round ms",
  "× signatures",
  "× alone",
];

function printChecks(checks: readonly SpeedCheck[]): string {
  const rows = checks.map((check) => [
    `n=${check.n}`,
    count(check.posts),
    figure(check.bytesPerPost),
    figure(check.barePostUs),
    figure(check.bestPostUs),
    figure(check.roundMs),
    check.overPosts.toFixed(2),
    check.overBestPosts.toFixed(2),
    count(check.signatures),
    count(check.verifications),
    figure(check.signedRoundMs),
    check.overSignatures.toFixed(2),
    check.overBestSignatures.toFixed(2),
  ]);
  return [
    "",
    "Rounds over HTTP in this process, from the request until nothing is under way:",
    terminalTable([left("PBFT"), ...checkColumns.map(right)], rows),
    `× posts: round without signatures over its posts × a bare post, sent in the phases of a round, at most ${mostOverPosts}`,
    "× best: the same over posts that fill one connection, which no round does",
    `× signatures: what signing adds over signatures × their cost after a post each, at most ${mostOverSignatures}`,
    "× alone: the same over signatures one after the other, as no round makes them",
  ].join("\n");
}

function wholeNumberIn(
  argv: Arguments,
  name: string,
  low: number,
  high: number,
): number | undefined {
  const text = textIn(argv, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= low && number <= high) return number;
  throw new UsageError(
    `--${name} must be a whole number from ${low} to ${high}, not ${JSON.stringify(text)}`,
  );
}
