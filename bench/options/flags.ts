/** The flags that commands share: how yargs shows them, and what they say once they are checked. */

import type { Options } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { type Choice, checkChoice, sentenceOf } from "./choice.ts";
import { isFactor, type KnobName, knobNamed } from "./knobs.ts";

/** What makes a cluster: for every command that starts one. */
export const clusterKnobs = [
  "protocol",
  "n",
  "f",
  "domains",
  "fault",
  "transport",
  "place",
  "auth",
  "network",
  "service",
  "batch",
  "coalesce",
  "timeout",
  "checkpoint",
  "trust",
  "seed",
] as const satisfies readonly KnobName[];

/** What a cluster is asked, and how often. */
export const loadKnobs = [
  "requests",
  "duration",
  "warmup",
  "repetitions",
  "clients",
  "rate",
  "arrivals",
  "payload",
  "patience",
] as const satisfies readonly KnobName[];

/** Options of yargs for some knobs. Values arrive as text and are checked by `readFlags`. */
export function optionsFor(
  names: readonly KnobName[],
  initial: Partial<Record<KnobName, string>> = {},
): Record<string, Options> {
  const options = names.map((name): [string, Options] => {
    const { help, initial: otherwise } = knobNamed(name);
    const shown = initial[name] ?? (otherwise === undefined ? undefined : String(otherwise));
    const base: Options = { describe: help, type: "string", requiresArg: true };
    return [name, shown === undefined ? base : { ...base, defaultDescription: shown }];
  });
  return Object.fromEntries(options);
}

/** What the flags choose; knobs without a flag are not in it. */
export function readFlags(argv: Readonly<Record<string, unknown>>, names: readonly KnobName[]) {
  const written: Partial<Record<KnobName, unknown>> = {};
  for (const name of names) {
    const value = argv[name];
    if (value !== undefined) written[name] = readArgument(name, value);
  }
  const checked = checkChoice(written);
  if ("choice" in checked) return checked.choice;
  const { problem } = checked;
  throw new UsageError(sentenceOf(problem, `--${problem.knob}`));
}

/** A choice of exactly one value each, for commands that run a single cell. */
export function singleChoice(choice: Choice, command: string): Choice {
  for (const [name, values] of Object.entries(choice)) {
    if (Array.isArray(values) && values.length > 1) {
      throw new UsageError(
        `${command} takes one --${name}, not ${values.length}: ${values.join()}`,
      );
    }
  }
  return choice;
}

// A value with commas of its own is never a list.
const indivisible: ReadonlySet<KnobName> = new Set(["network"]);

/** Text as numbers where it is one, lists at commas; several `--fault` fail at the same time. */
function readArgument(name: KnobName, argument: unknown): unknown {
  const texts = (Array.isArray(argument) ? argument : [argument]).map(String);
  if (name === "fault") return [texts];
  const [only = "", ...others] = texts;
  if (!isFactor(name)) {
    if (others.length > 0) throw new UsageError(`--${name} is given ${texts.length} times`);
    return numberOr(only);
  }
  if (indivisible.has(name)) return texts;
  return texts.flatMap((text) => text.split(",").map((part) => numberOr(part.trim())));
}

const numberOr = (text: string): string | number =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
