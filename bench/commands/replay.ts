/** `replay`: a schedule from a file once more, event by event. */

import type { CommandModule } from "yargs";
import { brokenBy } from "../hunt/hunter.ts";
import { readScheduleFile } from "../hunt/schedule-file.ts";
import { describeSchedule, replay } from "../hunt/story.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { aboutAblations } from "../protocols.ts";

const badAnswerExitCode = 1;

export const replayCommand: CommandModule = {
  command: "replay <file>",
  describe: "run a found schedule again, event by event",
  builder: (parser) =>
    parser
      .positional("file", { describe: "what hunt wrote, or one of ccro/counterexamples" })
      .option("protocol", { describe: "another protocol under the same schedule" })
      .option("transcript", { describe: "print every event as a line", type: "boolean" })
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue(`${aboutAblations}\nExit code 1 when the run breaks safety or liveness.`),
  handler: (argv) => {
    replayFile(argv);
  },
};

function replayFile(argv: Arguments): void {
  const { about, source, schedule: read } = readScheduleFile(textIn(argv, "file") ?? "");
  const schedule = { ...read, protocol: textIn(argv, "protocol") ?? read.protocol };
  const isJson = isSet(argv, "json");
  const isTranscript = isSet(argv, "transcript") && !isJson;
  const story = [about ?? [], source ?? [], describeSchedule(schedule)].flat();
  if (!isJson) for (const line of story) console.log(line);
  const run = replay(schedule, isTranscript ? (line) => console.log(line) : undefined);
  const { safety, liveness, reasons, decisions } = run.verdict;
  if (isJson) {
    const coverage = Object.fromEntries(run.coverage);
    console.log(JSON.stringify({ ...run.verdict, coverage, hash: run.hash }, null, 2));
  } else {
    if (!isTranscript) for (const line of run.diagram) console.log(line);
    console.log(`Safety: ${safety}  liveness: ${liveness}  decisions: ${decisions}`);
    for (const reason of reasons) console.log(`  ${reason}`);
    console.log(`Trace ${run.hash}`);
  }
  process.exitCode = brokenBy(run.verdict) === undefined ? 0 : badAnswerExitCode;
}
