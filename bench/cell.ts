/** A cell of a comparison: everything that is held still while it is repeated. */

import { z } from "zod";
import { UsageError } from "../core/assert.ts";
import type { Protocol } from "../core/protocol.ts";
import { parseFaults, printFault } from "../faults/notation.ts";
import { placeFaults } from "../faults/placement.ts";
import { createRandom } from "../sim/random.ts";
import type { ClusterSpec } from "./cluster.ts";
import { networkNamed } from "./clusters/network.ts";
import { objectionToDomains } from "./domains/in-domains.ts";
import { arrivalShapes } from "./load/arrivals.ts";
import { type Factors, factorNames, factors, type Settings } from "./options/knobs.ts";
import { protocolNamed, protocolOf } from "./protocols.ts";
import { monitorOf } from "./trust/monitor.ts";

/** As it stands in a manifest, too. Every factor has its one value here. */
export const cellSchema = z.object({
  /** Names it among all cells of all runs: two cells that differ in a factor differ in name. */
  name: z.string(),
  /** The tables that it stands in. */
  groups: z.array(z.string()),
  protocol: z.string(),
  n: z.number(),
  f: z.number(),
  domains: z.number(),
  fault: z.string(),
  transport: z.enum(["http", "memory", "simulated"]),
  place: z.enum(["in-process", "processes"]),
  auth: z.enum(["ed25519", "none"]),
  network: z.string(),
  service: z.enum(["kv", "bank", "echo"]),
  payload: z.number(),
  batch: z.number(),
  coalesce: z.enum(["none", "peer", "host"]),
  disk: z.enum(["none", "log"]).default("none"),
  clients: z.number(),
  /** Requests per second in an open loop; 0 in a closed one. */
  rate: z.number().default(0),
  arrivals: z.enum(arrivalShapes).default("poisson"),
  requests: z.number(),
  durationMs: z.number().optional(),
  /** So many requests, or until it has settled. */
  warmup: z.union([z.number(), z.literal("steady")]),
  repetitions: z.number(),
  timeoutMs: z.number(),
  patienceMs: z.number(),
  checkpoint: z.number(),
  trust: z.enum(["cumulative", "printed"]).optional(),
});

export type Cell = z.infer<typeof cellSchema>;

export const noFault = "none";

/** One time-out policy for all protocols: a round costs up to n² messages, and nobody waits less. */
export const timeoutMsFor = (n: number): number => 500 + 0.75 * n ** 2;
export const timeoutPolicy = "500 + 0.75 n² ms";

/** A cell of these values; a UsageError when they make no sense together. */
export function createCell(chosen: Omit<Factors, "f"> & Settings, groups: readonly string[]): Cell {
  const protocol = protocolNamed(chosen.protocol);
  const objection = objectionTo(chosen, protocol);
  if (objection !== undefined) throw new UsageError(objection);
  const { duration, timeout, patience, trust, warmup, ...kept } = chosen;
  const timeoutMs = timeout ?? timeoutMsFor(chosen.n);
  const fault = canonicalFault(chosen.fault);
  // Operations of the bank have no room for a payload.
  const payload = chosen.service === "bank" ? 0 : chosen.payload;
  const cell = cellSchema.parse({
    ...kept,
    warmup: warmup ?? usualWarmUp(chosen),
    fault,
    payload,
    name: nameOf({ ...chosen, fault }),
    groups: [...groups],
    f: protocolOf(chosen).faultsTolerated(chosen.n),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(trust === undefined ? {} : { trust }),
    timeoutMs,
    patienceMs: patience * timeoutMs,
  });
  // Whoever asks for a fault that this protocol cannot have, or for a network that nobody knows, shall
  // hear of it before anything runs.
  specOf(cell, chosen.seed);
  networkNamed(cell.network);
  return cell;
}

/** Where times are compared under load, nobody knows in advance how long the warming up takes. */
export const usualWarmUp = ({ rate, duration }: Pick<Factors & Settings, "rate" | "duration">) =>
  rate > 0 || duration !== undefined ? "steady" : requestsOfWarmUp;

/** In a closed loop for so many requests. */
const requestsOfWarmUp = 3;

/** What a cluster for this cell is made of; faults are placed by the seed. */
export function specOf(cell: Cell, seed: number): ClusterSpec {
  const protocol = protocolOf(cell, seed);
  const { n, clients, transport, place, auth, service, coalesce, network } = cell;
  const { batch, timeoutMs, checkpoint, trust } = cell;
  return {
    protocol,
    n,
    seed,
    clients,
    transport,
    place,
    auth,
    service,
    coalesce,
    network,
    settings: { batch, timeoutMs, checkpointInterval: checkpoint, trust },
    faults: placeFaults(requestsIn(cell.fault), protocol, n, createRandom(seed)),
    basePort: 0,
    bind: "127.0.0.1",
    hasControl: false,
  };
}

/** Equal faults, equal text, however they were written. */
function canonicalFault(text: string): string {
  return requestsIn(text).map(printFault).join(";") || noFault;
}

/** The faults that a cell asks for. */
export const requestsIn = (text: string) => (text === noFault ? [] : parseFaults([text]));

/** Why these values make no sense together, in a sentence. */
function objectionTo(
  chosen: Omit<Factors, "f"> & Pick<Settings, "trust">,
  protocol: Protocol,
): string | undefined {
  const { n, trust, domains, transport, place, coalesce, disk, rate, arrivals } = chosen;
  const fewest = protocol.nodesFor(0);
  if (n < fewest) {
    return `n must be at least ${fewest} for ${protocol.name}, not ${n}`;
  }
  if (trust !== undefined && monitorOf(protocol) === undefined) {
    return `trust ${trust} has no meaning for ${protocol.name}: only CCRO's monitor computes trust`;
  }
  const misfit = objectionToDomains(protocol, n, domains);
  if (misfit !== undefined) return misfit;
  if (place === "hosts") {
    return "place must be in-process or processes, not hosts: hosts are not available yet";
  }
  if (place === "processes" && transport !== "http") {
    return `place processes needs transport http, not ${transport}`;
  }
  if (arrivals !== "poisson" && rate === 0) {
    return `arrivals ${arrivals} needs a rate: in a closed loop requests arrive when they are answered`;
  }
  if (coalesce !== "none" && transport !== "http") {
    return `coalesce ${coalesce} needs transport http, not ${transport}: nothing is posted there`;
  }
  if (disk === "log" && transport === "simulated") {
    return "disk log needs transport http or memory, not simulated: nothing real is written there";
  }
  if (disk === "log" && protocol.keepsNothing === true) return objectionToDisk(protocol);
  return undefined;
}

/** Asked for a disk by whoever does not know that it would stay empty. */
export const objectionToDisk = ({ name }: Protocol): string =>
  `a disk has no meaning for ${name}: its nodes keep nothing that a later life could use`;

/** `pbft n=4 malicious@1 auth=none`: what everybody wants to know, then what is unusual. */
function nameOf(chosen: Omit<Factors, "f">): string {
  const { protocol, n, fault } = chosen;
  const unusual = quietFactors
    .filter((name) => chosen[name] !== factors[name].initial)
    .map((name) => `${name}=${chosen[name]}`);
  return [protocol, `n=${n}`, ...(fault === noFault ? [] : [fault]), ...unusual].join(" ");
}

/** What a cell is called together with those that differ from it in their rate only. */
export const seriesOf = ({ name }: Pick<Cell, "name">): string => name.replace(/ rate=\S+/, "");

/** Factors that a name leaves out where they are as usual. */
const quietFactors = factorNames.filter(
  (name) => name !== "protocol" && name !== "n" && name !== "f" && name !== "fault",
);
