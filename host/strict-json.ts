/**
 * JSON text whose value says all that the text says. JSON.parse keeps the last of two equal keys and
 * rounds numbers without a word: two different texts would become one operation.
 */

import { isSafeNumber } from "lossless-json";
import { deepestNesting, encodeCanonical, type Json } from "../core/encoding.ts";

/** The value, or why there is none, as a sentence. */
export type Parsed =
  | { readonly value: Json; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

export function parseStrictly(text: string): Parsed {
  const problem = problemIn(text);
  if (problem !== undefined) return { problem };
  const value: unknown = JSON.parse(text);
  const encoded = encodeCanonical(value);
  return encoded.problem === undefined
    ? { value: value as Json }
    : { problem: `the body holds ${encoded.problem}` };
}

/** Why this is no JSON at all, as JSON.parse says it; undefined when it is. */
export function syntaxProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return `the body is not JSON: ${detail.slice(0, 200).toWellFormed()}`;
  }
}

function problemIn(text: string): string | undefined {
  return syntaxProblem(text) ?? new Scan(text).problem();
}

/** Reads the tokens of text that is known to be good JSON, one character at a time: however long. */
class Scan {
  readonly #text: string;
  /** For each open object the keys seen in it; undefined for a list. */
  readonly #open: (Set<string> | undefined)[] = [];
  #isKeyDue = false;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  problem(): string | undefined {
    while (this.#at < this.#text.length) {
      const problem = this.#step(this.#text[this.#at]);
      if (problem !== undefined) return problem;
      this.#at += 1;
    }
    return undefined;
  }

  #step(character: string | undefined): string | undefined {
    switch (character) {
      case "{":
        return this.#enter(new Set());
      case "[":
        return this.#enter(undefined);
      case "}":
      case "]":
        this.#open.pop();
        this.#isKeyDue = false;
        return undefined;
      case ",":
        this.#isKeyDue = this.#open.at(-1) !== undefined;
        return undefined;
      case '"':
        return this.#string();
      default:
        return character !== undefined && startsNumber.test(character) ? this.#number() : undefined;
    }
  }

  #enter(keys: Set<string> | undefined): string | undefined {
    this.#open.push(keys);
    this.#isKeyDue = keys !== undefined;
    return this.#open.length > deepestNesting
      ? `the body is nested deeper than ${deepestNesting} levels`
      : undefined;
  }

  #string(): string | undefined {
    const start = this.#at;
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      if (this.#text[this.#at] === "\\") this.#at += 1;
    }
    if (!this.#isKeyDue) return undefined;
    this.#isKeyDue = false;
    const key: string = JSON.parse(this.#text.slice(start, this.#at + 1));
    const keys = this.#open.at(-1);
    if (keys?.has(key)) {
      return `the key ${JSON.stringify(key).slice(0, 60).toWellFormed()} stands twice in one object`;
    }
    keys?.add(key);
    return undefined;
  }

  #number(): string | undefined {
    const start = this.#at;
    while (continuesNumber.test(this.#text[this.#at + 1] ?? "")) this.#at += 1;
    const number = this.#text.slice(start, this.#at + 1);
    return isSafeNumber(number)
      ? undefined
      : `the number ${number.slice(0, 40)} loses digits: send it as a string`;
  }
}

const startsNumber = /[-\d]/;
const continuesNumber = /[\d.eE+-]/;
