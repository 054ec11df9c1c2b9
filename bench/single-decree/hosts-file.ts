/**
 * The hosts file of seed 003: three lines that say how many nodes propose, accept and learn, then one
 * line for each consensus node and each client. Ids are the places in that list, from 0.
 */

import { readFileSync } from "node:fs";
import { UsageError } from "../../core/assert.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { RoleCounts } from "../../paxos/single-decree/roles.ts";
import type { Address } from "./plan.ts";

export interface HostsFile {
  readonly counts: RoleCounts;
  readonly clients: number;
  /** Consensus nodes, then clients. */
  readonly addresses: readonly Address[];
}

const headings = ["PROPOSERS", "ACCEPTORS", "LEARNERS"] as const;
const kinds = ["con", "cli"] as const;
const example = "localhost 10000 con";

interface Host extends Address {
  readonly kind: string;
}

export function readHostsFile(path: string): HostsFile {
  return parseHosts(textOf(path), path);
}

/** A UsageError says in which line what is wrong. */
export function parseHosts(text: string, path: string): HostsFile {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const blank = lines.findIndex((line) => line.trim() === "");
  if (text.trim() === "") throw new UsageError(`${path} is empty: its first line is PROPOSERS 1`);
  if (blank !== -1) throw new UsageError(`${path}, line ${blank + 1} is blank: take it out`);

  const [proposers = 0, acceptors = 0, learners = 0] = headings.map((heading, index) =>
    countIn(lines[index], heading, `${path}, line ${index + 1}`),
  );
  const hosts: Host[] = [];
  for (const [index, line] of lines.entries()) {
    if (index < headings.length) continue;
    hosts.push(hostIn(line, hosts, `${path}, line ${index + 1}`));
  }
  const nodes = hosts.filter(({ kind }) => kind === "con").length;
  const needed = proposers + acceptors + learners;
  if (nodes !== needed) {
    throw new UsageError(
      `${path} names ${counted(nodes, "consensus node")} (con), and ${proposers} + ${acceptors} + ${learners} roles need ${needed}`,
    );
  }
  return {
    counts: { proposers, acceptors, learners },
    clients: hosts.length - nodes,
    addresses: hosts.map(({ host, port }) => ({ host, port })),
  };
}

function countIn(line: string | undefined, heading: string, where: string): number {
  const [, word, count] = /^(\S+)\s+(\S+)$/.exec(line?.trim() ?? "") ?? [];
  if (word !== heading || !/^[1-9]\d{0,2}$/.test(count ?? "")) {
    throw new UsageError(
      `${where} must be ${heading} and a number from 1 to 999, not "${line?.trim() ?? ""}"`,
    );
  }
  return Number(count);
}

function hostIn(line: string, before: readonly Host[], where: string): Host {
  const [name = "", port = "", kind = "", ...more] = line.trim().split(/\s+/);
  if (kind === "" || more.length > 0) {
    throw new UsageError(`${where} must be a host, a port and con or cli, such as ${example}`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`${where} must name a port from 1 to 65535, not "${port}"`);
  }
  if (!kinds.some((known) => known === kind)) {
    throw new UsageError(
      `${where} must end in con (consensus node) or cli (client), not "${kind}"${didYouMean(kind, kinds)}`,
    );
  }
  if (kind === "con" && before.at(-1)?.kind === "cli") {
    throw new UsageError(`${where} names a consensus node: they all come before the clients`);
  }
  const host = { host: addressOf(name), port: Number(port), kind };
  const twin = before.findIndex((other) => other.host === host.host && other.port === host.port);
  if (twin !== -1) {
    throw new UsageError(
      `${where} names ${name} ${port}, which is line ${twin + headings.length + 1} already`,
    );
  }
  return host;
}

// It may stand for two addresses, of which a node listens on one.
const addressOf = (name: string): string => (name === "localhost" ? "127.0.0.1" : name);

export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the hosts file cannot be read: ${why}`);
  }
}
