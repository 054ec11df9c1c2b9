/**
 * Scenes: faults of roles, as data. Who plays a part is drawn among those who begin in its role, and so
 * is at whom it is aimed; everything else stands in the scene.
 */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Member } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { CrashEvent, FaultEvent } from "./schedule.ts";

export interface Part {
  /** The role in which its node begins. */
  readonly at: string;
  /** One of the shared modes; `crash` is carried out by the simulator. */
  readonly mode: string;
  /** What stands in the brackets of the mode. */
  readonly args?: readonly string[] | undefined;
  /** So many nodes that begin in this role stand there instead. */
  readonly targets?: { readonly role: string; readonly count: number } | undefined;
}

/** Parts that are played together, each by another node. */
export type Scene = readonly Part[];

export interface Cast {
  readonly members: readonly Member[];
  readonly healedAtMs: Millis;
  readonly endsAtMs: Millis;
}

/** How many replicas a scene needs that may fail; whoever only runs the cluster is not counted in f. */
export const replicasIn = (scene: Scene, members: readonly Member[]): number =>
  scene.filter(({ at }) => members.some(({ role, isReplica }) => role === at && isReplica)).length;

/** Replicas may fail for good; whoever only runs the cluster comes to its senses when it heals. */
export function castScene(
  scene: Scene,
  cast: Cast,
  random: Random,
): readonly (FaultEvent | CrashEvent)[] {
  const taken = new Set<NodeId>();
  const isLasting = random.chance(0.5);
  return scene.flatMap((part) => {
    const free = cast.members.filter(({ id, role }) => role === part.at && !taken.has(id));
    const [player] = random.sample(free, 1);
    if (player === undefined) return [];
    taken.add(player.id);
    const lastsUntilMs = player.isReplica ? cast.endsAtMs : cast.healedAtMs;
    const window = isLasting ? { fromMs: 0, untilMs: lastsUntilMs } : drawPart(cast, random);
    return [eventOf(part, player.id, window, cast, random)];
  });
}

interface PartWindow {
  readonly fromMs: Millis;
  readonly untilMs: Millis;
}

/** Early: most is asked for in the beginning. */
function drawPart({ healedAtMs }: Cast, random: Random): PartWindow {
  const fromMs = random.chance(0.5) ? 0 : random.integer(0, healedAtMs / 4);
  return { fromMs, untilMs: random.integer(fromMs + 1, healedAtMs) };
}

function eventOf(
  { mode, args = [], targets }: Part,
  node: NodeId,
  { fromMs, untilMs }: PartWindow,
  { members, healedAtMs }: Cast,
  random: Random,
): FaultEvent | CrashEvent {
  if (mode === "crash") {
    const losesDisk = args.includes("lose-disk");
    return { kind: "crash", node, atMs: fromMs, untilMs: Math.min(untilMs, healedAtMs), losesDisk };
  }
  const possible = members.filter(({ id, role }) => role === targets?.role && id !== node);
  const aimedAt = random.sample(possible, targets?.count ?? 0).map(({ id }) => id);
  return { kind: "fault", node, mode, args: targets ? aimedAt : args, fromMs, untilMs };
}
