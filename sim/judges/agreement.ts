/** Agreement: in one slot, honest nodes decide one value (CASES I1). */

import type { NodeId } from "../../core/ids.ts";
import type { Delivery } from "../../core/machine.ts";
import type { Judge } from "./violation.ts";

export function createAgreement(): Judge {
  const firstBySlot = new Map<
    number,
    { readonly node: NodeId; readonly digest: Delivery["digest"] }
  >();
  return {
    delivered(node, { slot, digest }) {
      const first = firstBySlot.get(slot);
      if (first === undefined) {
        firstBySlot.set(slot, { node, digest });
        return [];
      }
      if (first.digest === digest) return [];
      const digests = [first.digest, digest];
      const message = `slot ${slot} is ${first.digest} at ${first.node} and ${digest} at ${node}`;
      return [{ judge: "agreement", slot, nodes: [first.node, node], digests, message }];
    },
  };
}
