/** What somebody asks of the key-value store over HTTP, or why it cannot be understood. */

import type { Json } from "../../core/encoding.ts";
import { badRequest, type Complaint } from "../complaint.ts";
import { parseStrictly } from "../strict-json.ts";

/** What was understood, or what is wrong with it. */
export type Understood<T> =
  | { readonly value: T; readonly complaint?: undefined }
  | { readonly value?: undefined; readonly complaint: Complaint };

export interface Pair {
  readonly key: string;
  readonly value: Json;
}

const expected =
  'an object {"key": "…", "value": …} is expected: any string as key, any JSON as value';

/** `{"key": …, "value": …}`, and nothing else. */
export function readPair(text: string): Understood<Pair> {
  const { value: body, problem } = parseStrictly(text);
  if (problem !== undefined) return { complaint: badRequest("malformed-json", problem) };
  if (typeof body !== "object" || body === null || Array.isArray(body)) return bad(expected);
  const fields = new Map(Object.entries(body as { readonly [key: string]: Json }));
  const other = [...fields.keys()].find((name) => name !== "key" && name !== "value");
  if (other !== undefined) return bad(`${shown(other)} is not a field of it: ${expected}`);
  const [key, value] = [fields.get("key"), fields.get("value")];
  if (key === undefined || value === undefined) {
    return bad(`${key === undefined ? "key" : "value"} is missing: ${expected}`);
  }
  if (typeof key !== "string") return bad(`key must be a string, not ${shown(key)}: ${expected}`);
  return { value: { key, value } };
}

const bad = (message: string) => ({ complaint: badRequest("bad-request", message) });

const noKey = "the address must end in ?key=KEY, with KEY percent-encoded, and hold nothing else";

/** The key after the question mark. A plus sign is a space there, as in every form. */
export function readKey(url: string): Understood<string> {
  const start = url.indexOf("?");
  const parts = start === -1 ? [] : url.slice(start + 1).split("&");
  const [name, ...rest] = (parts[0] ?? "").split("=");
  if (parts.length !== 1 || name !== "key" || rest.length === 0) return badQuery(noKey);
  try {
    // Unlike URLSearchParams this does not replace what is no UTF-8: that would be another key.
    return { value: decodeURIComponent(rest.join("=").replaceAll("+", "%20")) };
  } catch {
    return badQuery(`the key is not percent-encoded UTF-8: ${shown(rest.join("="))}`);
  }
}

const badQuery = (message: string) => ({ complaint: badRequest("bad-query", message) });

const longestId = 128;

/** The header `request-id`; undefined where there is none. */
export function readRequestId(header: string | undefined): Understood<string | undefined> {
  if (header === undefined) return { value: undefined };
  if (/^[\x20-\x7e]+$/.test(header) && header.length <= longestId) return { value: header };
  const message = `request-id must be 1 to ${longestId} printable ASCII characters, not ${shown(header)}`;
  return { complaint: badRequest("bad-request-id", message) };
}

const shown = (value: Json): string => JSON.stringify(value).slice(0, 60).toWellFormed();
