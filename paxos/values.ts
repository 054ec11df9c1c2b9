/** Values: lists of signed requests under one digest, made and checked. */

import type { Digest, NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Ballot } from "./ballots.ts";
import { digestOfValue, digestsOf, type Proposal } from "./messages.ts";
import type { PaxosState, Value } from "./state.ts";

/** A value as it was checked, with the digests of its requests. */
export interface CheckedValue {
  readonly value: Value;
  readonly requests: readonly Digest[];
}

/** A value from requests whose signatures this node has seen to. */
export function makeValue(
  { tools }: PaxosState,
  ballot: Ballot,
  signed: readonly Signed<Request>[],
): CheckedValue {
  const hash = (text: string) => tools.digest(text);
  const requests = digestsOf(signed, hash);
  return { value: { ballot, digest: digestOfValue(requests, hash), requests: signed }, requests };
}

export type ValueObjection = "digest of another value" | "request not by its client";

/**
 * The value of a proposal, or why it is none. Crash-fault Paxos could take its leader's word; it
 * checks its clients' signatures all the same, because every protocol of this lab does.
 */
export function readProposal(state: PaxosState, proposal: Proposal): CheckedValue | ValueObjection {
  const read = makeValue(state, proposal.ballot, proposal.requests);
  if (read.value.digest !== proposal.digest) return "digest of another value";
  if (!proposal.requests.every((signed) => isByItsClient(state, signed))) {
    return "request not by its client";
  }
  return read;
}

const isByItsClient = ({ tools }: PaxosState, signed: Signed<Request>): boolean =>
  signed.from === signed.message.client && tools.isAuthentic(signed);

/** A value as it travels. */
export const proposalOf = (slot: number, { ballot, digest, requests }: Value): Proposal => ({
  slot,
  ballot,
  digest,
  requests,
});

/** The newest timestamp of each client in a value. */
export function noteNewest(newest: Map<NodeId, number>, requests: readonly Signed<Request>[]) {
  for (const { message } of requests) {
    const known = newest.get(message.client) ?? -1;
    newest.set(message.client, Math.max(known, message.timestamp));
  }
}
