/** The flags of single-decree Paxos, checked, as a plan of one run or a drawing of many. */

import type { Options } from "yargs";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { RoleCounts } from "../../paxos/single-decree/roles.ts";
import { type Arguments, textIn, textsIn } from "../options/arguments.ts";
import { clusterKnobs, readFlags } from "../options/flags.ts";
import { settings } from "../options/knobs.ts";
import { oneCell } from "../options/one-cell.ts";
import { sizeOf, type Wish } from "./deployment.ts";
import { counted, type HostsFile, readHostsFile } from "./hosts-file.ts";
import type { DecreePlan } from "./plan.ts";
import { readCrashes, readWish } from "./wishes.ts";

const counts = ["proposers", "acceptors", "learners"] as const;
const usualCounts: RoleCounts = { proposers: 1, acceptors: 3, learners: 1 };

/** Knobs that mean something for a decree. */
export const decreeKnobs = [
  "protocol",
  "transport",
  "place",
  "auth",
  "network",
  "timeout",
  "patience",
  "seed",
] as const;

const text: Options = { type: "string", requiresArg: true };

const countOption = (role: (typeof counts)[number]): Options => ({
  ...text,
  describe: `paxos, single decree: how many ${role}`,
  defaultDescription: String(usualCounts[role]),
});

export const hostsOption: Options = {
  ...text,
  describe: "paxos, single decree: file with roles and addresses, as in bench/single-decree",
};
export const setOption: Options = {
  ...text,
  describe: "paxos, single decree: a client's value and the proposer that it asks, as 55@0",
};

export const decreeOptions = {
  proposers: countOption("proposers"),
  acceptors: countOption("acceptors"),
  learners: countOption("learners"),
  hosts: hostsOption,
  set: { ...setOption, describe: `${setOption.describe}; once for each client` },
  crash: {
    ...text,
    describe: "paxos, single decree: node ID, or ID@PHASE to crash before it sends that",
  },
  draw: {
    ...text,
    describe: "paxos, single decree: so many runs of drawn sizes, wishes and seeds",
  },
} satisfies Record<string, Options>;

/** The first flag that only single-decree Paxos has; undefined when it is not asked for. */
export const decreeFlagIn = (argv: Arguments): string | undefined =>
  Object.keys(decreeOptions).find((name) => argv[name] !== undefined);

/** How and where runs take place, whatever they are about. */
export function readTerms(argv: Arguments, size: number, flag: string) {
  const choice = readFlags(argv, decreeKnobs);
  if (choice.protocol?.join() !== "paxos") {
    throw new UsageError(`--${flag} is for --protocol paxos, not ${choice.protocol ?? "pbft"}`);
  }
  for (const name of [...clusterKnobs, "payload"] as const) {
    if (argv[name] === undefined || decreeKnobs.some((known) => known === name)) continue;
    throw new UsageError(`--${name} and --${flag} do not go together: see round --help`);
  }
  const cell = oneCell({ ...choice, n: [size] }, "round");
  const { transport, place, auth, network, timeoutMs, patienceMs } = cell;
  const seed = choice.seed ?? settings.seed.initial;
  return { transport, place, auth, network, timeoutMs, patienceMs, seed };
}

export function readPlan(argv: Arguments): DecreePlan {
  const hosts = readHosts(argv);
  const roles = hosts?.counts ?? readCounts(argv);
  const wishes = readWishes(argv, roles, hosts);
  const terms = readTerms(argv, sizeOf({ counts: roles }), decreeFlagIn(argv) ?? "set");
  if (hosts !== undefined && terms.transport !== "http") {
    throw new UsageError(`--hosts needs --transport http, not ${terms.transport}`);
  }
  return {
    ...terms,
    counts: roles,
    clients: wishes.size,
    wishes,
    crashes: readCrashes(textsIn(argv, "crash"), roles),
    addresses: hosts?.addresses,
  };
}

function readHosts(argv: Arguments): HostsFile | undefined {
  const path = textIn(argv, "hosts");
  if (path === undefined) return undefined;
  const superfluous = counts.find((role) => argv[role] !== undefined);
  if (superfluous === undefined) return readHostsFile(path);
  throw new UsageError(
    `--hosts says how many ${superfluous} there are: leave --${superfluous} out`,
  );
}

export function readCounts(argv: Arguments): RoleCounts {
  return {
    proposers: readCount(argv, "proposers"),
    acceptors: readCount(argv, "acceptors"),
    learners: readCount(argv, "learners"),
  };
}

function readCount(argv: Arguments, role: (typeof counts)[number]): number {
  const written = textIn(argv, role);
  if (written === undefined) return usualCounts[role];
  if (/^[1-9]\d{0,2}$/.test(written)) return Number(written);
  throw new UsageError(`--${role} must be a number from 1 to 999, not "${written}"`);
}

function readWishes(
  argv: Arguments,
  roles: RoleCounts,
  hosts: HostsFile | undefined,
): ReadonlyMap<NodeId, Wish> {
  const texts = textsIn(argv, "set");
  if (texts.length === 0) {
    throw new UsageError("--set VALUE@PROPOSER is needed, such as 55@0, once for each client");
  }
  if (hosts !== undefined && hosts.clients !== texts.length) {
    throw new UsageError(
      `the hosts file names ${counted(hosts.clients, "client")} (cli), and --set is given ${counted(texts.length, "time")}`,
    );
  }
  return new Map(texts.map((written, client) => [`c${client}`, readWish(written, client, roles)]));
}
