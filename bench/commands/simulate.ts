/** `simulate`: one seeded run in virtual time, with a hash of everything that happened. */

import type { CommandModule } from "yargs";
import type { Message } from "../../core/messages.ts";
import { allOf } from "../../sim/observers.ts";
import { createTraceHash } from "../../sim/trace-hash.ts";
import { createTranscript } from "../../sim/transcript.ts";
import { type Cell, specOf } from "../cell.ts";
import { startSimulatedCluster } from "../clusters/simulated-cluster.ts";
import { excuseFor } from "../expectations.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Measurement, measure } from "../meter.ts";
import { type Arguments, isSet } from "../options/arguments.ts";
import { clusterKnobs, loadKnobs, optionsFor, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { oneCell } from "../options/one-cell.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import { protocolOf } from "../protocols.ts";
import { everyKeyColumn, keyOf, type SummaryRow } from "../results/columns.ts";
import { summaryRow } from "../results/rows.ts";

// Where it runs and how often is what the command says by itself.
const fixed: readonly string[] = ["transport", "place", "repetitions"];
const knobs = [...clusterKnobs, ...loadKnobs].filter((name) => !fixed.includes(name));
const badAnswerExitCode = 1;

export const simulateCommand: CommandModule = {
  command: "simulate",
  describe: "one seeded run in virtual time: the same row as over HTTP, and a trace hash",
  builder: (parser) =>
    parser
      .options(optionsFor(knobs))
      .option("transcript", { describe: "print every event as a line", type: "boolean" })
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue("Times are virtual. Equal seed and equal code, equal hash, on any machine."),
  handler: (argv) => simulate(argv),
};

interface SimulatedRun {
  readonly row: SummaryRow;
  readonly measurement: Measurement;
  readonly hash: string;
}

async function simulate(argv: Arguments): Promise<void> {
  const choice = readFlags(argv, knobs);
  const load = { requests: choice.requests, warmup: choice.warmup ?? 0 };
  const cell = oneCell({ ...choice, transport: ["simulated"] }, "simulate", load);
  const seed = choice.seed ?? settings.seed.initial;
  const signal = signalOfInterrupts();
  const isTranscript = isSet(argv, "transcript") && !isSet(argv, "json");
  const write = isTranscript ? (line: string) => console.log(line) : undefined;
  const run = await runSimulated(cell, seed, signal, write);
  console.log(isSet(argv, "json") ? jsonOf(run) : print(run));
  const { safety, liveness } = run.measurement.verdict;
  const isBad = safety !== "ok" || liveness !== "ok";
  if (signal.aborted) process.exitCode = interruptedExitCode;
  else if (isBad && excuseFor(cell, "promised") === undefined) process.exitCode = badAnswerExitCode;
}

async function runSimulated(
  cell: Cell,
  seed: number,
  signal: AbortSignal,
  write: ((line: string) => void) | undefined,
): Promise<SimulatedRun> {
  const { signedText } = protocolOf(cell);
  const trace = createTraceHash<Message>((message) => signedText(message));
  const observer = write === undefined ? trace : allOf(trace, createTranscript<Message>(write));
  const cluster = await startSimulatedCluster(specOf(cell, seed), observer);
  try {
    const faulty = cluster.members.filter(({ faults }) => faults.length > 0).map(({ id }) => id);
    const measurement = await measure(cluster, cell, signal, () => {}, seed);
    const key = keyOf("simulate", { cell, number: 1, seed }, faulty);
    return { row: summaryRow(key, measurement), measurement, hash: trace.digest() };
  } finally {
    await cluster.close();
  }
}

function jsonOf({ row, measurement, hash }: SimulatedRun): string {
  const { violations, reasons } = measurement.verdict;
  return JSON.stringify({ ...row, violations, reasons, trace: hash }, null, 2);
}

/** One column a line: a single row of so many would be cut by any terminal. */
function print({ row, measurement, hash }: SimulatedRun): string {
  const shown = Object.entries(row).filter(
    ([name, value]) => value !== undefined && value !== "" && !isSaid(name),
  );
  const rows = shown.map(([name, value]) => [name, String(value)]);
  return [
    `${row.cell}  seed ${row.seed}  virtual time`,
    terminalTable([left("measured"), right("value")], rows),
    ...measurement.verdict.reasons,
    `Trace ${hash}`,
  ].join("\n");
}

const isSaid = (name: string): boolean =>
  everyKeyColumn.some((key) => key === name && key !== "faulty");
