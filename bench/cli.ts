/** The command line: which commands there are, and how mistakes are told. */

import yargs, { type Argv, type CommandModule } from "yargs";
import { UsageError } from "../core/assert.ts";
import { anyOf, didYouMean } from "../core/nearest.ts";
import { aaCommand } from "./commands/aa.ts";
import { compareCommand } from "./commands/compare.ts";
import { consoleCommand } from "./commands/console.ts";
import { crashesCommand } from "./commands/crashes.ts";
import { huntCommand } from "./commands/hunt.ts";
import { limitsCommand } from "./commands/limits.ts";
import { nodeCommand } from "./commands/node.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { roundCommand } from "./commands/round.ts";
import { runCommand } from "./commands/run.ts";
import { scenarioCommand } from "./commands/scenario.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { upCommand } from "./commands/up.ts";
import { watchCommand } from "./commands/watch.ts";
import { thisCode } from "./meters/machine.ts";

const wrongUsageExitCode = 2;
const failureExitCode = 1;

// What each command takes is its own affair; here they are all alike.
const commands = [
  runCommand,
  roundCommand,
  upCommand,
  nodeCommand,
  compareCommand,
  reportCommand,
  aaCommand,
  limitsCommand,
  simulateCommand,
  scenarioCommand,
  huntCommand,
  crashesCommand,
  replayCommand,
  consoleCommand,
  watchCommand,
] as readonly CommandModule[];

const commandNames = [...commands.map((command) => nameOf(command)), "completion"];
/** Runs one command; the answer is the exit code. */
export async function runCli(words: readonly string[]): Promise<number> {
  try {
    process.exitCode = 0;
    await parse(words);
    return process.exitCode;
  } catch (error) {
    return report(error instanceof Misuse ? await rephrase(error.message, words) : error);
  }
}

/** What yargs says of words that it does not understand. */
class Misuse extends Error {}

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
    .wrap(Math.min(widest, process.stdout.columns ?? widest))
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
      throw error instanceof UsageError ? error : new Misuse(message ?? error?.message ?? "");
    });
  for (const command of commands) parser = parser.command(command);
  await parser.parseAsync([...words], {}, (_error, _argv, output) => {
    // Help, version and completion. yargs shows `--n` as `-n`, which nobody else calls it.
    if (output !== "") console.log(output.replace(/^ {2}-([a-z]) {2}/gm, "    --$1"));
  });
}

const widest = 110;

/** What yargs found, in a sentence that says what is allowed. */
async function rephrase(message: string, words: readonly string[]): Promise<UsageError> {
  const [command = ""] = words.filter((word) => !word.startsWith("-"));
  const known = commands.find((candidate) => nameOf(candidate) === command);
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  const withoutValue = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (command === "" && !unknown) return new UsageError(`name a command: ${anyOf(commandNames)}`);
  if (known === undefined) {
    const guess = didYouMean(command, commandNames);
    return new UsageError(`there is no command ${command}, only ${anyOf(commandNames)}${guess}`);
  }
  if (withoutValue !== undefined) return new UsageError(`--${withoutValue} needs a value`);
  if (unknown === undefined) return new UsageError(`${command}: ${message}`);
  if (!words.some((word) => word.startsWith(`--${unknown}`))) {
    return new UsageError(`${command} does not take ${unknown}: see ${command} --help`);
  }
  const own = await flagsOf(known);
  const elsewhere = (await Promise.all(commands.map(flagsOf))).flat();
  return new UsageError(
    elsewhere.includes(`--${unknown}`)
      ? `${command} does not take --${unknown}: see ${command} --help`
      : `there is no flag --${unknown}${didYouMean(`--${unknown}`, own)}`,
  );
}

function nameOf({ command }: CommandModule): string {
  return String(command).split(" ")[0] ?? "";
}

/** The flags of a command, as its help shows them. */
async function flagsOf({ builder }: CommandModule): Promise<readonly string[]> {
  if (typeof builder !== "function") return [];
  const built = await builder(yargs([]));
  return [...(await built.getHelp()).matchAll(/(?<=^ +)--?[a-z][a-z-]*/gm)].map(([flag]) =>
    flag.length === 2 ? `-${flag}` : flag,
  );
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
