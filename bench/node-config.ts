/** What one node must know to take part: from a file in YAML or JSON, from the environment, from both. */

import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { z } from "zod";
import { UsageError } from "../core/assert.ts";
import { anyOf, didYouMean } from "../core/nearest.ts";
import { parseFaults } from "../faults/notation.ts";
import { placeFaults } from "../faults/placement.ts";
import { createRandom } from "../sim/random.ts";
import { timeoutMsFor } from "./cell.ts";
import type { ClusterSpec } from "./cluster.ts";
import { protocolNamed, protocolNames } from "./protocols.ts";

const whole = (low: number, high: number) => {
  const error = `must be a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

const word = (words: readonly string[]) => z.enum(words, { error: `must be ${anyOf(words)}` });

const origin = z
  .url({ protocol: /^http$/, error: "must be an address such as http://127.0.0.1:8080" })
  .refine((text) => new URL(text).pathname === "/", { error: "must not have a path" })
  .transform((text) => new URL(text).origin);

const schema = z.strictObject({
  protocol: word(protocolNames).describe("the protocol that all nodes run"),
  id: z.string({ error: "must be the id of this node, such as r0" }).describe("who this node is"),
  peers: z
    .record(z.string(), origin, { error: "must map each node's id to its address" })
    .describe("where all nodes listen, this one included: id to http://HOST:PORT"),
  seed: whole(0, 2 ** 31 - 1)
    .default(1)
    .describe("keys follow from it; equal at all nodes"),
  auth: z.enum(["ed25519", "none"], { error: "must be ed25519 or none" }).default("ed25519"),
  service: z.enum(["kv", "bank", "echo"], { error: "must be kv, bank or echo" }).default("kv"),
  batch: whole(1, 10_000).default(1).describe("most requests in one proposal"),
  timeoutMs: whole(1, 3_600_000).optional().describe("time-out of nodes and clients"),
  checkpoint: whole(1, 1_000_000).default(128).describe("slots between two checkpoints"),
  coalesce: z
    .enum(["none", "peer", "host"], { error: "must be none, peer or host" })
    .default("none"),
  clients: whole(1, 1000).default(4).describe("requests that run at the same time at one node"),
  patienceMs: whole(1, 3_600_000).optional().describe("how long /preprepare waits"),
  maxBodyBytes: whole(100, 2 ** 30)
    .default(2 ** 24)
    .describe("longest body that is read"),
  faults: z
    .array(z.string(), { error: "must be a list such as [malicious@r2]" })
    .default([])
    .describe("what fails in the cluster; equal at all nodes"),
  bind: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  dataDir: z
    .string({ error: "must be a directory" })
    .min(1, { error: "must be a directory" })
    .optional()
    .describe("where it keeps what must survive it, as rN; in memory without"),
  control: z.boolean({ error: "must be true or false" }).default(false),
});

export type NodeConfig = z.infer<typeof schema>;

const keys = Object.keys(schema.shape);

/** The names of the environment: QUORUMLAB_ID, QUORUMLAB_TIMEOUT_MS and so on. */
export const environmentNameOf = (key: string): string =>
  `QUORUMLAB_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`;

/** Reads the file, if there is one; what the environment says comes before it. */
export function readNodeConfig(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): NodeConfig {
  const fromFile = path === undefined ? {} : readFile(path);
  const written = { ...fromFile, ...readEnvironment(environment) };
  const parsed = schema.safeParse(written);
  if (!parsed.success) throw new UsageError(sentenceAbout(parsed.error.issues[0], written));
  checkMembers(parsed.data);
  return parsed.data;
}

/** The cluster that this node believes to be part of. */
export function specOfNode(config: NodeConfig): ClusterSpec {
  const { seed, clients, auth, service, coalesce, batch, timeoutMs, checkpoint } = config;
  const protocol = protocolNamed(config.protocol);
  const n = sizeOf(config);
  const requests = parseFaults(config.faults);
  return {
    protocol,
    n,
    seed,
    clients,
    transport: "http",
    place: "processes",
    auth,
    service,
    coalesce,
    settings: { batch, timeoutMs: timeoutMs ?? timeoutMsFor(n), checkpointInterval: checkpoint },
    faults: placeFaults(requests, protocol, n, createRandom(seed)),
    basePort: 0,
    bind: config.bind,
    hasControl: config.control,
    dataDir: config.dataDir,
    network: "lan",
  };
}

// A cluster has some members that are no replicas, such as a monitor.
const sizeOf = ({ peers }: NodeConfig): number =>
  Object.keys(peers).filter((id) => /^r\d+$/.test(id)).length;

function checkMembers(config: NodeConfig): void {
  const { id, peers } = config;
  const members = protocolNamed(config.protocol)
    .members(sizeOf(config))
    .map((member) => member.id);
  const missing = members.find((member) => !Object.hasOwn(peers, member));
  if (missing !== undefined) throw new UsageError(`peers must say where ${missing} listens`);
  const stranger = Object.keys(peers).find((peer) => !members.includes(peer));
  if (stranger !== undefined) {
    throw new UsageError(`peers must not name ${stranger}: the nodes are ${members.join(", ")}`);
  }
  if (members.includes(id)) return;
  throw new UsageError(`id must be ${anyOf(members)}, not "${id}"${didYouMean(id, members)}`);
}

function readFile(path: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(textOf(path));
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${path}: ${error.message.split("\n")[0]}`);
  const written: unknown = document.toJS();
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    throw new UsageError(`${path} must hold a map of keys and values`);
  }
  return written as Readonly<Record<string, unknown>>;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the config cannot be read: ${why}`);
  }
}

/** Values are read as YAML: numbers, `true`, `{r0: http://…, r1: http://…}`. */
function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> {
  const found = keys.flatMap((key) => {
    const name = environmentNameOf(key);
    const text = environment[name];
    if (text === undefined || text === "") return [];
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`${name}: ${error.message.split("\n")[0]}`);
    return [[key, document.toJS()] as const];
  });
  return Object.fromEntries(found);
}

function sentenceAbout(issue: z.core.$ZodIssue | undefined, written: unknown): string {
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return `${key} is not a key of a node's config${didYouMean(key, keys)}`;
  }
  const path = issue?.path.join(".") ?? "the config";
  const value = issue?.path.reduce<unknown>(
    (inside, key) => (inside as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    written,
  );
  const [key = ""] = issue?.path ?? [];
  if (value === undefined && issue?.path.length === 1) {
    return `${path} is needed: in the config, or as ${environmentNameOf(String(key))}`;
  }
  return `${path} ${issue?.message ?? "is not possible"}, not ${JSON.stringify(value)}`;
}
