/**
 * Data from outside becomes a message here, or it does not exist.
 *
 * A check says what it expected, or nothing when all is well. Checks compose; a shape knows all of
 * its fields and refuses any other, so that `__proto__` or a typing error never gets further.
 */

import type { Message, Reply, Request, Signed } from "./messages.ts";

/** What was expected, as the end of a sentence; undefined when the value is as it must be. */
export type Check = (value: unknown) => string | undefined;

export const isWholeNumber: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0)
    ? undefined
    : "must be a whole number from 0 to 2^53 − 1";

export const isBoolean: Check = (value) =>
  typeof value === "boolean" ? undefined : "must be true or false";

export const isText: Check = (value) =>
  typeof value === "string" && value.isWellFormed()
    ? undefined
    : "must be a string of well-formed Unicode";

const identifier = /^[a-z][a-z0-9.-]{0,31}$/;
export const isId: Check = (value) =>
  typeof value === "string" && identifier.test(value)
    ? undefined
    : "must be the id of a node, such as r0";

const hex = /^[0-9a-f]{1,128}$/;
export const isDigest: Check = (value) =>
  typeof value === "string" && hex.test(value) ? undefined : "must be a digest in lower-case hex";

// Signatures are base64 text, or empty where the run goes without; never longer than this.
const longestSignature = 512;
export const isSignature: Check = (value) =>
  typeof value === "string" && value.length <= longestSignature && !value.includes("|")
    ? undefined
    : "must be a signature in base64";

export const isExactly =
  (expected: string): Check =>
  (value) =>
    value === expected ? undefined : `must be "${expected}"`;

export const isOneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && allowed.includes(value)
      ? undefined
      : `must be one of ${allowed.join(", ")}`;

/** Absent or as the check says. */
export const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

export const isListOf =
  (check: Check, longest = 100_000): Check =>
  (value) => {
    if (!Array.isArray(value)) return "must be a list";
    if (value.length > longest) return `must be a list of at most ${longest}`;
    for (const [index, item] of value.entries()) {
      const expected = check(item);
      if (expected !== undefined) return `[${index}] ${expected}`;
    }
    return undefined;
  };

/** An object with exactly these fields. The compiler checks that no field of T is forgotten. */
export function isShape<T extends object>(fields: { readonly [K in keyof T]-?: Check }): Check {
  const checks = Object.entries(fields) as [string, Check][];
  const names = new Set(checks.map(([name]) => name));
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return "must be an object";
    }
    for (const [name, check] of checks) {
      const field = Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
      const expected = check(field);
      if (expected !== undefined) return `.${name} ${expected}`;
    }
    for (const name of Object.keys(value)) {
      if (!names.has(name)) return `.${name.slice(0, 40)} is not a field of it`;
    }
    return undefined;
  };
}

/** A message of one of these kinds, each with its own shape. */
export function isMessageOf(shapes: Readonly<Record<string, Check>>): Check {
  const byKind = new Map(Object.entries(shapes));
  return (value) => {
    if (typeof value !== "object" || value === null) return "must be an object";
    const kind = Object.hasOwn(value, "kind") ? (value as { kind: unknown }).kind : undefined;
    const shape = typeof kind === "string" ? byKind.get(kind) : undefined;
    return shape === undefined
      ? `.kind must be one of ${[...byKind.keys()].join(", ")}`
      : shape(value);
  };
}

/** A signed message whose message is as the check says. The signature itself is not verified. */
export const isSigned = (message: Check): Check =>
  isShape<Signed<Message>>({ from: isId, message, signature: isSignature });

export const isRequest: Check = isShape<Request>({
  kind: isExactly("request"),
  operation: isText,
  timestamp: isWholeNumber,
  client: isId,
});

export const isReply: Check = isShape<Reply>({
  kind: isExactly("reply"),
  view: isWholeNumber,
  sequence: isWholeNumber,
  timestamp: isWholeNumber,
  client: isId,
  replica: isId,
  result: isText,
});
