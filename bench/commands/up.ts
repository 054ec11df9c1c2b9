/** `up`: a cluster that stays up, to be tried with curl. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { type Cell, specOf } from "../cell.ts";
import type { Cluster, ClusterMember, ClusterSpec } from "../cluster.ts";
import { startHttpCluster } from "../clusters/http-cluster.ts";
import { presetHelp, presetNamed, withPreset } from "../clusters/presets.ts";
import { startProcessCluster } from "../clusters/process-cluster.ts";
import { newTimestamp, portIn, portProblem, untilAborted } from "../clusters/standing.ts";
import { splitLinesOf } from "../domains/split-text.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { clusterKnobs, optionsFor, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { oneCell } from "../options/one-cell.ts";
import { type CurlLine, curlLines } from "../output/curl-lines.ts";

export const upCommand: CommandModule = {
  command: "up",
  describe: "start a cluster that stays up, and say how to try it with curl",
  builder: (parser) =>
    parser
      .options(optionsFor(clusterKnobs))
      .option("preset", { describe: presetHelp, type: "string", requiresArg: true })
      .option("port", {
        describe: "port of the first node, others count up; 0 lets the system choose",
        type: "string",
        requiresArg: true,
        defaultDescription: String(presetNamed(undefined).port),
      })
      .option("bind", {
        describe: "address that the nodes listen on",
        type: "string",
        requiresArg: true,
        defaultDescription: "127.0.0.1",
      })
      .option("data-dir", {
        describe: "directory in which the nodes keep what must survive them; made if missing",
        type: "string",
        requiresArg: true,
        defaultDescription: "in memory",
      })
      .option("control", {
        describe: "let this machine crash, recover and corrupt nodes: POST /control/…",
        type: "boolean",
      })
      .option("json", { describe: "JSON on stdout once it is up", type: "boolean" })
      .epilogue("Ctrl-C stops it."),
  handler: (argv) => up(argv),
};

async function up(argv: Arguments): Promise<void> {
  const preset = presetNamed(textIn(argv, "preset"));
  const choice = withPreset(preset, readFlags(argv, clusterKnobs));
  const cell = oneCell(choice, "up");
  if (cell.transport !== "http") {
    throw new UsageError(
      `up needs --transport http, not ${cell.transport}: curl knows nothing else`,
    );
  }
  const spec: ClusterSpec = {
    ...specOf(cell, choice.seed ?? settings.seed.initial),
    basePort: portIn(argv, "port") ?? preset.port,
    bind: textIn(argv, "bind") ?? "127.0.0.1",
    hasControl: isSet(argv, "control"),
    dataDir: textIn(argv, "data-dir"),
  };
  const signal = signalOfInterrupts();
  const cluster = await start(spec, cell);
  const lines = curlLines(cluster.members, spec);
  console.log(
    isSet(argv, "json")
      ? JSON.stringify(asJson(spec, cluster.members, lines), null, 2)
      : asText(spec, cluster.members, lines),
  );
  await untilAborted(signal);
  await cluster.close();
  process.exitCode = interruptedExitCode;
}

async function start(spec: ClusterSpec, cell: Cell): Promise<Cluster> {
  const limits = { patienceMs: cell.patienceMs };
  const options = { firstTimestamp: newTimestamp, limits };
  try {
    return await (spec.place === "processes"
      ? startProcessCluster(spec, options)
      : startHttpCluster(spec, options));
  } catch (error) {
    throw portProblem(error) ?? error;
  }
}

const factsOf = ({ protocol, n, seed, place, auth, service }: ClusterSpec) => ({
  protocol: protocol.name,
  n,
  f: protocol.faultsTolerated(n),
  place,
  auth,
  service,
  seed,
});

const asJson = (
  spec: ClusterSpec,
  members: readonly ClusterMember[],
  curl: readonly CurlLine[],
) => ({ ...factsOf(spec), nodes: members, curl });

function asText(
  spec: ClusterSpec,
  members: readonly ClusterMember[],
  curl: readonly CurlLine[],
): string {
  const { n, f, place, auth, service, seed } = factsOf(spec);
  const roles = members.map(({ role }, index) => (index === 0 ? `${role} (commander)` : role));
  const width = Math.max(...roles.map((role) => role.length));
  const idWidth = Math.max(...members.map(({ id }) => id.length));
  const nodes = members.map(({ id, url, pid, faults }, index) => {
    const process = pid === undefined ? [] : [`pid ${pid}`];
    return [id.padEnd(idWidth), roles[index]?.padEnd(width), url, ...process, ...faults].join("  ");
  });
  return [
    `${spec.protocol.title}  n=${n} f=${f}  http, ${place}  ${auth}  service ${service}  seed ${seed}`,
    ...splitLinesOf(spec.protocol, n),
    "",
    ...nodes,
    ...curl.flatMap(({ does, line }) => ["", `# ${does}`, line]),
    "",
    "Ctrl-C stops it.",
  ].join("\n");
}
