/** Who gets which role next: the most trusted, and who loses its vote meanwhile. */

import { assert } from "../core/assert.ts";
import type { NodeId } from "../core/ids.ts";
import { replicaIds } from "../core/ids.ts";
import type { Assignment, AwaitedPhase, Suspicion } from "./messages.ts";
import type { Roles } from "./roles.ts";
import type { Standings } from "./standings.ts";
import { thresholds } from "./trust.ts";

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
  readonly f: number;
  readonly standings: Pick<Standings, "trustOf" | "isNormal" | "isAdmitted">;
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
  const keeps = (role: LeadingRole) => (replaced.includes(role) ? undefined : current[role]);
  const keptCommunication = keeps("communication");
  const primary = keeps("primary") ?? mostTrusted("primary", keptCommunication, candidates);
  const communication = keptCommunication ?? mostTrusted("communication", primary, candidates);
  const others = replicaIds(candidates.n).filter(
    (node) => node !== primary && node !== communication,
  );
  const consensus = withoutDistrusted(others, candidates);
  return { kind: "assignment", epoch, primary, communication, consensus };
}

/** So few consensus nodes are left if need be. */
export const fewestVoters = (f: number): number => 3 * f + 1;

/** A threshold shuts nobody out while nobody reaches it: in the beginning, and under `printed` ever (D17). */
function mostTrusted(role: LeadingRole, taken: NodeId | undefined, candidates: Candidates): NodeId {
  const free = rank(candidates).filter((node) => node !== taken);
  const worthy = free.find((node) => candidates.standings.trustOf(node) >= thresholds[role]);
  const chosen = worthy ?? free[0];
  assert(chosen !== undefined, "a domain has more than one node");
  return chosen;
}

/**
 * Highest trust first, but nobody who was never heard of while others are there. Among equals those
 * who failed longest ago, then those heard of just now, then the lowest number.
 */
function rank({ n, standings, failedIn, heard }: Candidates): readonly NodeId[] {
  const keys = new Map(
    replicaIds(n).map((node) => [
      node,
      [
        Number(!standings.isNormal(node)),
        Number(!standings.isAdmitted(node)),
        -standings.trustOf(node),
        failedIn.get(node) ?? -1,
        Number(!heard.has(node)),
      ],
    ]),
  );
  // The sort is stable: equals stay in the order of their numbers.
  return [...keys].sort(([, a], [, b]) => compare(a, b)).map(([node]) => node);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((key, index) => key !== b[index]);
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

/** Those below normal lose their vote, least trusted first, as long as 3f + 1 remain. */
function withoutDistrusted(
  nodes: readonly NodeId[],
  { f, standings }: Candidates,
): readonly NodeId[] {
  const distrusted = nodes
    .filter((node) => !standings.isNormal(node))
    .sort((a, b) => standings.trustOf(a) - standings.trustOf(b));
  const spare = Math.max(0, nodes.length - fewestVoters(f));
  const excluded = new Set(distrusted.slice(0, spare));
  return nodes.filter((node) => !excluded.has(node));
}
