/** Who gets which role next: those who were longest without failing in one, ties by number. */

import type { NodeId } from "../core/ids.ts";
import { replicaIds } from "../core/ids.ts";
import type { Assignment, AwaitedPhase, Suspicion } from "./messages.ts";
import type { Roles } from "./roles.ts";

type LeadingRole = "primary" | "communication";

/** Whose silence it is, as far as one node can tell. */
export function accusedBy(awaited: AwaitedPhase): readonly LeadingRole[] {
  switch (awaited) {
    case "pre-prepare":
    case "reply":
      return ["communication"];
    case "preparatory-block":
    case "prepare":
    case "formal-block":
      return ["primary"];
    case "commit":
      // Either the communication node is silent, or the primary told its voters different things.
      return ["primary", "communication"];
  }
}

/**
 * Whoever any of the f + 1 complaints accuses. One of these nodes tells the truth, nobody knows which:
 * rather an honest node loses its role than a faulty one keeps it.
 */
export const rolesToReplace = (suspicions: readonly Suspicion[]): readonly LeadingRole[] =>
  (["primary", "communication"] as const).filter((role) =>
    suspicions.some(({ awaited }) => accusedBy(awaited).includes(role)),
  );

/** The height that f + 1 of them store, so one that tells the truth among them. */
export const heightStoredBy = (suspicions: readonly Suspicion[], needed: number): number =>
  suspicions.map(({ height }) => height).sort((a, b) => b - a)[needed - 1] ?? 0;

export interface Candidates {
  readonly n: number;
  /** In which epoch a node last lost a role. */
  readonly failedIn: ReadonlyMap<NodeId, number>;
  /** Who was heard of just now, so is alive. */
  readonly heard: ReadonlySet<NodeId>;
}

/** New roles; a node that keeps its role is not looked at again. Never both roles for one node. */
export function nextRoles(
  current: Roles,
  replaced: readonly LeadingRole[],
  epoch: number,
  candidates: Candidates,
): Assignment {
  const ranked = rank(candidates);
  const keeps = (role: LeadingRole) => (replaced.includes(role) ? undefined : current[role]);
  const keptCommunication = keeps("communication");
  const primary =
    keeps("primary") ?? ranked.find((node) => node !== keptCommunication) ?? current.primary;
  const communication =
    keptCommunication ?? ranked.find((node) => node !== primary) ?? current.communication;
  const consensus = replicaIds(candidates.n).filter(
    (node) => node !== primary && node !== communication,
  );
  return { kind: "assignment", epoch, primary, communication, consensus };
}

function rank({ n, failedIn, heard }: Candidates): readonly NodeId[] {
  const failed = (node: NodeId) => failedIn.get(node) ?? -1;
  const silence = (node: NodeId) => (heard.has(node) ? 0 : 1);
  // The sort is stable: equals stay in the order of their numbers.
  return [...replicaIds(n)].sort((a, b) => failed(a) - failed(b) || silence(a) - silence(b));
}
