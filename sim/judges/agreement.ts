/** Agreement: in one slot, honest nodes decide one value (CASES I1). */

import type { Digest, NodeId } from "../../core/ids.ts";
import { FirstSeen } from "./first-seen.ts";
import type { Judge } from "./violation.ts";

interface Decided {
  readonly node: NodeId;
  readonly digest: Digest;
}

/** Slots that so many honest nodes are far past may be forgotten. */
export function createAgreement(honest = Number.POSITIVE_INFINITY): Judge {
  const firstBySlot = new FirstSeen<Decided>(honest);
  return {
    delivered(node, { slot, digest }) {
      const first = firstBySlot.note(node, slot, { node, digest });
      if (first === undefined) return [];
      if (first.digest === digest) return [];
      const digests = [first.digest, digest];
      const message = `slot ${slot} is ${first.digest} at ${first.node} and ${digest} at ${node}`;
      return [{ judge: "agreement", slot, nodes: [first.node, node], digests, message }];
    },
  };
}
