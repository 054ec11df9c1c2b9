/** Exactly once: at every node, the timestamps executed for a client only grow (CASES I9). */

import type { NodeId } from "../../core/ids.ts";
import type { Judge } from "./violation.ts";

export function createExactlyOnce(): Judge {
  const newest = new Map<NodeId, Map<NodeId, number>>();
  return {
    delivered(node, { slot, digest, executed }) {
      const newestHere = newest.get(node) ?? new Map<NodeId, number>();
      newest.set(node, newestHere);
      return executed.flatMap(({ client, timestamp }) => {
        const before = newestHere.get(client);
        newestHere.set(client, Math.max(timestamp, before ?? timestamp));
        if (before === undefined || timestamp > before) return [];
        const message = `${node} executed request ${timestamp} of ${client} in slot ${slot}, after request ${before}`;
        return [{ judge: "exactly once", slot, nodes: [node], digests: [digest], message }];
      });
    },
    restarted(node) {
      newest.delete(node);
    },
  };
}
