/** The message log as every protocol shows it, and what a vote count says about one request. */

import type { Json } from "./encoding.ts";
import type { Digest, NodeId } from "./ids.ts";

/** One slot at one node. */
export interface LogEntry {
  readonly slot: number;
  /** The last view (epoch, ballot) in which this node saw something proposed here. */
  readonly view: number;
  /** How far this node got: proposed, prepared, committed, executed … */
  readonly state: string;
  /** What this node saw proposed, each with the digests of its requests in order. */
  readonly values: readonly { readonly digest: Digest; readonly requests: readonly Digest[] }[];
  /** The votes that reached this node, its own included. */
  readonly votes: readonly LoggedVote[];
  /** Whose vote was due here in the last voting phase. */
  readonly voters: readonly NodeId[];
  /** What this node notes besides, such as the trust that it puts in others now: rows of a table. */
  readonly notes?: readonly Readonly<Record<string, Json>>[];
}

export interface LoggedVote {
  readonly phase: string;
  readonly voter: NodeId;
  readonly view: number;
  readonly digest: Digest;
}

/** What one participant was told about one request. */
export interface Tally {
  readonly correct: number;
  readonly corrupt: number;
  readonly missing: number;
}

/**
 * Counts the votes of `phase` in the entry's last view: correct if they name a value that holds the
 * request, corrupt if another, missing for each voter that sent none.
 */
export function tallyOf(entry: LogEntry | undefined, request: Digest, phase: string): Tally {
  if (entry === undefined) return { correct: 0, corrupt: 0, missing: 0 };
  const right = new Set(
    entry.values.filter(({ requests }) => requests.includes(request)).map(({ digest }) => digest),
  );
  const votes = entry.votes.filter((vote) => vote.phase === phase && vote.view === entry.view);
  const correct = votes.filter(({ digest }) => right.has(digest)).length;
  const voted = new Set(votes.map(({ voter }) => voter));
  const missing = entry.voters.filter((voter) => !voted.has(voter)).length;
  return { correct, corrupt: votes.length - correct, missing };
}
