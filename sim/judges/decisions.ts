/** How many different requests honest nodes decided: the evidence that a verdict stands on. */

import type { NodeId } from "../../core/ids.ts";
import type { Judge } from "./violation.ts";

export interface Decisions extends Judge {
  count(): number;
}

export function createDecisions(): Decisions {
  const decided = new Map<NodeId, Set<number>>();
  return {
    delivered(_node, { executed }) {
      for (const { client, timestamp } of executed) {
        const timestamps = decided.get(client) ?? new Set();
        decided.set(client, timestamps.add(timestamp));
      }
      return [];
    },
    count: () => [...decided.values()].reduce((sum, { size }) => sum + size, 0),
  };
}
