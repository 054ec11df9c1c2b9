/**
 * Ballots: pairs (counter, replica), compared by counter first, then by replica, so that no two
 * replicas ever lead the same one. Kept as one number, because views are numbers everywhere else:
 * (2, r1) is 2001.
 */

import type { NodeId } from "../core/ids.ts";

/** counter × 1000 + index of the replica. */
export type Ballot = number;

/** Everybody's first promise: r0 leads it, and needs no phase 1 because nobody voted before it. */
export const firstBallot: Ballot = 0;

/** So many replicas can own a ballot. */
export const mostReplicas = 1000;

export const ballotOf = (counter: number, index: number): Ballot => counter * mostReplicas + index;

/** Whose ballot it is: nobody else may propose in it. */
export const ownerOf = (ballot: Ballot): NodeId => `r${ballot % mostReplicas}`;

/** Whether one of n replicas owns it. */
export const isBallotOf = (n: number, ballot: Ballot): boolean => ballot % mostReplicas < n;

/** The lowest ballot of this replica above another ballot. */
export function nextBallot(index: number, above: Ballot): Ballot {
  const counter = Math.floor(above / mostReplicas);
  return index > above % mostReplicas ? ballotOf(counter, index) : ballotOf(counter + 1, index);
}

/** The replica's number: 1 for r1. */
export const indexOf = (replica: NodeId): number => Number(replica.slice(1));

/** For people. */
export const ballotText = (ballot: Ballot): string =>
  `(${Math.floor(ballot / mostReplicas)}, ${ownerOf(ballot)})`;

/** Crash faults need no more than this: two majorities share a node. */
export const majorityOf = (n: number): number => Math.floor(n / 2) + 1;
