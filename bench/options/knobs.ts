/**
 * The knobs of an experiment: what each is called, what it may be, what it is when nobody says. Flags
 * and suites read the same table, so that a word means the same in both.
 */

import { z } from "zod";
import { anyOf } from "../../core/nearest.ts";
import { arrivalShapes } from "../load/arrivals.ts";
import { protocolNames } from "../protocols.ts";

/** What a factor of a grid or a setting of a run is. */
export interface Knob<Value> {
  /** Its schema: how it is written in a suite, and what it means. */
  readonly schema: z.ZodType<Value>;
  /** For `--help` and for the suite's JSON Schema; with its unit. */
  readonly help: string;
  readonly initial: Value;
}

/** What a list may span: each value makes another cell. `n` and `f` are two ways to say a size. */
export const factors = {
  protocol: knob(word(protocolNames), "protocols to run", "pbft"),
  n: knob(wholeNumber(1, 1000), "nodes in the cluster", 4),
  f: knob(wholeNumber(0, 300), "faults to tolerate: gives each protocol the n that it needs", 1),
  domains: knob(wholeNumber(1, 100), "domains that the nodes are split into", 1),
  fault: knob(faultText(), "what fails: MODE[(ARGS)]@WHO[/FROM-UNTIL], or none", "none"),
  transport: knob(word(["http", "memory", "simulated"]), "how messages travel", "http"),
  place: knob(word(["in-process", "processes", "hosts"]), "where nodes live", "in-process"),
  auth: knob(word(["ed25519", "none"]), "what messages are signed with", "ed25519"),
  network: knob(text(), "how the network behaves: lan, or delay=20ms,loss=1%", "lan"),
  service: knob(word(["kv", "bank", "echo"]), "what is replicated", "echo"),
  payload: knob(wholeNumber(0, 1_000_000), "bytes of payload in a request", 64),
  batch: knob(wholeNumber(1, 10_000), "most requests in one proposal", 1),
  coalesce: knob(word(["none", "peer", "host"]), "what may share a post", "none"),
  disk: knob(word(["none", "log"]), "what nodes keep on disk: nothing, or a synced log", "none"),
  clients: knob(wholeNumber(1, 1000), "clients, each with one request at a time", 1),
  rate: knob(
    rate(),
    "requests a second that arrive whatever became of earlier ones (open loop); 0: closed loop",
    0,
  ),
  arrivals: knob(
    word(arrivalShapes),
    "how the rate lies over the time (open loop): evenly, rising to twice the rate, or in bursts",
    "poisson",
  ),
} as const;

/** What holds for all values of a grid, or for one case of it. */
export const settings = {
  requests: knob(wholeNumber(1, 1_000_000), "requests measured in each repetition", 20),
  duration: knob(duration().optional(), "measure for this long (ms, or 10s) instead", undefined),
  warmup: knob(
    warmUp().optional(),
    "requests before that, not measured, or steady: until the last two fifths agree (at most 30 s)",
    undefined,
  ),
  repetitions: knob(wholeNumber(1, 1000), "repetitions, each on a fresh cluster", 5),
  timeout: knob(
    duration().optional(),
    "time-out of nodes and clients (ms, or 2s) instead of 500 + 0.75 n² ms",
    undefined,
  ),
  patience: knob(wholeNumber(1, 1000), "time-outs after which a request is given up", 8),
  checkpoint: knob(wholeNumber(1, 1_000_000), "slots between two checkpoints", 128),
  trust: knob(
    z.enum(["cumulative", "printed"], { error: "must be cumulative or printed" }).optional(),
    "how CCRO's monitor reads its trust formula: cumulative (as usual) or printed",
    undefined,
  ),
  seed: knob(wholeNumber(0, 2 ** 31 - 1), "seed of the first repetition; others count up", 1),
} as const;

export type FactorName = keyof typeof factors;
export type SettingName = keyof typeof settings;
export type KnobName = FactorName | SettingName;

type ValueOf<Table, Name extends keyof Table> =
  Table[Name] extends Knob<infer Value> ? Value : never;
export type Factors = { readonly [Name in FactorName]: ValueOf<typeof factors, Name> };
export type Settings = { readonly [Name in SettingName]: ValueOf<typeof settings, Name> };

export const factorNames = Object.keys(factors) as readonly FactorName[];
export const settingNames = Object.keys(settings) as readonly SettingName[];
export const knobNames: readonly KnobName[] = [...factorNames, ...settingNames];

export const isFactor = (name: string): name is FactorName => Object.hasOwn(factors, name);
export const isSetting = (name: string): name is SettingName => Object.hasOwn(settings, name);

export const knobNamed = (name: KnobName): Knob<unknown> =>
  isFactor(name) ? factors[name] : settings[name];

function knob<Value>(schema: z.ZodType<Value>, help: string, initial: Value): Knob<Value> {
  return { schema, help, initial };
}

function wholeNumber(low: number, high: number) {
  const error = `must be a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
}

/** Requests per second; fractions are for slow networks. */
function rate() {
  const error = "must be a number of requests per second from 0 to 100000";
  return z.number({ error }).min(0, { error }).max(100_000, { error });
}

function warmUp() {
  const error = "must be a whole number from 0 to 100000, or steady";
  return z.union([wholeNumber(0, 100_000), z.literal("steady")], { error });
}

function word(words: readonly string[]) {
  return z.enum(words, { error: `must be ${anyOf(words)}` });
}

function text() {
  return z.string({ error: "must be text" }).min(1, { error: "must not be empty" });
}

/** Several faults at once are separated by a semicolon, in a suite also as a list of its own. */
function faultText() {
  const error = "must be MODE[(ARGS)]@WHO[/FROM-UNTIL], such as malicious@1, or none";
  const one = z.string({ error }).min(1, { error });
  return z
    .union([one, z.array(one).min(1)], { error })
    .transform((faults) => (typeof faults === "string" ? faults : faults.join(";")));
}

const unitsInMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 };

function duration() {
  const error = "must be a time above 0 such as 500 (ms), 500ms, 2s or 1min";
  const withUnit = z.string({ error }).regex(/^\d+(\.\d+)?(ms|s|min)$/, { error });
  return z
    .union([z.number({ error }).positive({ error }), withUnit], { error })
    .transform((written) => {
      if (typeof written === "number") return written;
      const [, number = "0", unit = "ms"] = /^([\d.]+)([a-z]+)$/.exec(written) ?? [];
      return Number(number) * (unitsInMs[unit] ?? 1);
    })
    .refine((ms) => ms > 0, { error });
}
