/** The command line: which commands there are, and how mistakes are told. */

import yargs, { type Argv, type CommandModule } from "yargs";
import { UsageError } from "../core/assert.ts";
import { compareCommand } from "./commands/compare.ts";
import { huntCommand } from "./commands/hunt.ts";
import { limitsCommand } from "./commands/limits.ts";
import { replayCommand } from "./commands/replay.ts";
import { roundCommand } from "./commands/round.ts";
import { runCommand } from "./commands/run.ts";
import { knobNames } from "./knobs.ts";
import { thisCode } from "./machine.ts";
import { anyOf, didYouMean } from "./nearest.ts";

const wrongUsageExitCode = 2;
const failureExitCode = 1;

// What each command takes is its own affair; here they are all alike.
const commands = [
  runCommand,
  roundCommand,
  compareCommand,
  limitsCommand,
  huntCommand,
  replayCommand,
] as readonly CommandModule[];

const commandNames = [
  ...commands.map(({ command }) => String(command).split(" ")[0] ?? ""),
  "completion",
];
const flagNames = [
  ...knobNames,
  "out",
  "resume",
  "json",
  "metric",
  "fail-on",
  "format",
  "rounds",
  "seeds",
  "twins",
  "finds",
  "workers",
  "transcript",
];

/** Runs one command; the answer is the exit code. */
export async function runCli(words: readonly string[]): Promise<number> {
  try {
    process.exitCode = 0;
    await parse(words);
    return process.exitCode;
  } catch (error) {
    return report(error);
  }
}

async function parse(words: readonly string[]): Promise<void> {
  let parser: Argv = yargs([...words])
    .scriptName("quorumlab")
    .usage(
      "$0 COMMAND\n\nCompares Byzantine consensus protocols under the same faults, load and meter.",
    )
    .locale("en")
    .version(thisCode().version)
    .alias("h", "help")
    .epilogue("Exit codes: 0 done, 1 the answer is bad, 2 wrong usage, 130 interrupted.")
    .completion("completion", "print a script that completes commands and flags in the shell")
    .demandCommand(1)
    .strict()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .parserConfiguration({
      // Values are read and checked in flags.ts, from what was really written.
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "dot-notation": false,
      "camel-case-expansion": false,
      "boolean-negation": false,
    })
    .exitProcess(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      throw error instanceof UsageError
        ? error
        : new UsageError(rephrase(message ?? error?.message ?? "", words));
    });
  for (const command of commands) parser = parser.command(command);
  await parser.parseAsync();
}

/** What yargs found, in a sentence that says what is allowed. */
function rephrase(message: string, words: readonly string[]): string {
  const [command = ""] = words.filter((word) => !word.startsWith("-"));
  const isKnown = commandNames.includes(command);
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  const withoutValue = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (!isKnown && (command === "" || unknown === undefined || unknown === command)) {
    return command === ""
      ? `name a command: ${anyOf(commandNames)}`
      : `there is no command ${command}, only ${anyOf(commandNames)}${didYouMean(command, commandNames)}`;
  }
  if (withoutValue !== undefined) return `--${withoutValue} needs a value`;
  if (unknown === undefined) return `${command}: ${message}`;
  if (!words.some((word) => word.startsWith(`--${unknown}`))) {
    return `${command} does not take ${unknown}: see ${command} --help`;
  }
  return flagNames.includes(unknown)
    ? `${command} does not take --${unknown}: see ${command} --help`
    : `there is no flag --${unknown}${didYouMean(unknown, flagNames)}`;
}

/** Tells what went wrong, and with which code to end. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`quorumlab: ${error.message}`);
    return wrongUsageExitCode;
  }
  console.error(error);
  return failureExitCode;
}
