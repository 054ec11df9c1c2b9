/**
 * One digest for all results of a block: the root of a hash tree over its outcomes. So a client can
 * check its own result against a certificate with a few digests, however large the batch.
 */

import type { Digest, NodeId, Result } from "../core/ids.ts";
import type { PathStep, ResultEvidence, ResultSummary } from "./messages.ts";

/** What came of one request. A client signs one operation per timestamp, so these two name it. */
export interface Outcome {
  readonly client: NodeId;
  readonly timestamp: number;
  readonly result: Result;
}

type Hash = (text: string) => Digest;

export interface Results {
  readonly digest: Digest;
  readonly summary: ResultSummary;
  /** From the outcome with this index to the root. */
  pathOf(index: number): readonly PathStep[];
}

/** `state` is the digest of the state after the block, where a checkpoint is due. */
export function resultsOf(
  outcomes: readonly Outcome[],
  state: Digest | undefined,
  hash: Hash,
): Results {
  const levels = [outcomes.map((outcome) => leafOf(outcome, hash))];
  for (let level = levels[0]; level !== undefined && level.length > 1; level = levels.at(-1)) {
    levels.push(levelAbove(level, hash));
  }
  const root = levels.at(-1)?.[0] ?? hash("no outcomes");
  const summary: ResultSummary =
    state === undefined
      ? { count: outcomes.length, root }
      : { count: outcomes.length, root, state };
  return {
    digest: summaryDigest(summary, hash),
    summary,
    pathOf: (index) => pathIn(levels, index),
  };
}

export const summaryDigest = ({ count, root, state }: ResultSummary, hash: Hash): Digest =>
  hash(`results|${count}|${root}|${state ?? "-"}`);

/** Whether the outcome is among those that the digest of all results stands for. */
export function isAmongResults(
  outcome: Outcome,
  { proof, summary, path }: ResultEvidence,
  hash: Hash,
): boolean {
  const root = path.reduce(
    (below, { isLeft, digest }) =>
      isLeft ? pairDigest(digest, below, hash) : pairDigest(below, digest, hash),
    leafOf(outcome, hash),
  );
  return root === summary.root && summaryDigest(summary, hash) === proof.results;
}

// Leaves and pairs begin differently, so that none can be taken for the other.
const leafOf = ({ client, timestamp, result }: Outcome, hash: Hash): Digest =>
  hash(`outcome|${client}|${timestamp}|${result}`);

const pairDigest = (left: Digest, right: Digest, hash: Hash): Digest =>
  hash(`pair|${left}|${right}`);

function levelAbove(level: readonly Digest[], hash: Hash): Digest[] {
  const above: Digest[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const [left, right] = level.slice(index, index + 2);
    // The last of an odd number moves up as it is.
    if (left !== undefined) above.push(right === undefined ? left : pairDigest(left, right, hash));
  }
  return above;
}

function pathIn(levels: readonly (readonly Digest[])[], leaf: number): readonly PathStep[] {
  const path: PathStep[] = [];
  let index = leaf;
  for (const level of levels) {
    const isLeft = index % 2 === 1;
    const digest = level[isLeft ? index - 1 : index + 1];
    if (digest !== undefined) path.push({ isLeft, digest });
    index = Math.floor(index / 2);
  }
  return path;
}
