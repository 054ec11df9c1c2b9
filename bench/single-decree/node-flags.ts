/** The flags of `node --hosts`: which node or client of a decree this is, and what it wants. */

import type { Options } from "yargs";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { timeoutMsFor } from "../cell.ts";
import { type Arguments, textIn } from "../options/arguments.ts";
import { optionsFor, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { hostsOption, setOption } from "./decree-flags.ts";
import { idOf, idsOf, isClient, numberOf, sizeOf } from "./deployment.ts";
import { type HostsFile, readHostsFile } from "./hosts-file.ts";
import type { DecreePlan } from "./plan.ts";
import { readPhase, readWish } from "./wishes.ts";

const knobs = ["protocol", "auth", "timeout", "seed"] as const;
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

export function readNode(argv: Arguments): { readonly plan: DecreePlan; readonly id: NodeId } {
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
