/** What somebody chose: values for some of the knobs, from flags or from a suite, checked alike. */

import { z } from "zod";
import { didYouMean } from "../../core/nearest.ts";
import {
  type FactorName,
  type Factors,
  factorNames,
  factors,
  type KnobName,
  knobNamed,
  type SettingName,
  type Settings,
  settingNames,
  settings,
} from "./knobs.ts";

/** Factors as lists, each value of which makes another cell; settings as they are. */
export type Choice = {
  readonly [Name in FactorName]?: readonly Factors[Name][] | undefined;
} & {
  readonly [Name in SettingName]?: Settings[Name] | undefined;
};

type Many = (schema: z.ZodType) => z.ZodType;

/** The shape of a choice: each knob by its name, factors as one value or a list of them. */
export const choiceShape = (many: Many): Readonly<Record<KnobName, z.ZodType>> => {
  const shape = new Map<KnobName, z.ZodType>();
  for (const name of factorNames) {
    shape.set(name, many(factors[name].schema).optional().describe(factors[name].help));
  }
  for (const name of settingNames) {
    shape.set(name, settings[name].schema.optional().describe(settings[name].help));
  }
  return Object.fromEntries(shape) as Record<KnobName, z.ZodType>;
};

/** One value stands for a list of one. */
export const asList: Many = (schema) =>
  z.preprocess(
    (written) => (Array.isArray(written) ? written : [written]),
    z.array(schema).min(1, { error: "must not be an empty list" }),
  );

/** What is wrong with one knob: the end of a sentence that starts with its name. */
export interface Problem {
  readonly knob: KnobName;
  readonly written: unknown;
  readonly expected: string;
}

export type Checked = { readonly choice: Choice } | { readonly problem: Problem };

const schema = z.object(choiceShape(asList));

/** Checks written values, each under a knob's name; all names are known. */
export function checkChoice(written: Readonly<Partial<Record<KnobName, unknown>>>): Checked {
  const parsed = schema.safeParse(written);
  if (parsed.success) return { choice: parsed.data as Choice };
  const [issue] = parsed.error.issues;
  const knob = (issue?.path[0] ?? "protocol") as KnobName;
  const value = issue?.path
    .slice(1)
    .reduce<unknown>((inside, key) => itemOf(inside, key), written[knob]);
  return { problem: { knob, written: value, expected: issue?.message ?? "is not possible" } };
}

/** `n must be a whole number from 1 to 1000, not "four"`, and what was perhaps meant. */
export function sentenceOf({ knob, written, expected }: Problem, name: string = knob): string {
  const { schema: single } = knobNamed(knob);
  const guess =
    typeof written === "string" && single instanceof z.ZodEnum
      ? didYouMean(written, single.options.map(String))
      : "";
  return `${name} ${expected}, not ${JSON.stringify(written) ?? "nothing"}${guess}`;
}

// A single value stands for a list of one, so its first item is itself.
function itemOf(inside: unknown, key: PropertyKey): unknown {
  if (Array.isArray(inside)) return inside[Number(key)];
  return inside;
}
