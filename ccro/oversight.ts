/** What is wrong with what the monitor is told, by name, and when it acts on its own. */

import type { NodeId } from "../core/ids.ts";
import { fewestVoters } from "./assignments.ts";
import type { Certificates } from "./certificates.ts";
import type { Heights } from "./heights.ts";
import type { Heartbeat, Participation, Suspicion } from "./messages.ts";
import type { Roles } from "./roles.ts";
import type { Rating, Standings } from "./standings.ts";
import { initialTrust } from "./trust.ts";

export type OversightObjection =
  | "not a node"
  | "not its own name"
  | "an older epoch"
  | "another epoch"
  | "suspected already"
  | "not the communication node"
  | "a round that is rated already"
  | "a height that nobody has reached"
  | "a vote from no consensus node"
  | "a vote counted twice";

/** All that reaches the monitor comes from a node of the domain, in its own name. */
export function objectionToSpeaker(
  certificates: Pick<Certificates, "isNode">,
  from: NodeId,
  { node }: Suspicion | Heartbeat | Participation,
): OversightObjection | undefined {
  if (!certificates.isNode(from)) return "not a node";
  return from === node ? undefined : "not its own name";
}

export function objectionToSuspicion(
  roles: Roles,
  known: Suspicion | undefined,
  { epoch, awaited }: Suspicion,
): OversightObjection | undefined {
  if (epoch < roles.epoch) return "an older epoch";
  return known?.epoch === epoch && known.awaited === awaited ? "suspected already" : undefined;
}

/** Whether a round counts. What is said of the voters is the communication node's word. */
export function objectionToParticipation(
  roles: Roles,
  rated: number,
  heights: Pick<Heights, "isPlausible">,
  { node, epoch, height, answers }: Participation,
): OversightObjection | undefined {
  if (epoch !== roles.epoch) return epoch < roles.epoch ? "an older epoch" : "another epoch";
  if (node !== roles.communication) return "not the communication node";
  if (height <= rated) return "a round that is rated already";
  if (!heights.isPlausible(height)) return "a height that nobody has reached";
  const voters = answers.map((answer) => answer.node);
  if (voters.some((voter) => !roles.consensus.includes(voter))) {
    return "a vote from no consensus node";
  }
  return new Set(voters).size < voters.length ? "a vote counted twice" : undefined;
}

/**
 * Whether a round calls for new roles. A change of roles costs messages, so slowness alone waits for
 * the next one that is due anyway: a node below normal loses its vote at once only when it was of no
 * use in this round either, and can be spared. Those who have lost theirs and are as good as new get
 * it back when the next checkpoint comes.
 */
export function callsForNewRoles(
  roles: Roles,
  ratings: readonly Rating[],
  standings: Pick<Standings, "trustOf" | "isNormal">,
  { f, useless, isCheckpoint }: RoundOutcome,
): boolean {
  const canSpare = roles.consensus.length > fewestVoters(f);
  const isExclusionDue =
    canSpare && roles.consensus.some((node) => !standings.isNormal(node) && useless.has(node));
  const isReturnDue =
    isCheckpoint &&
    ratings.some(({ node, role }) => role === "none" && standings.trustOf(node) >= initialTrust);
  return isExclusionDue || isReturnDue;
}

export interface RoundOutcome {
  readonly f: number;
  /** Voters without a vote for the block. */
  readonly useless: ReadonlySet<NodeId>;
  readonly isCheckpoint: boolean;
}
