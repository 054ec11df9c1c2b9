/**
 * What must come of a set. The courses' rule: with at most f nodes down or faulty everything commits,
 * with more nothing may. Its second half holds where the faulty nodes do not vote and the cluster has
 * no node to spare; otherwise more than f faults leave it open.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Protocol } from "../../core/protocol.ts";
import { promisesOf } from "../hunt/ground.ts";
import { votesStill } from "./attacks.ts";
import type { ScenarioSet } from "./scenario.ts";

export interface Expectation {
  readonly commits: "all" | "none" | "open";
  /** Down, faulty, or leaders that fail on the way. */
  readonly faults: number;
  readonly tolerated: number;
  /** Why nobody is surprised if it comes otherwise, or if it is not even safe. */
  readonly excuse: string | undefined;
}

export function expectationOf(
  protocol: Protocol,
  n: number,
  set: ScenarioSet,
  down: readonly NodeId[],
): Expectation {
  const tolerated = protocol.faultsTolerated(n);
  const byzantine = set.byzantine.filter((node) => !down.includes(node)).length;
  const failing = set.steps.filter(({ kind }) => kind === "leader fails").length;
  const silent = down.length + (votesStill(set) ? 0 : byzantine);
  const faults = down.length + byzantine + failing;
  const excuse = excuseFor(protocol, set, { faults, byzantine, tolerated });
  const commits = faults <= tolerated ? "all" : isStuck(protocol, n, silent) ? "none" : "open";
  return { commits, faults, tolerated, excuse };
}

/** Whether the others are too few for any quorum; known where n is the least for its f. */
const isStuck = (protocol: Protocol, n: number, silent: number): boolean =>
  n === protocol.nodesFor(protocol.faultsTolerated(n)) && silent > protocol.faultsTolerated(n);

interface Failing {
  readonly faults: number;
  readonly byzantine: number;
  readonly tolerated: number;
}

function excuseFor(
  protocol: Protocol,
  set: ScenarioSet,
  { faults, byzantine, tolerated }: Failing,
): string | undefined {
  const promises = promisesOf(protocol.name);
  if (decidesNothing(protocol)) return "it decides nothing";
  if (!promises.safety && faults > 0) return "it promises nothing once a node fails";
  if (byzantine > tolerated) return `${byzantine} Byzantine, and it tolerates ${tolerated}`;
  const lies = set.attacks.some(({ kind }) => kind === "equivocation");
  return lies && byzantine > 0 && isForCrashes(protocol)
    ? "it tolerates crashes, not lies"
    : undefined;
}

/** Lies need 3f + 1 nodes at least. */
const isForCrashes = (protocol: Protocol): boolean => protocol.nodesFor(1) < 4;

/** Flood delivers nothing for good. */
const decidesNothing = ({ name }: Protocol): boolean => name === "flood";
