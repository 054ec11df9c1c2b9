/** Times as people write them, 300ms or 2s, and in milliseconds. */

import type { Millis } from "../core/ids.ts";

/** A day: no run lasts that long. */
export const longest: Millis = 24 * 60 * 60 * 1000;

const form = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s)$/;

/** Milliseconds, to the microsecond; undefined when it is no such time. */
export function parseDuration(text: string): Millis | undefined {
  const [, digits, unit] = form.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const ms = Math.round(Number(digits) * (unit === "s" ? 1_000_000 : 1000)) / 1000;
  return ms <= longest ? ms : undefined;
}

export const printDuration = (ms: Millis): string =>
  ms > 0 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
