/** `watch`: the page on which one sees consensus happen. */

import type { CommandModule } from "yargs";
import { ensurePage } from "../../web/server/page-files.ts";
import { servePage } from "../../web/server/serve.ts";
import { portIn, portProblem, untilAborted } from "../clusters/standing.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, textIn } from "../options/arguments.ts";

const usualPort = 4777;

export const watchCommand: CommandModule = {
  command: "watch",
  describe: "open a local page on which one sees consensus happen",
  builder: (parser) =>
    parser
      .option("port", {
        describe: "port of the page; 0 lets the system choose",
        type: "string",
        requiresArg: true,
        defaultDescription: String(usualPort),
      })
      .option("results", {
        describe: "folder whose results the page can draw",
        type: "string",
        requiresArg: true,
        defaultDescription: "results",
      })
      .epilogue(
        "The page is built first when it is missing or older than its sources. Ctrl-C stops it.",
      ),
  handler: (argv) => watch(argv),
};

async function watch(argv: Arguments): Promise<void> {
  const signal = signalOfInterrupts();
  if (await ensurePage()) console.error("The page was built.");
  const port = portIn(argv, "port") ?? usualPort;
  const server = await servePage(port, textIn(argv, "results") ?? "results").catch((error) => {
    throw portProblem(error) ?? error;
  });
  console.log(`Open ${server.url}\nCtrl-C stops it.`);
  await untilAborted(signal);
  await server.close();
  process.exitCode = interruptedExitCode;
}
