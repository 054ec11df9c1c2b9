/** `round`: one cluster, one request; time and reply counts as seed 004 prints them. */

import type { CommandModule } from "yargs";
import { type Cell, specOf } from "../cell.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { excuseFor } from "../expectations.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { measure } from "../meter.ts";
import { type Arguments, isSet } from "../options/arguments.ts";
import { clusterKnobs, optionsFor, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { oneCell } from "../options/one-cell.ts";
import { printRound, type RoundReport, roundJson } from "../output/round-report.ts";
import { decreeFlagIn, decreeOptions } from "../single-decree/decree-flags.ts";
import { decreeRound } from "../single-decree/decree-round.ts";

const knobs = [...clusterKnobs, "payload", "patience"] as const;
const badAnswerExitCode = 1;

export const roundCommand: CommandModule = {
  command: "round",
  describe: "run one request on one cluster: time, reply counts, safety",
  builder: (parser) =>
    parser
      .options(optionsFor(knobs))
      .options(decreeOptions)
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue("Reply counts are taken when the round has drained."),
  handler: (argv) => (decreeFlagIn(argv) === undefined ? round(argv) : decreeRound(argv)),
};

async function round(argv: Arguments): Promise<void> {
  const choice = readFlags(argv, knobs);
  const cell = oneCell(choice, "round");
  const seed = choice.seed ?? settings.seed.initial;
  const signal = signalOfInterrupts();
  const report = await runRound(cell, seed, signal);
  if (report === undefined) {
    process.exitCode = interruptedExitCode;
    return;
  }
  console.log(
    isSet(argv, "json") ? JSON.stringify(roundJson(report), null, 2) : printRound(report),
  );
  process.exitCode = isBad(report) ? badAnswerExitCode : 0;
}

/** Undefined when it was interrupted before the request was answered. */
async function runRound(
  cell: Cell,
  seed: number,
  signal: AbortSignal,
): Promise<RoundReport | undefined> {
  const spec = specOf(cell, seed);
  const cluster = await startCluster(spec);
  try {
    const measurement = await measure(cluster, cell, signal);
    const [first] = measurement.rounds;
    if (first === undefined) return undefined;
    return { cell, seed, faults: spec.faults, members: cluster.members, round: first, measurement };
  } finally {
    await cluster.close();
  }
}

function isBad({ cell, measurement: { verdict } }: RoundReport): boolean {
  const isGood = verdict.safety === "ok" && verdict.liveness === "ok";
  return !isGood && excuseFor(cell, "promised") === undefined;
}
