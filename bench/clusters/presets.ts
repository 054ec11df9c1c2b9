/** Clusters that have a name: what `up --preset` starts. */

import { UsageError } from "../../core/assert.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import type { Choice } from "../options/choice.ts";

export interface Preset {
  readonly help: string;
  /** Whatever the flags do not say. */
  readonly choice: Choice;
  /** Of the first node; others count up. */
  readonly port: number;
}

// As seed 004 has it.
const usual: Preset = { help: "what the flags say", choice: {}, port: 8080 };

const presets: ReadonlyMap<string, Preset> = new Map([
  [
    "kv",
    {
      help: "the key-value service of seed 001: PBFT, five nodes in processes of their own, ports 10000 to 10004",
      choice: {
        protocol: ["pbft"],
        n: [5],
        service: ["kv"],
        place: ["processes"],
        // As long as the seed waits: twenty seconds.
        patience: 40,
      },
      port: 10_000,
    },
  ],
]);

export const presetHelp = [...presets].map(([name, { help }]) => `${name}: ${help}`).join("; ");

/** The preset of this name; without a name, nothing but the usual port. */
export function presetNamed(name: string | undefined): Preset {
  if (name === undefined) return usual;
  const preset = presets.get(name);
  if (preset !== undefined) return preset;
  const names = [...presets.keys()];
  throw new UsageError(
    `--preset must be ${anyOf(names)}, not ${JSON.stringify(name)}${didYouMean(name, names)}`,
  );
}

/** What the flags say, and the preset where they are silent. A size has two words, of which one counts. */
export function withPreset({ choice: preset }: Preset, flags: Choice): Choice {
  const isSized = flags.n !== undefined || flags.f !== undefined;
  const base = isSized ? { ...preset, n: undefined, f: undefined } : preset;
  return { ...base, ...flags };
}
