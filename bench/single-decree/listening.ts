/** Addresses of a hosts file that cannot be listened on, in words that say what to do. */

import { UsageError } from "../../core/assert.ts";

const problems: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "is taken: stop what listens there, or name another port in the hosts file"],
  ["EACCES", "is not allowed: name a port above 1023 in the hosts file"],
  ["EADDRNOTAVAIL", "is no address of this machine: the hosts file must name one here"],
  ["ENOTFOUND", "is no address of this machine: the hosts file must name one here"],
]);

/** Undefined for other errors. */
export function listeningProblem(error: unknown): UsageError | undefined {
  const message = error instanceof Error ? error.message : String(error);
  for (const [code, sentence] of problems) {
    const where = new RegExp(`${code}.*?(\\S+)$`).exec(message)?.[1];
    if (where !== undefined) return new UsageError(`${where} ${sentence}`);
  }
  return undefined;
}
