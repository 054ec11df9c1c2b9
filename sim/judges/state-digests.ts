/**
 * State digests: honest nodes that decided the same value in a slot executed the same requests with
 * the same results, and have the same past (CASES I11).
 */

import type { NodeId } from "../../core/ids.ts";
import type { Delivery, Executed } from "../../core/machine.ts";
import { FirstSeen } from "./first-seen.ts";
import type { Judge, Violation } from "./violation.ts";

interface Seen {
  readonly node: NodeId;
  readonly delivery: Delivery;
}

/** Slots that so many honest nodes are far past may be forgotten. */
export function createStateDigests(honest = Number.POSITIVE_INFINITY): Judge {
  const firstBySlot = new FirstSeen<Seen>(honest);
  // A chain that parted stays apart: one complaint about it is enough.
  const parted = new Set<NodeId>();
  return {
    delivered(node, delivery) {
      const first = firstBySlot.note(node, delivery.slot, { node, delivery });
      if (first === undefined) return [];
      // Different values are a matter of agreement.
      if (first.delivery.digest !== delivery.digest || parted.has(node)) return [];
      const violations = compare(first, { node, delivery });
      if (violations.length > 0) parted.add(node);
      return violations;
    },
  };
}

function compare(first: Seen, second: Seen): readonly Violation[] {
  const { slot } = first.delivery;
  const nodes = [first.node, second.node];
  const complain = (digests: readonly string[], message: string): readonly Violation[] => [
    { judge: "state digests", slot, nodes, digests, message },
  ];
  const [past, otherPast] = [first.delivery.history, second.delivery.history];
  if (past !== otherPast) {
    const message = `after slot ${slot} the past of ${first.node} is ${past}, that of ${second.node} ${otherPast}`;
    return complain([past, otherPast], message);
  }
  const [done, otherDone] = [first.delivery.executed, second.delivery.executed];
  if (isSame(done, otherDone)) return [];
  const message = `in slot ${slot} ${first.node} executed ${tell(done)}, ${second.node} ${tell(otherDone)}`;
  return complain([first.delivery.digest, second.delivery.digest], message);
}

const isSame = (some: readonly Executed[], others: readonly Executed[]): boolean =>
  some.length === others.length &&
  some.every(({ client, timestamp, operation, result }, index) => {
    const other = others[index];
    return (
      other !== undefined &&
      client === other.client &&
      timestamp === other.timestamp &&
      operation === other.operation &&
      result === other.result
    );
  });

const tell = (executed: readonly Executed[]): string =>
  executed.length === 0
    ? "nothing"
    : executed
        .map(({ client, timestamp, result }) => `${client}/${timestamp} → ${result.slice(0, 40)}`)
        .join(", ");
