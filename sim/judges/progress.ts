/**
 * Liveness: whether all that was asked was accepted. What was not is `lost` when requests sent later
 * were accepted, and `stalled` when nothing came after it.
 */

import type { NodeId, Operation } from "../../core/ids.ts";
import type { Judge } from "./violation.ts";

export type Liveness = "ok" | "stalled" | "lost";

export interface Progress extends Judge {
  /** How many requests were submitted, and how many of them accepted. */
  counts(): { readonly asked: number; readonly accepted: number };
  liveness(): Liveness;
}

interface Submission {
  readonly number: number;
  readonly operation: Operation;
}

export function createProgress(): Progress {
  const open = new Map<NodeId, Submission[]>();
  let asked = 0;
  let answered = 0;
  let latestAnswered = 0;
  return {
    counts: () => ({ asked, accepted: answered }),
    submitted(client, operation) {
      asked += 1;
      const waiting = open.get(client) ?? [];
      open.set(client, waiting);
      waiting.push({ number: asked, operation });
    },
    accepted(client, { operation }) {
      const waiting = open.get(client) ?? [];
      const index = waiting.findIndex((submission) => submission.operation === operation);
      const [submission] = index === -1 ? [] : waiting.splice(index, 1);
      if (submission === undefined) return [];
      answered += 1;
      latestAnswered = Math.max(latestAnswered, submission.number);
      return [];
    },
    liveness() {
      const waiting = [...open.values()].flat();
      if (waiting.length === 0) return "ok";
      return waiting.some(({ number }) => number < latestAnswered) ? "lost" : "stalled";
    },
  };
}
