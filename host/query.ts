/** The part of an address after the question mark: known names only, each at most once. */

import { badRequest, type Complaint } from "./complaint.ts";

/** Reads one value: what it means, or what was expected, as the end of a sentence. */
export type Reader<T extends number | boolean> = (text: string) => T | string;

type Readers = Readonly<Record<string, Reader<number> | Reader<boolean>>>;

type Values<R extends Readers> = {
  readonly [Name in keyof R]?: Exclude<ReturnType<R[Name]>, string>;
};

export type Query<R extends Readers> =
  | { readonly values: Values<R>; readonly complaint?: undefined }
  | { readonly values?: undefined; readonly complaint: Complaint };

export function readQuery<R extends Readers>(url: string, readers: R): Query<R> {
  const start = url.indexOf("?");
  const values: Record<string, number | boolean> = {};
  if (start === -1) return { values: values as Values<R> };
  for (const [name, text] of new URLSearchParams(url.slice(start + 1))) {
    const problem = readOne(name, text, readers, values);
    if (problem !== undefined) return { complaint: badRequest("bad-query", problem) };
  }
  return { values: values as Values<R> };
}

function readOne(
  name: string,
  text: string,
  readers: Readers,
  values: Record<string, number | boolean>,
): string | undefined {
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  const known = Object.keys(readers).join(", ");
  if (reader === undefined) return `${shown(name)} is not a parameter here, only ${known}`;
  if (Object.hasOwn(values, name)) return `${name} is given twice`;
  const value = reader(text);
  if (typeof value === "string") return `${name} ${value}, not ${shown(text)}`;
  values[name] = value;
  return undefined;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 40).toWellFormed());
