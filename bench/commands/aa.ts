/** `aa`: a protocol against itself, many times: how often would this bench call that a difference? */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import {
  compareWithItself,
  leastAlike,
  leastFound,
  type SameResult,
} from "../aa/same-against-same.ts";
import { usualCell } from "../aa/usual-cell.ts";
import type { TransportName } from "../cluster.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { clusterKnobs, optionsFor, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { percent } from "../output/figures.ts";
import { createProgress } from "../output/progress.ts";
import { fewestRepetitions } from "../statistics/difference.ts";
import { medianOf } from "../statistics/median.ts";

const knobs = [...clusterKnobs, "payload", "requests", "warmup", "repetitions"] as const;
const badAnswerExitCode = 1;
const usualRepetitions = 10;
/** Over HTTP each takes as long as it takes. */
const usualComparisons = { simulated: 100, memory: 20, http: 20 } as const;

const usually = (knob: "network" | "requests" | "warmup"): string =>
  `${usualCell("simulated", {})[knob]} simulated, ${usualCell("http", {})[knob]} over HTTP`;

export const aaCommand: CommandModule = {
  command: "aa",
  describe: "a protocol against itself: how often would this bench see a difference?",
  builder: (parser) =>
    parser
      .options(
        optionsFor(knobs, {
          transport: "simulated,http",
          repetitions: String(usualRepetitions),
          network: usually("network"),
          requests: usually("requests"),
          warmup: usually("warmup"),
        }),
      )
      .options({
        comparisons: {
          describe: "comparisons [default: 100 simulated, 20 over HTTP]",
          type: "string",
          requiresArg: true,
        },
        slow: {
          describe: "make one side slower by this much, such as 10%: how often is it found?",
          type: "string",
          requiresArg: true,
        },
        json: { describe: "JSON on stdout, and nothing else there", type: "boolean" },
      })
      .epilogue(
        `Exit code 1 unless ${percent(leastAlike)} are alike, or ${percent(leastFound)} are found with --slow, and whenever a repetition was unsafe, stalled or marked.`,
      ),
  handler: (argv) => aa(argv),
};

interface Answer extends SameResult {
  readonly transport: TransportName;
  readonly slowBy: number;
  /** Of all comparisons, those that came out as they should. */
  readonly share: number;
  readonly isGood: boolean;
}

async function aa(argv: Arguments): Promise<void> {
  const { transport: asked, repetitions = usualRepetitions, ...choice } = readFlags(argv, knobs);
  const transports = (asked ?? ["simulated", "http"]) as readonly TransportName[];
  const comparisons = countIn(textIn(argv, "comparisons"));
  const slowBy = shareIn(textIn(argv, "slow"));
  if (repetitions < fewestRepetitions) {
    throw new UsageError(
      `--repetitions must be at least ${fewestRepetitions} for aa, not ${repetitions}: with fewer nothing is called different`,
    );
  }
  const signal = signalOfInterrupts();
  const progress = createProgress();
  const answers: Answer[] = [];
  for (const transport of transports) {
    const all = comparisons ?? usualComparisons[transport];
    const result = await compareWithItself(usualCell(transport, choice), {
      ...{ comparisons: all, repetitions, slowBy, signal, start: startCluster },
      seed: choice.seed ?? settings.seed.initial,
      onComparison: (done) => progress.show(`${transport}: ${done} of ${all} comparisons`),
    }).finally(() => progress.clear());
    if (result === undefined) {
      process.exitCode = interruptedExitCode;
      break;
    }
    const answer = answerOf(transport, slowBy, result);
    answers.push(answer);
    if (!isSet(argv, "json")) console.log(printed(answer));
  }
  if (isSet(argv, "json")) console.log(JSON.stringify(answers, null, 2));
  if (answers.some(({ isGood }) => !isGood)) process.exitCode ??= badAnswerExitCode;
}

function answerOf(transport: TransportName, slowBy: number, result: SameResult): Answer {
  const { comparisons, different } = result;
  const share = (slowBy === 0 ? comparisons - different : different) / comparisons;
  // Whatever the share: times of a run that broke are no times.
  const isGood = share >= (slowBy === 0 ? leastAlike : leastFound) && result.flaws.length === 0;
  return { ...result, transport, slowBy, share, isGood };
}

// One broken rule breaks again and again.
const mostFlaws = 5;

function printed(answer: Answer): string {
  const { transport, slowBy, comparisons, share, ratios, isGood, repetitions, flaws } = answer;
  const least = percent(slowBy === 0 ? leastAlike : leastFound);
  const found =
    slowBy === 0
      ? "not distinguishable"
      : `found to be slower or faster (slowed by ${percent(slowBy)})`;
  const ratio = medianOf(ratios);
  const line =
    `${transport}: ${Math.round(share * comparisons)} of ${comparisons} ${found}: ${percent(share)}, ` +
    `must be at least ${least}: ${isGood ? "ok" : "bad"} · median ratio × ${ratio?.toFixed(3) ?? "–"}`;
  if (flaws.length === 0) return line;
  const more = flaws.length > mostFlaws ? [`… and ${flaws.length - mostFlaws} more`] : [];
  return [
    line,
    `! ${flaws.length} of ${repetitions} repetitions should not have been compared:`,
    ...[...flaws.slice(0, mostFlaws), ...more].map((flaw) => `  ${flaw}`),
  ].join("\n");
}

function countIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new UsageError(`--comparisons must be a whole number from 1 to 10000, not "${text}"`);
}

function shareIn(text: string | undefined): number {
  if (text === undefined) return 0;
  const share = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]) / 100;
  if (share > 0 && share <= 10) return share;
  throw new UsageError(
    `--slow must be a share above 0% and up to 1000%, such as 10%, not "${text}"`,
  );
}
