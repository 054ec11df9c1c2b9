/** What one node must know to take part: from a file in YAML or JSON, from the environment, from both. */

import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { z } from "zod";
import { assert, UsageError } from "../../core/assert.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import { parseFaults } from "../../faults/notation.ts";
import { placeFaults } from "../../faults/placement.ts";
import { parseLevels } from "../../host/log/levels.ts";
import { createRandom } from "../../sim/random.ts";
import { timeoutMsFor } from "../cell.ts";
import type { ClusterSpec } from "../cluster.ts";
import { protocolNamed, protocolNames } from "../protocols.ts";
import { type Located, type Place, parseLocated, valueAt } from "./located.ts";

const whole = (low: number, high: number) => {
  const error = `must be a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

const word = (words: readonly string[]) => z.enum(words, { error: `must be ${anyOf(words)}` });

const origin = z
  .url({ protocol: /^http$/, error: "must be an address such as http://127.0.0.1:8080" })
  .refine((text) => new URL(text).pathname === "/", { error: "must not have a path" })
  .transform((text) => new URL(text).origin);

/** What pino and the environment call it, too. */
const levels = z.string({ error: "must be text" }).superRefine((text, context) => {
  try {
    parseLevels(text, "levels");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const message = "must be a level for all, or such as protocol=debug,http=info";
    context.addIssue({ code: "custom", message });
  }
});

const schema = z.strictObject({
  $schema: z.string().optional(),
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
  trust: z
    .enum(["cumulative", "printed"], { error: "must be cumulative or printed" })
    .optional()
    .describe("how CCRO's monitor reads its trust formula"),
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
  control: z
    .boolean({ error: "must be true or false" })
    .default(false)
    .describe("whether this machine may crash it: POST /control/…"),
  log: levels
    .default("")
    .describe("how much it logs: a level for all components, or protocol=debug,http=info"),
});

/** For editors: what a config may hold, as JSON Schema. */
export function nodeJsonSchema(): unknown {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      // A new protocol is one folder and one line: it must not need another schema.
      if (Object.is(zodSchema, schema.shape.protocol)) delete jsonSchema.enum;
    },
  });
}

export type NodeConfig = Omit<z.infer<typeof schema>, "$schema">;

const keys = Object.keys(schema.shape).filter((key) => key !== "$schema");
/** Keys that hold one of some words. */
const words: ReadonlyMap<string, readonly string[]> = new Map([
  ["protocol", protocolNames],
  ["auth", ["ed25519", "none"]],
  ["service", ["kv", "bank", "echo"]],
  ["coalesce", ["none", "peer", "host"]],
]);

/** The names of the environment: QUORUMLAB_ID, QUORUMLAB_TIMEOUT_MS and so on. */
export const environmentNameOf = (key: string): string =>
  `QUORUMLAB_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`;

/** Reads the file, if there is one; what the environment says comes before it. */
export function readNodeConfig(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): NodeConfig {
  const file = path === undefined ? undefined : readFile(path);
  const fromEnvironment = readEnvironment(environment);
  const written = { ...asMapping(file?.written), ...fromEnvironment };
  /** Says where it was written: in the environment, in a line of the file, or nowhere. */
  const complain = (place: Place, sentence: string): UsageError => {
    const key = String(place.path[0] ?? "");
    if (Object.hasOwn(fromEnvironment, key)) {
      return new UsageError(`${environmentNameOf(key)}: ${sentence}`);
    }
    return file?.complaint(place, sentence) ?? new UsageError(sentence);
  };
  const parsed = schema.safeParse(written);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    assert(issue !== undefined, "a config that does not parse has an issue");
    throw complain(issue, sentenceAbout(issue, written));
  }
  const { $schema: _, ...config } = parsed.data;
  checkMembers(config, complain);
  return config;
}

type Complain = (place: Place, sentence: string) => UsageError;

/** The cluster that this node believes to be part of. */
export function specOfNode(config: NodeConfig): ClusterSpec {
  const { seed, clients, auth, service, coalesce, batch, timeoutMs, checkpoint, trust } = config;
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
    settings: {
      batch,
      timeoutMs: timeoutMs ?? timeoutMsFor(n),
      checkpointInterval: checkpoint,
      trust,
    },
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

function checkMembers(config: NodeConfig, complain: Complain): void {
  const { id, peers } = config;
  const members = protocolNamed(config.protocol)
    .members(sizeOf(config))
    .map((member) => member.id);
  const missing = members.find((member) => !Object.hasOwn(peers, member));
  if (missing !== undefined)
    throw complain({ path: ["peers"] }, `peers must say where ${missing} listens`);
  const stranger = Object.keys(peers).find((peer) => !members.includes(peer));
  if (stranger !== undefined) {
    const sentence = `peers must not name ${stranger}: the nodes are ${members.join(", ")}`;
    throw complain({ path: ["peers", stranger] }, sentence);
  }
  if (members.includes(id)) return;
  throw complain(
    { path: ["id"] },
    `id must be ${anyOf(members)}, not "${id}"${didYouMean(id, members)}`,
  );
}

function readFile(path: string): Located {
  const located = parseLocated(textOf(path), path);
  const { written, complaint } = located;
  if (typeof written === "object" && written !== null && !Array.isArray(written)) return located;
  throw complaint({ path: [] }, "a config must be a map of keys and values");
}

const asMapping = (written: unknown): object =>
  typeof written === "object" && written !== null ? written : {};

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

function sentenceAbout(issue: z.core.$ZodIssue, written: unknown): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return `${key} is not a key of a node's config${didYouMean(key, keys)}`;
  }
  const path = issue.path.join(".") || "the config";
  const value = valueAt(written, issue.path);
  const [key = ""] = issue.path;
  if (value === undefined && issue.path.length === 1) {
    return `${path} is needed: in the config, or as ${environmentNameOf(String(key))}`;
  }
  const known = words.get(String(key));
  const guess = typeof value === "string" && known !== undefined ? didYouMean(value, known) : "";
  return `${path} ${issue.message}, not ${JSON.stringify(value)}${guess}`;
}
