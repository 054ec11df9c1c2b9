/** `round` of single-decree Paxos: one run, or many that are drawn. */

import { UsageError } from "../../core/assert.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { decreeOptions, readPlan, readTerms } from "./decree-flags.ts";
import { largestDrawn, playDrawn, printDrawn } from "./drawn.ts";
import { play } from "./play.ts";
import { decreeJson, isGood, printDecree } from "./report.ts";

const badAnswerExitCode = 1;

export async function decreeRound(argv: Arguments): Promise<void> {
  const isJson = isSet(argv, "json");
  if (argv["draw"] !== undefined) return drawnRounds(argv, isJson);
  const plan = readPlan(argv);
  const signal = signalOfInterrupts();
  const story = await play(plan, { signal });
  if (signal.aborted) {
    process.exitCode = interruptedExitCode;
    return;
  }
  console.log(isJson ? JSON.stringify(decreeJson(plan, story), null, 2) : printDecree(plan, story));
  process.exitCode = isGood(story) ? 0 : badAnswerExitCode;
}

async function drawnRounds(argv: Arguments, isJson: boolean): Promise<void> {
  const written = textIn(argv, "draw") ?? "";
  if (!/^[1-9]\d{0,5}$/.test(written)) {
    throw new UsageError(`--draw must be a number of runs from 1 to 999999, not "${written}"`);
  }
  const others = Object.keys(decreeOptions).filter((name) => name !== "draw");
  const superfluous = others.find((name) => argv[name] !== undefined);
  if (superfluous !== undefined) {
    throw new UsageError(`--draw draws what --${superfluous} says: leave one of them out`);
  }
  const result = await playDrawn({
    terms: readTerms(argv, largestDrawn, "draw"),
    runs: Number(written),
    signal: signalOfInterrupts(),
  });
  console.log(isJson ? JSON.stringify(result, null, 2) : printDrawn(result));
  if (result.isInterrupted) process.exitCode = interruptedExitCode;
  else process.exitCode = result.failures.length > 0 ? badAnswerExitCode : 0;
}
