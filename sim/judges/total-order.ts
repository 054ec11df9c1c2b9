/**
 * Total order: every node executes slots 1, 2, 3 … without gap or repeat (CASES I9). It may leave
 * some out only where it took over the state of others, or lives again.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Judge } from "./violation.ts";

interface Place {
  /** The slot after which it stands. */
  last: number;
  /** Jumps of which nobody said where they lead. */
  openJumps: number;
}

export function createTotalOrder(): Judge {
  const places = new Map<NodeId, Place>();
  const placeOf = (node: NodeId): Place => {
    const place = places.get(node) ?? { last: 0, openJumps: 0 };
    places.set(node, place);
    return place;
  };
  return {
    delivered(node, { slot, digest }) {
      const place = placeOf(node);
      const due = place.last + 1;
      place.last = slot;
      if (slot === due) return [];
      if (place.openJumps > 0) {
        place.openJumps -= 1;
        return [];
      }
      const message = `${node} executed slot ${slot} where slot ${due} was due`;
      return [{ judge: "total order", slot, nodes: [node], digests: [digest], message }];
    },
    jumped(node, slot) {
      const place = placeOf(node);
      if (slot === undefined) place.openJumps += 1;
      else place.last = slot;
    },
    restarted(node) {
      places.set(node, { last: 0, openJumps: 1 });
    },
  };
}
