/** What nodes that stay up need beyond those of a bench: ports that people chose, clients that come back. */

import { UsageError } from "../../core/assert.ts";
import { type Arguments, textIn } from "../options/arguments.ts";

/** Above all that a client of an earlier life can have used: it would need a thousand requests a ms. */
export const newTimestamp = (): number => Date.now() * 1000;

/** Resolves once the signal says so: whatever stays up waits for this. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The port that a flag names. */
export function portIn(argv: Arguments, name: string): number | undefined {
  const text = textIn(argv, name);
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--${name} must be a port from 0 to 65535, not "${text}"`);
}

const problems: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "is taken: stop what listens there, or choose another with --port"],
  ["EACCES", "is not allowed: choose one above 1023 with --port"],
  ["EADDRNOTAVAIL", "is no address of this machine: choose another with --bind"],
  ["ENOTFOUND", "is no address of this machine: choose another with --bind"],
]);

/** What the user can do about an address that cannot be listened on; undefined for other errors. */
export function portProblem(error: unknown): UsageError | undefined {
  const message = error instanceof Error ? error.message : String(error);
  for (const [code, sentence] of problems) {
    const where = new RegExp(`${code}.*?(\\S+)$`).exec(message)?.[1];
    if (where !== undefined) return new UsageError(`${where} ${sentence}`);
  }
  return undefined;
}
