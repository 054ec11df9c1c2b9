/** `run [suite…]`: runs the cells of suites, prints tables, keeps everything in a folder. */

import { join, relative } from "node:path";
import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { findingsOf, findingsText } from "../crossing/files.ts";
import { domainTable, domainTitle } from "../domains/domain-table.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { floorTable, measureFloors, writeFloors } from "../limits/floor.ts";
import { kneeLines } from "../load/knee-rows.ts";
import { type Arguments, isSet, textIn, textsIn } from "../options/arguments.ts";
import type { Choice } from "../options/choice.ts";
import { clusterKnobs, loadKnobs, optionsFor, readFlags } from "../options/flags.ts";
import { jsonOf } from "../output/answer-json.ts";
import { printTables } from "../output/table.ts";
import { paperSentencesOf } from "../paper/paper-files.ts";
import { readRecovery, recoveryTable } from "../recovery/report.ts";
import { publishedFile, readPublished } from "../results/published.ts";
import { readSuite, type Suite, suiteNames } from "../suite.ts";
import { type Answer, resumeRun, startRun } from "../suite-run.ts";

const knobs = [...clusterKnobs, "disk", ...loadKnobs] as const;
const badAnswerExitCode = 1;
const quickRepetitions = 2;
const fullRepetitions = 10;

export const runCommand: CommandModule = {
  command: "run [suite..]",
  describe: "run a suite's cells: tables on the terminal, a folder in results/",
  builder: (parser) =>
    parser
      .positional("suite", {
        describe: `shipped suites (${suiteNames().join(", ")}) or YAML files [default: default]`,
        type: "string",
        array: true,
      })
      .options(optionsFor(knobs))
      .options({
        out: { describe: "new folder for the results", type: "string", requiresArg: true },
        resume: {
          describe: "go on with the run in this folder",
          type: "string",
          requiresArg: true,
        },
        "data-dir": {
          describe:
            "folder in which each repetition's nodes keep their logs, emptied after it; means --disk log",
          type: "string",
          requiresArg: true,
          defaultDescription: "with --disk log: a folder of the results",
        },
        quick: {
          describe: `${quickRepetitions} repetitions: for a first look, and says so`,
          type: "boolean",
        },
        full: {
          describe: `${fullRepetitions} repetitions, or what the suite calls full: for headlines`,
          type: "boolean",
        },
        json: { describe: "JSON on stdout, and nothing else there", type: "boolean" },
      })
      .epilogue("Lists such as --n 4,7 span a grid. Flags override the suite."),
  handler: (argv) => run(argv),
};

async function run(argv: Arguments): Promise<void> {
  const dataDir = textIn(argv, "data-dir");
  const flags = withMode(readFlags(argv, knobs), argv);
  const names = textsIn(argv, "suite");
  const resume = textIn(argv, "resume");
  const out = textIn(argv, "out");
  const given = Object.keys({
    ...(dataDir === undefined ? {} : { "data-dir": dataDir }),
    ...flags,
  });
  const others = [...names, ...given.map((name) => `--${name}`)];
  if (resume !== undefined && (others.length > 0 || out !== undefined)) {
    throw new UsageError(`--resume goes on as before: it does not take ${others[0] ?? "--out"}`);
  }
  const suites = (names.length === 0 ? ["default"] : names).map(readSuite);
  if (out !== undefined && suites.length > 1) {
    throw new UsageError(`--out takes one suite, not ${suites.length}`);
  }
  const signal = signalOfInterrupts();
  const answers: Answer[] = [];
  if (resume !== undefined) {
    const answer = await resumeRun(resume, signal);
    if (!isSet(argv, "json")) tell(answer);
    answers.push(answer);
  }
  const options = { out, dataDir, command: process.argv.slice(2).join(" ") };
  for (const suite of resume === undefined ? suites : []) {
    if (signal.aborted) break;
    const answer = await startRun(
      suite,
      { ...options, flags: inFull(withDisk(flags, options, suite), argv, suite) },
      signal,
    );
    const floors = suite.hasFloor === true ? await measureFloors(answer.summaries) : [];
    if (floors.length > 0) writeFloors(answer.folder, floors);
    if (!isSet(argv, "json")) {
      tell(answer);
      if (floors.length > 0) console.log(`\n${floorTable(floors)}`);
    }
    answers.push(answer);
  }
  if (isSet(argv, "json")) console.log(JSON.stringify(answers.map(jsonOf), null, 2));
  process.exitCode = exitCodeOf(answers);
}

/** Quick and full are two words for a number of repetitions. */
function withMode(flags: Choice, argv: Arguments): Choice {
  const modes = ["quick", "full"].filter((name) => isSet(argv, name));
  const given = [...modes, ...(flags.repetitions === undefined ? [] : ["repetitions"])];
  if (modes.length === 0) return flags;
  if (given.length > 1) {
    throw new UsageError(`run takes one of ${given.map((name) => `--${name}`).join(" and ")}`);
  }
  return { ...flags, repetitions: modes[0] === "quick" ? quickRepetitions : fullRepetitions };
}

/** What is called full differs: times of recovery scatter more than others. */
function inFull(flags: Choice, argv: Arguments, { fullRepetitions: own }: Suite): Choice {
  return isSet(argv, "full") && own !== undefined ? { ...flags, repetitions: own } : flags;
}

/** Who names a place for disks wants disks, unless something says which cells have them. */
function withDisk(
  flags: Choice,
  { dataDir }: { readonly dataDir: string | undefined },
  { grids }: Suite,
): Choice {
  const isSaid = flags.disk !== undefined || grids.some(({ choice }) => choice.disk !== undefined);
  return dataDir === undefined || isSaid ? flags : { ...flags, disk: ["log"] };
}

function exitCodeOf(answers: readonly Answer[]): number {
  if (answers.some(({ isInterrupted }) => isInterrupted)) return interruptedExitCode;
  return answers.some(({ broken }) => broken.length > 0) ? badAnswerExitCode : 0;
}

// One broken cell breaks again and again.
const mostNotes = 10;

function tell(answer: Answer): void {
  const { manifest, summaries, notes, broken, isInterrupted } = answer;
  const folder = relative("", answer.folder) || ".";
  const besides = readPublished(join(answer.folder, publishedFile));
  if (summaries.length > 0) console.log(printTables(manifest, summaries, besides));
  const recovery = recoveryTable(readRecovery(answer.folder));
  if (recovery !== undefined) console.log(`\n${recovery}`);
  const knees = kneeLines(answer.knees);
  if (knees !== undefined) console.log(`\n${knees}`);
  const domains = domainTable(summaries);
  if (domains !== undefined) console.log(`\n${domainTitle}\n${domains}`);
  for (const sentence of paperSentencesOf(answer.folder)) console.log(`\n${sentence}`);
  const findings = summaries.length === 0 ? undefined : findingsOf(answer.folder);
  if (findings !== undefined) console.log(`\n${findingsText(findings)}`);
  const mustHold = notes.filter(({ cell }) => broken.some(({ name }) => name === cell));
  for (const { cell, seed, safety, liveness, reasons, repeat } of mustHold.slice(0, mostNotes)) {
    console.log(
      `\n! ${cell}, seed ${seed}: ${safety}, ${liveness}: ${reasons[0] ?? ""}\n  ${repeat}`,
    );
  }
  if (mustHold.length > mostNotes) console.log(`\n… and ${mustHold.length - mostNotes} more.`);
  console.log(`\nResults: ${folder}`);
  if (!isInterrupted) return;
  const { repetitionsDone, repetitionsPlanned } = manifest;
  console.error(
    `Interrupted after ${repetitionsDone} of ${repetitionsPlanned} repetitions. ` +
      `To go on: npm run bench -- run --resume ${folder}`,
  );
}
