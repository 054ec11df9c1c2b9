/** `node`: one replica, from a config file or the environment. */

import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { lifeOf } from "../../faults/chain.ts";
import { Host } from "../../host/host.ts";
import { HostedNode } from "../../host/hosted-node.ts";
import { parseLevels } from "../../host/log/levels.ts";
import { WallClock } from "../../host/time.ts";
import { hostOptionsOf } from "../clusters/assembly.ts";
import { openDisks } from "../clusters/disks.ts";
import { mortalNode, planLife } from "../clusters/life-cycle.ts";
import { newTimestamp, portProblem, untilAborted } from "../clusters/standing.ts";
import {
  environmentNameOf,
  type NodeConfig,
  readNodeConfig,
  specOfNode,
} from "../configuration/node-config.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { decreeNode } from "../single-decree/decree-node.ts";
import { asksForDecree, decreeNodeOptions } from "../single-decree/node-flags.ts";

export const nodeCommand: CommandModule = {
  command: "node",
  describe: "run one node, told by a config file or the environment where the others are",
  builder: (parser) =>
    parser
      .options(decreeNodeOptions)
      .option("config", {
        describe: "file in YAML or JSON",
        type: "string",
        requiresArg: true,
      })
      .option("data-dir", {
        describe: "directory in which it keeps what must survive it, as rN; made if missing",
        type: "string",
        requiresArg: true,
        defaultDescription: "the config's dataDir, or in memory",
      })
      .option("print-config", {
        describe: "say what it would run with, and stop",
        type: "boolean",
      })
      .epilogue(
        `Each key of the config can come from the environment instead, such as ${environmentNameOf("id")} or ${environmentNameOf("timeoutMs")}. Ctrl-C stops it.`,
      ),
  handler: (argv) => (asksForDecree(argv) ? decreeNode(argv) : node(argv)),
};

async function node(argv: Arguments): Promise<void> {
  const path = textIn(argv, "config") ?? process.env["QUORUMLAB_CONFIG"];
  const written = readNodeConfig(path, process.env);
  const dataDir = textIn(argv, "data-dir") ?? written.dataDir;
  const config: NodeConfig = { ...written, ...(dataDir === undefined ? {} : { dataDir }) };
  if (isSet(argv, "print-config")) {
    console.log(JSON.stringify(config, null, 2));
    return;
  }
  const signal = signalOfInterrupts();
  const stop = await start(config);
  await untilAborted(signal);
  await stop();
  process.exitCode = interruptedExitCode;
}

async function start(config: NodeConfig): Promise<() => Promise<void>> {
  const { id, peers, maxBodyBytes } = config;
  const spec = specOfNode(config);
  if (lifeOf(spec.faults, id).isOffline)
    throw new UsageError(`${id} is to be offline: do not start it`);
  const time = new WallClock();
  const patienceMs = config.patienceMs ?? 8 * spec.settings.timeoutMs;
  const limits = { patienceMs, maxBodyBytes };
  const { disks, close: closeDisks } = await openDisks(spec, [id]);
  const options = hostOptionsOf(spec, { time, firstTimestamp: newTimestamp, limits, disks });
  const host = new Host({ ...options, log: parseLevels(config.log, "log") });
  const hosted = new HostedNode(host, id);
  const url = new URL(peers[id] ?? "");
  try {
    await hosted.listen(Number(url.port || 80), spec.bind);
  } catch (error) {
    await host.close();
    await closeDisks();
    throw portProblem(error) ?? error;
  }
  host.locate(Object.entries(peers));
  hosted.start();
  const cancel = planLife(spec.faults, id, time, mortalNode(hosted));
  const { role } = spec.protocol.members(spec.n).find((member) => member.id === id) ?? { role: "" };
  console.log(`${id}  ${role}  ${url.origin}`);
  return async () => {
    cancel();
    await hosted.close();
    await host.close();
    await closeDisks();
  };
}
