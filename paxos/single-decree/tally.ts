/** The votes that a learner or a proposer heard: by ballot, once per acceptor. */

import type { Digest, NodeId } from "../../core/ids.ts";
import { requestDigest } from "../../core/messages.ts";
import type { Tools } from "../../core/protocol.ts";
import { countFor, Votes } from "../../core/votes.ts";
import type { Ballot } from "../ballots.ts";
import { isByItsClient } from "./decrees.ts";
import type { Accepted, Decree, SingleDecreeMessage } from "./messages.ts";

export interface Tally {
  readonly votes: Map<Ballot, Votes<{ readonly digest: Digest }>>;
  /** What was voted for, once its client's signature was seen to. */
  readonly decrees: Map<Digest, Decree>;
}

export type TallyObjection = "request not by its client" | "second vote";

/** Counts a vote; answers how many voted the same in that ballot, or why this one does not count. */
export function countVote(
  tally: Tally,
  tools: Tools<SingleDecreeMessage>,
  from: NodeId,
  { ballot, decree }: Accepted,
): { readonly digest: Digest; readonly count: number } | TallyObjection {
  const digest = digestOf(tools, decree);
  if (!tally.decrees.has(digest)) {
    if (!isByItsClient(tools, decree)) return "request not by its client";
    tally.decrees.set(digest, decree);
  }
  const votes = tally.votes.get(ballot) ?? new Votes();
  tally.votes.set(ballot, votes);
  if (!votes.add(from, { digest })) return "second vote";
  return { digest, count: countFor(votes, digest) };
}

export const digestOf = (tools: Tools<SingleDecreeMessage>, { message }: Decree): Digest =>
  requestDigest(message, (text) => tools.digest(text));
