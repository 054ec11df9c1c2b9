/** Who proposes, who accepts, who learns: the seats that everybody knows, and who stands in for whom. */

import { type NodeId, replicaIds } from "../../core/ids.ts";
import { majorityOf } from "../ballots.ts";
import type { Roles } from "./messages.ts";

export interface RoleCounts {
  readonly proposers: number;
  readonly acceptors: number;
  readonly learners: number;
}

export type Role = "proposer" | "acceptor" | "learner";

/** The seats by id: first the proposers, then the acceptors, then the learners. */
export function seatsOf({ proposers, acceptors, learners }: RoleCounts): Roles {
  const ids = replicaIds(proposers + acceptors + learners);
  return {
    proposers: ids.slice(0, proposers),
    acceptors: ids.slice(proposers, proposers + acceptors),
    learners: ids.slice(proposers + acceptors),
  };
}

/**
 * The leader's assignment: everybody takes the own seat, but proposers and learners need one of them
 * that lives. The acceptors stay the same whoever leads and whoever is down: that is what makes two
 * leaders at a time harmless. An acceptor that stands in for a learner counts as one that failed.
 */
export function assignRoles(seats: Roles, alive: ReadonlySet<NodeId>): Roles {
  return standIn(standIn(seats, "learners", alive), "proposers", alive);
}

function standIn(roles: Roles, need: "learners" | "proposers", alive: ReadonlySet<NodeId>): Roles {
  if (livingOf(roles[need], alive).length > 0) return roles;
  const other = need === "learners" ? "proposers" : "learners";
  const others = livingOf(roles[other], alive);
  const spare = others.length > 1 ? others.at(-1) : spareAcceptor(roles, alive);
  if (spare === undefined) return roles;
  return {
    ...roles,
    [other]: roles[other].filter((id) => id !== spare),
    [need]: [...roles[need], spare],
  };
}

function spareAcceptor(
  { acceptors, proposers, learners }: Roles,
  alive: ReadonlySet<NodeId>,
): NodeId | undefined {
  const busy = new Set([...proposers, ...learners]);
  const living = livingOf(acceptors, alive).filter((id) => !busy.has(id));
  return living.length > majorityOf(acceptors.length) ? living.at(-1) : undefined;
}

const livingOf = (ids: readonly NodeId[], alive: ReadonlySet<NodeId>): readonly NodeId[] =>
  ids.filter((id) => alive.has(id));

/** The one role of a node; undefined for who takes no part. */
export function roleOf({ proposers, acceptors, learners }: Roles, id: NodeId): Role | undefined {
  if (proposers.includes(id)) return "proposer";
  if (learners.includes(id)) return "learner";
  return acceptors.includes(id) ? "acceptor" : undefined;
}
