/** The set-up of a run: what the form holds, what the address holds, and the schedule that comes of it. */

import { inDomains, objectionToDomains } from "../../bench/domains/in-domains.ts";
import { protocolNamed } from "../../bench/protocols.ts";
import { UsageError } from "../../core/assert.ts";
import { encodeCanonical } from "../../core/encoding.ts";
import type { Operation } from "../../core/ids.ts";
import type { Protocol } from "../../core/protocol.ts";
import { parseFaults } from "../../faults/notation.ts";
import type { PlacedFault } from "../../faults/placed-fault.ts";
import { placeFaults } from "../../faults/placement.ts";
import { serviceNamed } from "../../services/services.ts";
import { parseNetwork } from "../../sim/network-notation.ts";
import { createRandom } from "../../sim/random.ts";
import type { Schedule, ScheduleEvent } from "../../sim/schedule.ts";
import { foreverMs } from "./forever.ts";
import { readBalances } from "./services.ts";

/** As it stands in the fields: text, whatever it says. */
export interface Setup {
  readonly protocol: string;
  readonly n: string;
  /** How many parts, each with a protocol of its own, that share a ledger. */
  readonly domains: string;
  /** As at the command line, several joined by `;`. */
  readonly faults: string;
  readonly service: string;
  /** Of the bank: `Ana 500, Bo 200`. Empty: accounts A to J with 10 each. */
  readonly balances: string;
  /** One a line. */
  readonly operations: string;
  readonly network: string;
  readonly batch: string;
  readonly timeout: string;
  readonly seed: string;
}

export type Field = keyof Setup;

export const usualSetup: Setup = {
  protocol: "pbft",
  n: "4",
  domains: "1",
  faults: "",
  service: "bank",
  balances: "Ana 500, Bo 200, Elisa 100",
  operations: "Ana -> Bo 50\nBo -> Elisa 20",
  network: "delay=5ms-15ms",
  batch: "1",
  timeout: "300",
  seed: "1",
};

export const fields = Object.keys(usualSetup) as readonly Field[];

/** Larger clusters run at the command line. */
export const mostNodes = 64;
export const mostOperations = 200;

export type Checked =
  | { readonly schedule: Schedule; readonly problems?: undefined }
  | { readonly schedule?: undefined; readonly problems: ReadonlyMap<Field, string> };

/** The schedule of a set-up, or what is wrong with it, at the field where it is. */
export function checkSetup(setup: Setup): Checked {
  const problems = new Map<Field, string>();
  const read = <T>(field: Field, reader: () => T): T | undefined => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.set(field, error.message);
      return undefined;
    }
  };
  const chosen = read("protocol", () => protocolNamed(setup.protocol));
  const n = read("n", () => readSize(setup.n, chosen, setup.domains));
  const seed = read("seed", () => readWhole("seed", setup.seed, 0, 2 ** 31 - 1));
  const batch = read("batch", () => readWhole("batch", setup.batch, 1, 10_000));
  const timeoutMs = read("timeout", () => readWhole("time-out", setup.timeout, 10, 60_000));
  const network = read("network", () => readNetwork(setup.network));
  read("service", () => serviceNamed(setup.service));
  read("balances", () => checkBalances(setup));
  const operations = read("operations", () => readOperations(setup)) ?? [];
  const faults = read("faults", () => parseFaults([setup.faults]));
  const split =
    chosen === undefined || n === undefined || seed === undefined
      ? undefined
      : read("domains", () => readSplit(setup.domains, chosen, n, seed));
  const { protocol, domains } = split ?? {};
  const placed =
    protocol === undefined || n === undefined || seed === undefined || faults === undefined
      ? undefined
      : read("faults", () => placeFaults(faults, protocol, n, createRandom(seed)));
  if (
    problems.size > 0 ||
    protocol === undefined ||
    n === undefined ||
    seed === undefined ||
    batch === undefined ||
    timeoutMs === undefined ||
    network === undefined ||
    domains === undefined ||
    placed === undefined
  ) {
    return { problems };
  }
  // A client's number decides which domain serves it: so every domain has one.
  const requests = operations.map((operation, index): ScheduleEvent => {
    return { kind: "request", atMs: 0, client: `c${index % domains}`, operation };
  });
  return {
    schedule: withEvents(
      {
        protocol: protocol.name,
        n,
        seed,
        clients: domains,
        settings: { batch, timeoutMs, checkpointInterval: 128 },
        delayMs: network.delayMs,
        twins: [],
        healedAtMs: 0,
        endsAtMs: 0,
        events: [],
      },
      [...network.events, ...placed.flatMap(faultEvents), ...requests],
    ),
  };
}

// After the last thing that was done to it, a cluster has so many time-outs to come to rest.
const patience = 40;

/** The same cluster with other events. It runs at least until the last of them begins. */
export function withEvents(schedule: Schedule, events: readonly ScheduleEvent[]): Schedule {
  const begins = events.map((event) => ("atMs" in event ? event.atMs : event.fromMs));
  const ends = events.flatMap((event) =>
    "untilMs" in event && event.untilMs !== undefined && event.untilMs < foreverMs
      ? [event.untilMs]
      : [],
  );
  const healedAtMs = Math.max(schedule.healedAtMs, 0, ...begins, ...ends);
  const endsAtMs = healedAtMs + patience * schedule.settings.timeoutMs;
  return { ...schedule, healedAtMs, endsAtMs, events };
}

export function setupFrom(parameters: URLSearchParams): Setup {
  const written = fields.map((field) => [field, parameters.get(field) ?? usualSetup[field]]);
  return { ...usualSetup, ...Object.fromEntries(written) };
}

/** What differs from the usual, so that a link stays short. */
export function parametersOf(setup: Setup): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const field of fields) {
    if (setup[field] !== usualSetup[field]) parameters.set(field, setup[field]);
  }
  return parameters;
}

function readWhole(what: string, text: string, low: number, high: number): number {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new UsageError(`${what} must be a whole number from ${low} to ${high}, not "${text}"`);
}

interface SplitProtocol {
  readonly protocol: Protocol;
  readonly domains: number;
}

function readSplit(text: string, protocol: Protocol, n: number, seed: number): SplitProtocol {
  const domains = readWhole("domains", text, 1, mostNodes);
  const objection = objectionToDomains(protocol, n, domains);
  if (objection !== undefined) throw new UsageError(objection);
  return { protocol: inDomains(protocol, domains, seed), domains };
}

/** A number of nodes, or `f=2`: so many in each domain. */
function readSize(text: string, protocol: Protocol | undefined, domains: string): number {
  const f = /^\s*f\s*=\s*(\d+)\s*$/.exec(text)?.[1];
  if (protocol === undefined) return readWhole("n", text, 1, mostNodes);
  const n =
    f === undefined
      ? readWhole("n", text, 1, mostNodes)
      : protocol.nodesFor(Number(f)) * (Number(domains) || 1);
  const fewest = protocol.nodesFor(0);
  if (n < fewest) {
    throw new UsageError(`n must be at least ${fewest} for ${protocol.name}, not ${n}`);
  }
  if (n > mostNodes) {
    throw new UsageError(`n must be at most ${mostNodes} on the page, not ${n}: use simulate`);
  }
  return n;
}

interface ReadNetwork {
  readonly delayMs: Schedule["delayMs"];
  readonly events: readonly ScheduleEvent[];
}

/** Loss and duplication hit each message by its own luck: taking another event out changes neither. */
function readNetwork(text: string): ReadNetwork {
  const { delay, loss, duplication } = parseNetwork(text);
  if (delay.kind !== "between") {
    throw new UsageError(
      `the page takes lan, delay=20ms or delay=10ms-30ms, with loss=1% and duplicate=1%, not "${text}"`,
    );
  }
  const always = { fromMs: 0, untilMs: foreverMs };
  return {
    delayMs: [delay.lowMs, delay.highMs],
    events: [
      ...(loss > 0 ? [{ kind: "lose" as const, ...always, share: loss }] : []),
      ...(duplication > 0 ? [{ kind: "duplicate" as const, ...always, share: duplication }] : []),
    ],
  };
}

function checkBalances({ service, balances }: Setup): void {
  if (service !== "bank" || balances.trim() === "") return;
  const read = readBalances(balances);
  if (read.length !== balances.split(",").length) {
    throw new UsageError(`balances must be written as Ana 500, Bo 200, not "${balances}"`);
  }
  if (new Set(read.map(([name]) => name)).size < read.length) {
    throw new UsageError("each account has one balance");
  }
}

function readOperations({ service, operations }: Setup): readonly Operation[] {
  const lines = operations
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length > mostOperations) {
    throw new UsageError(`the page runs at most ${mostOperations} operations, not ${lines.length}`);
  }
  return lines.map((line, index) => readOperation(service, line, `line ${index + 1}`));
}

/** JSON, or in short: `Ana -> Bo 5` and `Ana + 5` for the bank, `key = value` for kv, any text for echo. */
export function readOperation(service: string, line: string, where: string): Operation {
  const value = shorthand(service, line) ?? parseJson(line) ?? (service === "echo" ? line : {});
  const problem = serviceNamed(service).checkOperation(value);
  if (problem !== undefined) throw new UsageError(`${where}: ${problem}${inShort(service)}`);
  const encoded = encodeCanonical(value);
  if (encoded.text === undefined) throw new UsageError(`${where}: ${encoded.problem}`);
  return encoded.text;
}

const inShort = (service: string): string =>
  ({ bank: ", or in short Ana -> Bo 5", kv: ", or in short a = 1" })[service] ?? "";

function shorthand(service: string, line: string): unknown {
  if (service === "bank") {
    const [, from, to, amount] = /^(\S+)\s*(?:->|→)\s*(\S+)\s+(\d+)$/.exec(line) ?? [];
    if (from !== undefined) return { op: "transfer", from, to, amount: Number(amount) };
    const [, account, deposit] = /^(\S+)\s*\+\s*(\d+)$/.exec(line) ?? [];
    if (account !== undefined) return { op: "deposit", account, amount: Number(deposit) };
  }
  if (service === "kv") {
    const [, key, value] = /^([^\s="{]+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      return { op: "put", key, value: parseJson(value) ?? value };
    }
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function faultEvents(placed: PlacedFault): readonly ScheduleEvent[] {
  const { mode, args, nodes, fromMs } = placed;
  const untilMs = Math.min(placed.untilMs, foreverMs);
  return nodes.map((node): ScheduleEvent => {
    if (mode === "crash" || mode === "offline") {
      return { kind: "crash", node, atMs: fromMs, untilMs, losesDisk: args.includes("lose-disk") };
    }
    return { kind: "fault", node, mode, args, fromMs, untilMs };
  });
}
