/** `scenario`: scripted cases from a CSV file, set by set, on a simulated cluster with a bank. */

import { readFileSync } from "node:fs";
import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { timeoutMsFor } from "../cell.ts";
import { networkNamed } from "../clusters/network.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import type { Choice } from "../options/choice.ts";
import { optionsFor, readFlags, singleChoice } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { protocolNamed } from "../protocols.ts";
import { type PlayOptions, play, type SetReport } from "../scenario/play.ts";
import { decodeText, readScenario } from "../scenario/read-scenario.ts";
import { closingLine, headline, printSet } from "../scenario/report.ts";
import { scenarioJson } from "../scenario/report-json.ts";
import type { Scenario } from "../scenario/scenario.ts";

const badAnswerExitCode = 1;

const knobs = [
  "protocol",
  "n",
  "f",
  "transport",
  "network",
  "batch",
  "timeout",
  "checkpoint",
  "patience",
  "seed",
] as const;

// As the graders of the courses have it.
const usualCheckpoint = 10;
// Enough for several view changes in a row, with their doubled time-outs.
const usualPatience = 20;
// The courses' clusters, for files that do not name every node.
const usualNodes = { byzantine: 7, crash: 5 };

export const scenarioCommand: CommandModule = {
  command: "scenario <file>",
  describe: "run scripted cases: sets of bank transactions, who is live, who attacks how",
  builder: (parser) =>
    parser
      .positional("file", {
        describe: "CSV with the columns Set Number, Transactions, Live, Byzantine, Attack",
        type: "string",
        demandOption: true,
      })
      .options(
        optionsFor(knobs, {
          protocol: "pbft; paxos for a file without Byzantine",
          n: "as many as the file names",
          f: "as n says",
          transport: "simulated",
          timeout: "500 + 0.75 n² ms",
          checkpoint: String(usualCheckpoint),
          patience: String(usualPatience),
        }),
      )
      // Read like everywhere; what they mean here is a little narrower.
      .describe({
        protocol: "protocol to run",
        transport: "simulated, nothing else: only there single nodes can be cut off",
        patience: "time-outs that a transaction is waited for before the next one",
        seed: "seed of every cluster",
      })
      .option("keep-state", {
        describe: "one cluster for all sets: nodes come back, pending transactions go on",
        type: "boolean",
      })
      .option("parallel", {
        describe: "all clients at the same time, instead of one transaction after another",
        type: "boolean",
      })
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue(
        "Nodes above those of the file (--n, --f) always run. Reads are ordered like transfers. Exit code 1 when a set is not safe, stalls and must not, or commits and may not.",
      ),
  handler: (argv) => scenario(argv),
};

async function scenario(argv: Arguments): Promise<void> {
  const file = textIn(argv, "file") ?? "";
  const choice = singleChoice(readFlags(argv, knobs), "scenario");
  const cases = told(file, () => readScenario(decodeText(bytesOf(file))));
  const options = optionsOf(choice, cases, argv);
  const isJson = isSet(argv, "json");
  const signal = signalOfInterrupts();
  const reports: SetReport[] = [];
  if (!isJson) console.log(headline(options));
  for (const report of play(cases.sets, options)) {
    reports.push(report);
    if (!isJson) console.log(`\n${printSet(report, cases.names)}`);
    // A signal is only heard between two turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) break;
  }
  const isInterrupted = reports.length < cases.sets.length;
  if (isJson) {
    const told = scenarioJson(file, options, reports, cases.names);
    console.log(JSON.stringify({ ...told, isInterrupted }, null, 2));
  } else {
    console.log(`\n${closingLine(reports)}`);
    if (isInterrupted) console.log(`Interrupted: ${cases.sets.length} sets are in the file.`);
  }
  process.exitCode = exitCodeOf(reports, isInterrupted);
}

function exitCodeOf(reports: readonly SetReport[], isInterrupted: boolean): number {
  if (isInterrupted) return interruptedExitCode;
  return reports.some(({ complaints }) => complaints.length > 0) ? badAnswerExitCode : 0;
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot be read (${why})`);
  }
}

/** Mistakes of a file are told with its name. */
function told<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${file}: ${error.message}`) : error;
  }
}

function optionsOf(choice: Choice, cases: Scenario, argv: Arguments): PlayOptions {
  const [transport = "simulated"] = choice.transport ?? [];
  if (transport !== "simulated") {
    throw new UsageError(
      `--transport must be simulated, not ${transport}: scenario disconnects nodes and attacks in ways that only the simulator carries out`,
    );
  }
  const [name = cases.hasByzantineColumn ? "pbft" : "paxos"] = choice.protocol ?? [];
  const protocol = protocolNamed(name);
  const usual = cases.hasByzantineColumn ? usualNodes.byzantine : usualNodes.crash;
  const { highest } = cases.names;
  const n = sizeOf(choice, highest || usual, protocol.nodesFor);
  if (n < highest) {
    throw new UsageError(
      `--n or --f must give at least the ${highest} nodes of the file, not ${n}`,
    );
  }
  // Says in a sentence where a protocol cannot run with so many nodes.
  protocol.members(n);
  const timeoutMs = choice.timeout ?? timeoutMsFor(n);
  return {
    protocol,
    n,
    highestInFile: Math.max(highest, usual),
    seed: choice.seed ?? settings.seed.initial,
    settings: {
      batch: choice.batch?.[0] ?? 1,
      timeoutMs,
      checkpointInterval: choice.checkpoint ?? usualCheckpoint,
    },
    network: networkNamed(choice.network?.[0] ?? "lan"),
    patienceMs: (choice.patience ?? usualPatience) * timeoutMs,
    keepsState: isSet(argv, "keep-state"),
    isParallel: isSet(argv, "parallel"),
  };
}

function sizeOf({ n, f }: Choice, named: number, nodesFor: (f: number) => number): number {
  if (n?.[0] !== undefined && f?.[0] !== undefined) {
    throw new UsageError("scenario takes --n or --f, not both: f gives the protocol its n");
  }
  return n?.[0] ?? (f?.[0] === undefined ? named : nodesFor(f[0]));
}
