/**
 * Suites: experiments as YAML. Lists span a grid; `cases` name single cells. What is wrong is told with
 * its line, and a word that nobody knows with the nearest one that is known.
 */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { z } from "zod";
import { assert, UsageError } from "../core/assert.ts";
import { anyOf, didYouMean } from "../core/nearest.ts";
import { parseLocated, valueAt } from "./configuration/located.ts";
import { asList, type Choice, choiceShape, sentenceOf } from "./options/choice.ts";
import { factors, knobNames, settings } from "./options/knobs.ts";

export interface Suite {
  /** As in the name of the result folder. */
  readonly name: string;
  readonly title: string;
  /** Which cells make the answer bad when they are unsafe or stall. */
  readonly mustHold: MustHold;
  /** Times that somebody else published for the same cells, as a CSV file beside the suite. */
  readonly published: string | undefined;
  /** Whether it ends with what this machine can do at best, beside what its cells reached. */
  readonly hasFloor?: boolean;
  /** Repetitions of a full run, where the usual number is not enough. */
  readonly fullRepetitions?: number | undefined;
  /** Each spans a grid of its own. */
  readonly grids: readonly Grid[];
}

export interface Grid {
  /** What its cells are called together; undefined for the grid of the suite itself. */
  readonly title: string | undefined;
  readonly choice: Choice;
}

/** `promised`: what the protocol promises for the faults of the cell; see expectations.ts. */
const mustHold = ["promised", "all", "none"] as const;
export type MustHold = (typeof mustHold)[number];

type Many = Parameters<typeof choiceShape>[0];

const suiteSchema = (many: Many) => {
  const shape = choiceShape(many);
  const text = z.string({ error: "must be text" });
  const aMap = { error: "must be a map of keys and values" };
  const { seed: _, ...ofCase } = shape;
  const oneCase = z.strictObject({ case: text.optional(), ...ofCase }, aMap);
  return z.strictObject(
    {
      $schema: text.optional(),
      title: text.optional().describe("what the suite asks, in a line"),
      mustHold: z
        .enum(mustHold, { error: `must be ${anyOf(mustHold)}` })
        .optional()
        .describe("cells that make the answer bad when they are unsafe or stall"),
      published: text
        .optional()
        .describe("CSV file with times that somebody else published for these cells"),
      floor: z
        .boolean({ error: "must be true or false" })
        .optional()
        .describe("end with what posts and signatures cost at least, beside what was reached"),
      full: settings.repetitions.schema
        .optional()
        .describe("repetitions of run --full, where 10 are not enough"),
      ...shape,
      cases: z
        .array(oneCase, { error: "must be a list of cases" })
        .min(1, { error: "must not be an empty list" })
        .optional()
        .describe("single cells; the top level then holds what all of them share"),
    },
    aMap,
  );
};

const topLevelKeys = ["title", "mustHold", "published", "floor", "full", "cases", ...knobNames];

/** For editors: what a suite may hold, as JSON Schema. */
export function suiteJsonSchema(): unknown {
  const oneOrMany: Many = (schema) => z.union([schema, z.array(schema).min(1)]);
  return z.toJSONSchema(suiteSchema(oneOrMany), {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      // A new protocol is one folder and one line: it must not need another schema.
      if (Object.is(zodSchema, factors.protocol.schema)) delete jsonSchema.enum;
    },
  });
}

const suitesFolder = findSuites();

/** The shipped suites, by name. */
export const suiteNames = (): readonly string[] =>
  readdirSync(suitesFolder)
    .filter((file) => extname(file) === ".yaml")
    .map((file) => basename(file, ".yaml"));

/** A shipped suite by its name, any other by its path. */
export function readSuite(nameOrPath: string): Suite {
  const shipped = join(suitesFolder, `${nameOrPath}.yaml`);
  const path = suiteNames().includes(nameOrPath) ? shipped : nameOrPath;
  if (!existsSync(path) || !statSync(path).isFile()) {
    const known = suiteNames();
    throw new UsageError(
      `there is no suite ${nameOrPath}, neither shipped (${known.join(", ")}) nor as a file${didYouMean(nameOrPath, known)}`,
    );
  }
  return parseSuite(readFileSync(path, "utf8"), path);
}

const schema = suiteSchema(asList);

export function parseSuite(text: string, path: string): Suite {
  const { written, complaint } = parseLocated(text, path);
  const parsed = schema.safeParse(written);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    assert(issue !== undefined, "a suite that does not parse has an issue");
    throw complaint(issue, sentenceAbout(issue, written));
  }
  const { published } = parsed.data;
  if (published !== undefined && !existsSync(join(dirname(path), published))) {
    throw complaint({ path: [] }, `published must be a file beside the suite, not "${published}"`);
  }
  const { title, mustHold: must, cases, floor, full, ...others } = parsed.data;
  const { $schema: _, published: __, ...shared } = others;
  const name = basename(path, extname(path));
  const ofCases = cases?.map(({ case: caseTitle, ...own }) => {
    // An own size replaces the shared ones, whichever of the two words it uses.
    const base = "n" in own || "f" in own ? without(shared, ["n", "f"]) : shared;
    return { title: caseTitle, choice: { ...base, ...own } as Choice };
  });
  const grids: readonly Grid[] = ofCases ?? [{ title: undefined, choice: shared as Choice }];
  return {
    name,
    title: title ?? name,
    mustHold: must ?? "promised",
    published: published === undefined ? undefined : join(dirname(path), published),
    hasFloor: floor === true,
    fullRepetitions: full,
    grids,
  };
}

/** A sentence about what zod found, in the words of the suite. */
function sentenceAbout(issue: z.core.$ZodIssue, written: unknown): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = issue.path.includes("cases") ? ["case", ...knobNames] : topLevelKeys;
    return `${key} is not a key of a ${issue.path.includes("cases") ? "case" : "suite"}${didYouMean(key, known)}`;
  }
  const knob = knobNames.find((name) => issue.path.includes(name));
  if (knob === undefined) return `${issue.path.join(".") || "a suite"} ${issue.message}`;
  return sentenceOf({ knob, written: valueAt(written, issue.path), expected: issue.message });
}

function without<T extends object>(object: T, names: readonly string[]): Partial<T> {
  const kept = Object.entries(object).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept) as Partial<T>;
}

/** Suites are no code: the build leaves them where the sources are. */
function findSuites(): string {
  const folders = [".", "../../bench"].map((up) => join(import.meta.dirname, up, "suites"));
  const folder = folders.find((candidate) => existsSync(candidate));
  assert(folder !== undefined, "the shipped suites are shipped");
  return folder;
}
