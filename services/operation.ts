/** How a service reads an operation, and how its results look. */

import type { Check } from "../core/decode.ts";
import { canonical, encodeCanonical, type Json } from "../core/encoding.ts";
import type { Operation, Result } from "../core/ids.ts";

/** What was read, or why the text is no operation of this service. */
export type Reading<T> =
  | { readonly operation: T; readonly complaint?: undefined }
  | { readonly operation?: undefined; readonly complaint: string };

/**
 * The operation that a text holds. The text must be canonical, so that no two texts mean the same
 * and nothing is read that was not written, such as a number that lost its last digits.
 */
export function readOperation<T>(text: Operation, check: Check): Reading<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { complaint: "the operation is not JSON" };
  }
  const { text: written, problem } = encodeCanonical(value);
  if (problem !== undefined)
    return { complaint: `the operation has no canonical text: ${problem}` };
  if (written !== text) return { complaint: "the operation is not canonical JSON" };
  const expected = check(value);
  return expected === undefined
    ? { operation: value as T }
    : { complaint: sentence("the operation", expected) };
}

/** Puts a subject in front of what a check expected: `.key must be …` follows without a gap. */
export const sentence = (subject: string, expected: string): string =>
  /^[.[]/.test(expected) ? `${subject}'s ${expected}` : `${subject} ${expected}`;

/** Any value that JSON can say without loss. */
export const isJson: Check = (value) => {
  if (value === undefined) return "must be given";
  const { problem } = encodeCanonical(value);
  return problem === undefined ? undefined : `must have a canonical text: ${problem}`;
};

/** An object whose `op` is one of these names, each with its own shape. */
export function isOperationOf(shapes: Readonly<Record<string, Check>>): Check {
  const byName = new Map(Object.entries(shapes));
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return 'must be an object with an "op"';
    }
    const name = "op" in value ? value.op : undefined;
    const shape = typeof name === "string" ? byName.get(name) : undefined;
    return shape === undefined
      ? `.op must be one of ${[...byName.keys()].join(", ")}`
      : shape(value);
  };
}

/** It was done; `more` is what it has to show. */
export const done = (more: { readonly [field: string]: Json } = {}): Result =>
  canonical({ ...more, status: "ok" });

/** It was ordered and executed, and its answer is no. */
export const failed = (reason: string): Result => canonical({ reason, status: "failed" });

/** It is no operation of this service. */
export const invalid = (reason: string): Result => canonical({ reason, status: "invalid" });

/** For executions that changed nothing. */
export const nothingToUndo = (): void => {};
