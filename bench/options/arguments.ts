/** Flags that are no knobs, as yargs hands them over. */

import { UsageError } from "../../core/assert.ts";

export type Arguments = Readonly<Record<string, unknown>>;

/** Text that is given once or not at all, and not empty. */
export function textIn(argv: Arguments, name: string): string | undefined {
  const value = argv[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw new UsageError(`--${name} is given ${value.length} times`);
  if (value === "") throw new UsageError(`--${name} must not be empty`);
  return String(value);
}

/** Text that may be given several times. */
export function textsIn(argv: Arguments, name: string): readonly string[] {
  const value = argv[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** One of these words. */
export function wordIn<Word extends string>(
  argv: Arguments,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textIn(argv, name);
  const word = words.find((known) => known === text);
  if (text !== undefined && word === undefined) {
    throw new UsageError(`--${name} must be ${words.join(" or ")}, not "${text}"`);
  }
  return word;
}

export const isSet = (argv: Arguments, name: string): boolean => argv[name] === true;
