/** `node --hosts`: one node or one client of a decree in a process of its own, as seed 003 runs them. */

import type { Options } from "yargs";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { type Arguments, isSet, textIn } from "../arguments.ts";
import { timeoutMsFor } from "../cell.ts";
import { newTimestamp } from "../clusters/standing.ts";
import { optionsFor, readFlags } from "../flags.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { settings } from "../knobs.ts";
import { hostsOption, setOption } from "./decree-flags.ts";
import { idOf, idsOf, isClient, numberOf, sizeOf } from "./deployment.ts";
import type { DecreeEvent } from "./event.ts";
import { type HostsFile, readHostsFile } from "./hosts-file.ts";
import { listeningProblem } from "./listening.ts";
import type { DecreePlan } from "./plan.ts";
import { answerLine, crashLine, leaderLine, roleLine } from "./report.ts";
import { Attention } from "./stage.ts";
import { Station } from "./station.ts";
import { Story } from "./story.ts";
import { readPhase, readWish } from "./wishes.ts";

const knobs = ["protocol", "auth", "timeout", "seed"] as const;
const noValueExitCode = 1;
// Whoever starts the others by hand needs a while.
const usualWaitS = 60;

const text: Options = { type: "string", requiresArg: true };

export const decreeNodeOptions: Record<string, Options> = {
  ...optionsFor(knobs),
  hosts: hostsOption,
  id: { ...text, describe: "with --hosts: which line of it this is, from 0" },
  set: setOption,
  crash: { ...text, describe: "with --hosts: crash before this node first sends such a message" },
  wait: {
    ...text,
    describe: "with --hosts: seconds that a client waits for the value",
    defaultDescription: String(usualWaitS),
  },
  json: { describe: "with --hosts: what happens, a line of JSON each", type: "boolean" },
};

/** Flags that mean something for a decree only. */
const own = ["id", "set", "crash", "wait", "json"];

/** Whether this is about a decree; flags of it without a hosts file are a mistake. */
export function asksForDecree(argv: Arguments): boolean {
  if (argv["hosts"] !== undefined) return true;
  const flag = [...knobs, ...own].find((name) => argv[name] !== undefined);
  if (flag !== undefined) throw new UsageError(`--${flag} goes with --hosts: see node --help`);
  return false;
}

export async function decreeNode(argv: Arguments): Promise<void> {
  const { plan, id } = readNode(argv);
  const signal = signalOfInterrupts();
  const story = new Story(plan);
  const print = isSet(argv, "json")
    ? (event: DecreeEvent) => console.log(JSON.stringify(event))
    : announcer(plan);
  const attention = new Attention((event) => {
    story.note(event);
    print(event);
  });
  const station = new Station(plan, newTimestamp(), attention.tell);
  try {
    const url = await station.listen(id);
    if (!isSet(argv, "json")) console.log(`Node ID ${numberOf(plan, id)} listens on ${url}`);
    station.start(urlsOf(plan));
    if (isClient(id)) await wait(attention, story, id, plan, signal);
    else await live(attention, story, id, signal);
  } catch (error) {
    throw listeningProblem(error) ?? error;
  } finally {
    await station.close();
  }
}

/** A client ends once it was told the value, or waited in vain. */
async function wait(
  attention: Attention,
  story: Story,
  id: NodeId,
  { patienceMs }: DecreePlan,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => story.answers.has(id);
  await attention.pass({ patienceMs, signal, isOver });
  if (isOver()) return;
  process.exitCode = signal.aborted ? interruptedExitCode : noValueExitCode;
  console.error(
    `No message received by client from any learner within ${patienceMs / 1000} s: without a majority of the acceptors nothing is decided; what the proposers print says more`,
  );
}

/** A node stays until it crashes or is stopped: clients that come later are told the value, too. */
async function live(
  attention: Attention,
  story: Story,
  id: NodeId,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => story.crashed.has(id);
  await attention.pass({ patienceMs: Infinity, signal, isOver });
  process.exitCode = isOver() ? noValueExitCode : interruptedExitCode;
}

function readNode(argv: Arguments): { readonly plan: DecreePlan; readonly id: NodeId } {
  const { protocol, auth, timeout, seed } = readFlags(argv, knobs);
  if (protocol?.join() !== "paxos") {
    throw new UsageError(`--hosts is for --protocol paxos, not ${protocol ?? "pbft"}`);
  }
  if (argv["config"] !== undefined) {
    throw new UsageError("--hosts and --config do not go together: a hosts file is for a decree");
  }
  const hosts = readHostsFile(textIn(argv, "hosts") ?? "");
  const id = readId(argv, hosts);
  const { counts, clients, addresses } = hosts;
  const before = readBefore(argv, id);
  const plan: DecreePlan = {
    counts,
    clients,
    addresses,
    wishes: readOwnWish(argv, id, hosts),
    crashes: before === undefined ? [] : [{ node: id, before }],
    transport: "http",
    place: "processes",
    auth: auth?.includes("none") ? "none" : "ed25519",
    network: "lan",
    seed: seed ?? settings.seed.initial,
    timeoutMs: timeout ?? timeoutMsFor(sizeOf(hosts)),
    patienceMs: readWait(argv) * 1000,
  };
  return { plan, id };
}

function readId(argv: Arguments, hosts: HostsFile): NodeId {
  const written = textIn(argv, "id");
  const last = idsOf(hosts).length - 1;
  if (written !== undefined && /^\d{1,4}$/.test(written) && Number(written) <= last) {
    return idOf(hosts, Number(written));
  }
  throw new UsageError(
    `--id must be a number from 0 to ${last}, the places in the hosts file, not ${written === undefined ? "nothing" : `"${written}"`}`,
  );
}

function readOwnWish(argv: Arguments, id: NodeId, hosts: HostsFile): DecreePlan["wishes"] {
  const written = textIn(argv, "set");
  const number = numberOf(hosts, id);
  if (!isClient(id)) {
    if (written === undefined) return new Map();
    throw new UsageError(`--set is for clients, and ${number} is a consensus node (con)`);
  }
  if (written === undefined) {
    throw new UsageError(`--set VALUE@PROPOSER is needed for client ${number}, such as 55@0`);
  }
  return new Map([[id, readWish(written, Number(id.slice(1)), hosts.counts)]]);
}

function readBefore(argv: Arguments, id: NodeId) {
  const written = textIn(argv, "crash");
  if (written === undefined) return undefined;
  if (isClient(id)) throw new UsageError("--crash is for consensus nodes (con), not for clients");
  return readPhase(written);
}

function readWait(argv: Arguments): number {
  const written = textIn(argv, "wait") ?? String(usualWaitS);
  if (/^\d{1,6}(\.\d+)?$/.test(written) && Number(written) > 0) return Number(written);
  throw new UsageError(`--wait must be a number of seconds above 0, not "${written}"`);
}

const urlsOf = (plan: DecreePlan): readonly (readonly [NodeId, string])[] =>
  idsOf(plan).map((id) => {
    const { host, port } = plan.addresses?.[numberOf(plan, id)] ?? { host: "", port: 0 };
    return [id, `http://${host}:${port}`];
  });

/** Prints what this node does, each thing once. */
function announcer(plan: DecreePlan): (event: DecreeEvent) => void {
  let last: string | undefined;
  return (event) => {
    const line = lineFor(plan, event);
    if (line !== undefined && line !== last) console.log(line);
    last = line ?? last;
  };
}

function lineFor(plan: DecreePlan, event: DecreeEvent): string | undefined {
  const { node } = event;
  if (event.kind === "crash") return crashLine(plan, node);
  if (event.kind === "accept") return answerLine(event.acceptance.result);
  const { name, detail = "" } = event.mark;
  switch (name) {
    case "leader elected":
      return detail === node ? leaderLine(plan, node) : undefined;
    case "roles assigned":
      return roleLine(plan, node, detail);
    case "backed off":
      return `Node ID ${numberOf(plan, node)} backs off: another proposer is ahead`;
    case "no majority":
      return `Node ID ${numberOf(plan, node)} gets no majority: ${detail}`;
    default:
      return undefined;
  }
}
