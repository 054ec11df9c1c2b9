/** Validity: only what a client asked for is executed (CASES I10). */

import type { NodeId, Operation } from "../../core/ids.ts";
import type { Judge } from "./violation.ts";

export function createValidity(): Judge {
  const asked = new Map<NodeId, Set<Operation>>();
  return {
    submitted(client, operation) {
      const operations = asked.get(client) ?? new Set();
      asked.set(client, operations.add(operation));
    },
    delivered(node, { slot, digest, executed }) {
      return executed
        .filter(({ client, operation }) => asked.get(client)?.has(operation) !== true)
        .map(({ client, timestamp, operation }) => ({
          judge: "validity",
          slot,
          nodes: [node],
          digests: [digest],
          message: `${node} executed ${operation.slice(0, 80)} in slot ${slot} as request ${timestamp} of ${client}, who never asked for it`,
        }));
    },
  };
}
