/** What is replicated: a deterministic service, and the way a replica runs it. */

import type { Operation, Result } from "./ids.ts";

export interface Service {
  /**
   * Same state, operation and slot, same result. Never throws: a bad operation has a result that says
   * so. The slot is that of the operation in the order that was agreed on.
   */
  execute(operation: Operation, slot?: number): Execution;
  /** The whole state as text: equal states, equal texts. */
  snapshot(): string;
  /** Replaces the state by that of a snapshot. */
  restore(snapshot: string): void;
  /** What the state holds, for people. */
  view(): unknown;
}

export interface Execution {
  readonly result: Result;
  /** Takes the operation back. Only ever called for the last one that is not taken back. */
  undo(): void;
}
