/**
 * Canonical JSON: one text for each value, so that one operation has one digest.
 *
 * Two different values never share a text: keys are sorted, −0 keeps its sign, lone surrogates are
 * refused, own `__proto__` keys are keys like any other. What JSON text can say and a value cannot
 * keep (duplicate keys, integers beyond 2^53) must be refused where text is parsed, not here.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Deeper values are refused: nobody means them, and recursion would end the process. */
export const deepestNesting = 64;

/** Why a value has no canonical text, or the text. */
export type Encoded =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

/** The canonical text of any value, or why it has none. */
export function encodeCanonical(value: unknown): Encoded {
  const problem = problemWith(value, 0);
  return problem === undefined ? { text: write(value as Json) } : { problem };
}

/** The canonical text of a value that is known to be good JSON. */
export function canonical(value: Json): string {
  const { text, problem } = encodeCanonical(value);
  if (text === undefined) throw new Error(`no canonical text: ${problem}`);
  return text;
}

function problemWith(value: unknown, depth: number): string | undefined {
  if (depth > deepestNesting) return `nested deeper than ${deepestNesting} levels`;
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "string":
      return value.isWellFormed() ? undefined : "a string with a lone surrogate";
    case "number":
      return problemWithNumber(value);
    case "object":
      return problemWithObject(value, depth);
    default:
      return `a value of type ${typeof value}, which JSON does not have`;
  }
}

function problemWithNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return "a number that is not finite";
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return "a whole number beyond 2^53, which loses digits";
  }
  return undefined;
}

function problemWithObject(value: object | null, depth: number): string | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = problemWith(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return "an object that is not plain";
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) return "a key with a lone surrogate";
    const problem = problemWith(item, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function write(value: Json): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(",")}}`;
}
