/** The errors that are ours or the user's. A peer's mistake is an objection, never an error. */

/** Stops the program when something that we proved is not so. Stays on in production. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${claim}`);
}

/** The end of a `switch` over a union: reached only when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}

/** What the user asked for cannot be done. One sentence: what, where, what is allowed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
