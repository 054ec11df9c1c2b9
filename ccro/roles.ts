/** Who is what: the roles of epoch 0 follow from n, those of later epochs from the monitor's word. */

import { UsageError } from "../core/assert.ts";
import { type NodeId, replicaIds } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { Member } from "../core/protocol.ts";
import type { Assignment } from "./messages.ts";

/** The monitoring node. */
export const monitorId: NodeId = "m0";

const fewestNodes = 3;

/** f = ⌊(n − 3)/3⌋: a primary, a communication node and 3f + 1 consensus nodes. */
export const faultsTolerated = (n: number): number =>
  Math.max(0, Math.floor((n - fewestNodes) / 3));

export const nodesFor = (f: number): number => 3 * f + fewestNodes;

export interface Roles {
  readonly epoch: number;
  readonly primary: NodeId;
  readonly communication: NodeId;
  readonly consensus: readonly NodeId[];
  /** The monitor's word for it; epoch 0 needs none. */
  readonly assignment?: Signed<Assignment> | undefined;
}

export type Role = "primary" | "communication" | "consensus" | "none";

/** Nobody has earned trust yet, so the first roles go by number (CASES D17). */
export function firstRoles(n: number): Roles {
  const [primary = "r0", communication = "r1", ...consensus] = replicaIds(n);
  return { epoch: 0, primary, communication, consensus };
}

export const rolesIn = (assignment: Signed<Assignment>): Roles => {
  const { epoch, primary, communication, consensus } = assignment.message;
  return { epoch, primary, communication, consensus, assignment };
};

export function roleOf(roles: Roles, node: NodeId): Role {
  if (node === roles.primary) return "primary";
  if (node === roles.communication) return "communication";
  return roles.consensus.includes(node) ? "consensus" : "none";
}

/** Everybody in the domain, the monitor last: it executes nothing and does not count in n. */
export function members(n: number): readonly Member[] {
  if (!Number.isSafeInteger(n) || n < fewestNodes) {
    throw new UsageError(
      `CCRO cannot run with n = ${n}: it needs a primary, a communication node and a consensus node, so n must be at least ${fewestNodes}.`,
    );
  }
  const roles = firstRoles(n);
  const replicas = replicaIds(n).map((id) => ({ id, role: roleOf(roles, id), isReplica: true }));
  return [...replicas, { id: monitorId, role: "monitor", isReplica: false }];
}
