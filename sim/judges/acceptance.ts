/**
 * Justified acceptance: what a client accepts is what honest nodes executed for that very request,
 * in that slot, and the request is one it sent (CASES I14).
 */

import type { NodeId, Operation } from "../../core/ids.ts";
import type { Acceptance, Executed } from "../../core/machine.ts";
import type { Judge, Violation } from "./violation.ts";

interface Execution extends Executed {
  readonly node: NodeId;
  readonly slot: number;
}

interface Accepted extends Acceptance {
  readonly client: NodeId;
}

export function createJustifiedAcceptance(): Judge {
  const asked = new Map<NodeId, Set<Operation>>();
  const executions = new Map<string, Execution>();
  const acceptances = new Map<string, Accepted>();
  // Accepted, and not yet executed by any honest node that we heard of.
  const open = new Map<string, Accepted>();
  return {
    submitted(client, operation) {
      const operations = asked.get(client) ?? new Set();
      asked.set(client, operations.add(operation));
    },
    delivered(node, { slot, executed }) {
      return executed.flatMap((item) => {
        const key = keyOf(item.client, item.timestamp);
        const execution = executions.get(key) ?? { ...item, node, slot };
        executions.set(key, execution);
        const accepted = open.get(key);
        if (accepted === undefined) return [];
        open.delete(key);
        return compare(accepted, execution);
      });
    },
    accepted(client, acceptance) {
      const accepted: Accepted = { ...acceptance, client };
      const key = keyOf(client, acceptance.timestamp);
      if (acceptances.has(key)) return [complain(accepted, "a second time")];
      acceptances.set(key, accepted);
      if (asked.get(client)?.has(acceptance.operation) !== true) {
        return [complain(accepted, "which it never sent")];
      }
      const execution = executions.get(key);
      if (execution !== undefined) return compare(accepted, execution);
      open.set(key, accepted);
      return [];
    },
    // Where no node executes anything, nothing is decided: that is vacuous, not wrong.
    ended: () =>
      executions.size === 0
        ? []
        : [...open.values()].map((accepted) => complain(accepted, "which no honest node executed")),
  };
}

const keyOf = (client: NodeId, timestamp: number): string => `${client}/${timestamp}`;

function compare(accepted: Accepted, execution: Execution): readonly Violation[] {
  const { node, slot, operation, result } = execution;
  if (accepted.operation !== operation) {
    return [complain(accepted, `but ${node} executed ${operation.slice(0, 80)} for it`, execution)];
  }
  if (accepted.result !== result) {
    return [complain(accepted, `but ${node} has the result ${result.slice(0, 80)}`, execution)];
  }
  if (accepted.slot !== slot) {
    return [complain(accepted, `but ${node} executed it in slot ${slot}`, execution)];
  }
  return [];
}

function complain(accepted: Accepted, why: string, execution?: Execution): Violation {
  const { client, timestamp, operation, result, slot } = accepted;
  return {
    judge: "justified acceptance",
    slot,
    nodes: execution === undefined ? [client] : [client, execution.node],
    digests: execution === undefined ? [result] : [result, execution.result],
    message: `${client} accepted ${result.slice(0, 80)} in slot ${slot} for its request ${timestamp} (${operation.slice(0, 80)}), ${why}`,
  };
}
