/**
 * How much a flood is, exactly. Everything follows from three rules: the commander tells all others;
 * each of those tells all others; each word of that second round is told on to all others.
 */

/** Posts of one request, without the request and the reply to the client. */
export interface Posts {
  readonly "pre-prepare": number;
  readonly prepare: number;
  readonly commit: number;
}

/** Who is missing, the commander never among them. */
export interface Cluster {
  readonly n: number;
  readonly offline?: number;
  /** Nodes that corrupt what they say for themselves. */
  readonly liars?: number;
}

const liveOthers = ({ n, offline = 0 }: Cluster): number => n - 1 - offline;

/** L, L² and L³ for L live others: N−1, (N−1)² and (N−1)³ when nobody is missing. */
export function arrivingPosts(cluster: Cluster): Posts {
  const live = liveOthers(cluster);
  return { "pre-prepare": live, prepare: live ** 2, commit: live ** 3 };
}

/** What is sent to absent nodes all the same: x, x·L and x·L². */
export function refusedPosts(cluster: Cluster): Posts {
  const { offline = 0 } = cluster;
  const live = liveOthers(cluster);
  return { "pre-prepare": offline, prepare: offline * live, commit: offline * live ** 2 };
}

export const sumOf = (posts: Posts): number => posts["pre-prepare"] + posts.prepare + posts.commit;

export type Place = "commander" | "liar" | "other";

/** Seed 004's replies at one node: the commits that reach it. */
export interface Replies {
  readonly correct: number;
  readonly corrupt: number;
}

/**
 * A commit at node v is a pair (p, s): s tells on what p prepared, with s ≠ p, s ≠ v, and p not the
 * commander. It is corrupt if p lies: a liar bends its own word and tells on others' words as they are.
 */
export function repliesAt(place: Place, cluster: Cluster): Replies {
  const live = liveOthers(cluster);
  const { liars = 0 } = cluster;
  // The word of any other author is told by all live nodes but the author and v; v's own by one more.
  const tellers = live - 1;
  const isAuthor = place !== "commander";
  const all = live * tellers + (isAuthor ? 1 : 0);
  const corrupt = liars * tellers + (place === "liar" ? 1 : 0);
  return { correct: all - corrupt, corrupt };
}

/** Prepares and commits that reach one node when nobody is missing. */
export function wordsAt(place: Place, n: number): number {
  const { correct, corrupt } = repliesAt(place, { n });
  const prepares = place === "commander" ? n - 1 : n - 2;
  return prepares + correct + corrupt;
}
