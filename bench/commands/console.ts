/** `console`: PBFT by hand, one terminal for each node or one for all of them. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { portIn } from "../clusters/standing.ts";
import { addressesOf } from "../console/addresses.ts";
import { runAll } from "../console/all.ts";
import { namesUpTo, replicaNamed } from "../console/commands.ts";
import { clientId } from "../console/machine/names.ts";
import { runOne } from "../console/one.ts";
import { usualClientPort, usualNodes, usualPort } from "../console/settings.ts";
import { scriptNamed, shippedScripts } from "../console/shipped.ts";
import { interruptedExitCode } from "../interrupt.ts";
import { type Arguments, isSet, textIn, wordIn } from "../options/arguments.ts";

const mostNodes = 16;

export const consoleCommand: CommandModule = {
  command: "console",
  describe: "PBFT by hand: vote on every phase yourself, in one terminal or in one for each node",
  builder: (parser) =>
    parser
      .option("node", {
        describe: "the node of this terminal, P0 to P3; P0 leads at first",
        type: "string",
        requiresArg: true,
      })
      .option("client", { describe: "the client, in this terminal", type: "boolean" })
      .option("all", {
        describe: "everybody in this terminal: P1: prepare yes",
        type: "boolean",
      })
      .option("script", {
        describe: `replay a file of commands such as P1: prepare yes, or one of ${shippedScripts().join(", ")}`,
        type: "string",
        requiresArg: true,
      })
      .option("place", {
        describe: "with --all: simulated in virtual time, or processes that talk over HTTP",
        type: "string",
        requiresArg: true,
        defaultDescription: "simulated",
      })
      .option("port", {
        describe: "port of this terminal's node or client",
        type: "string",
        requiresArg: true,
        defaultDescription: `P0 ${usualPort}, P1 ${usualPort + 1} …; client ${usualClientPort}`,
      })
      .option("peers", {
        describe: "ports of the others where they differ: P2=6002,client=7777",
        type: "string",
        requiresArg: true,
      })
      .option("n", {
        describe: "nodes in the cluster",
        type: "string",
        requiresArg: true,
        defaultDescription: String(usualNodes),
      })
      .option("seed", {
        describe: "keys follow from it; equal in all terminals",
        type: "string",
        requiresArg: true,
        defaultDescription: "1",
      })
      .option("out", {
        describe: "directory in which checkpoints/ is made",
        type: "string",
        requiresArg: true,
        defaultDescription: "here",
      })
      .epilogue(
        "Start with: console --all. Or a terminal each: console --node P0, console --node P1 --port 5001, …, console --client. Type help there. Ctrl-C or quit leaves.",
      ),
  handler: (argv) => run(argv),
};

async function run(argv: Arguments): Promise<void> {
  const n = wholeIn(argv, "n", 1, mostNodes) ?? usualNodes;
  const common = {
    n,
    seed: wholeIn(argv, "seed", 0, 2 ** 31 - 1) ?? 1,
    out: textIn(argv, "out") ?? ".",
  };
  const path = textIn(argv, "script");
  const id = whoIn(argv, n, path !== undefined);
  const place = wordIn(argv, "place", ["simulated", "processes"]);
  const port = portIn(argv, "port");
  const peers = textIn(argv, "peers");
  if (id === undefined) {
    if (port !== undefined || peers !== undefined) {
      throw new UsageError("--port and --peers are for --node and --client: --all needs none");
    }
    const script = path === undefined ? undefined : scriptNamed(path);
    return end(await runAll({ ...common, place: place ?? "simulated", script }));
  }
  if (place !== undefined) throw new UsageError("--place is for --all");
  end(await runOne({ ...common, id, urls: addressesOf({ n, id, port, peers }) }));
}

function end(ending: "left" | "interrupted"): void {
  if (ending === "interrupted") process.exitCode = interruptedExitCode;
}

/** Whose terminal this is; undefined: everybody's. */
function whoIn(argv: Arguments, n: number, hasScript: boolean): NodeId | undefined {
  const node = textIn(argv, "node");
  const asked = [node !== undefined, isSet(argv, "client"), isSet(argv, "all")];
  const count = asked.filter((one) => one).length;
  if (count > 1) throw new UsageError("console takes one of --node, --client and --all");
  if (hasScript && (node !== undefined || isSet(argv, "client"))) {
    throw new UsageError("--script plays everybody: it takes neither --node nor --client");
  }
  if (count === 0 && !hasScript) {
    throw new UsageError("console needs --node P1, --client, --all or --script FILE");
  }
  if (isSet(argv, "client")) return clientId;
  if (node === undefined) return undefined;
  const id = replicaNamed(node, n);
  if (id === undefined) throw new UsageError(`--node must be ${namesUpTo(n)}, not "${node}"`);
  return id;
}

function wholeIn(argv: Arguments, name: string, low: number, high: number): number | undefined {
  const text = textIn(argv, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`--${name} must be a whole number from ${low} to ${high}, not "${text}"`);
}
