/**
 * The leader: gives waiting requests their slots, several at a time, and tells everybody what a
 * majority accepted. Acceptors answer the leader alone, so a slot costs 3(n − 1) messages.
 */

import type { NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { countFor } from "../core/votes.ts";
import { record } from "./acceptor.ts";
import { executeReady } from "./learner.ts";
import type { Accepted, PaxosMessage } from "./messages.ts";
import {
  type Leader,
  mostUnderWay,
  type PaxosState,
  type Slot,
  slotAt,
  type Value,
} from "./state.ts";
import { makeValue, noteNewest, proposalOf } from "./values.ts";

// A batch that is not full leaves only while fewer than this many slots are under way, so that under
// load batches fill up with what waits. A full one need not wait. As in PBFT here: equal terms.
const slotsBesidePartialBatch = 1;
// Slots that are proposed again at once when answers stay away.
const mostResent = 64;

/** Takes a request up, once. */
export function enqueue(leader: Leader, signed: Signed<Request>): void {
  const { client, timestamp } = signed.message;
  if ((leader.taken.get(client) ?? -1) >= timestamp) return;
  leader.taken.set(client, timestamp);
  leader.queue.push(signed);
}

/** Proposes what is queued, as far as the window and the wish for batches allow. */
export function proposeQueued(state: PaxosState, leader: Leader, out: Out<PaxosMessage>): void {
  const { batch } = state.settings;
  while (leader.queue.length > 0) {
    const underWay = leader.nextSlot - 1 - state.executor.slot;
    if (underWay >= mostUnderWay(state)) return;
    if (underWay >= slotsBesidePartialBatch && leader.queue.length < batch) return;
    proposeNext(state, leader, leader.queue.splice(0, batch), out);
  }
}

/** Phase 2a in the next slot; the leader's own acceptor is the first to accept. */
export function proposeNext(
  state: PaxosState,
  leader: Leader,
  requests: readonly Signed<Request>[],
  out: Out<PaxosMessage>,
): void {
  const slot = slotAt(state, leader.nextSlot);
  leader.nextSlot += 1;
  noteNewest(leader.taken, requests);
  const checked = makeValue(state, state.promised, requests);
  record(slot, checked, out);
  slot.votes.add(state.id, checked.value);
  out.broadcast(state.others, { kind: "accept", ...proposalOf(slot.number, checked.value) });
  if (slot.chosen === checked.value.digest) announce(state, slot, checked.value, out);
  else advance(state, slot, checked.value, out);
}

/** Phase 2b arrives. Votes that come late are kept, too: they are part of the message log. */
export function onAccepted(
  state: PaxosState,
  from: NodeId,
  accepted: Accepted,
  out: Out<PaxosMessage>,
): void {
  const slot = state.slots.get(accepted.slot);
  const value = slot?.value;
  if (state.office.kind !== "leader") return out.reject(from, "not the leader");
  if (accepted.ballot !== state.promised) return out.reject(from, "another ballot");
  if (slot === undefined || value?.ballot !== accepted.ballot) {
    return out.reject(from, "nothing proposed in this slot");
  }
  if (!slot.votes.add(from, accepted)) return out.reject(from, "second vote");
  advance(state, slot, value, out);
}

/** Chosen, once a majority of different acceptors accepted the value in one ballot. */
function advance(state: PaxosState, slot: Slot, value: Value, out: Out<PaxosMessage>): void {
  if (slot.chosen !== undefined) return;
  if (countFor(slot.votes, value.digest) < state.majority) return;
  slot.chosen = value.digest;
  out.mark({ name: "chosen", view: value.ballot, slot: slot.number });
  announce(state, slot, value, out);
}

function announce(
  state: PaxosState,
  { number: slot }: Slot,
  { ballot, digest }: Value,
  out: Out<PaxosMessage>,
): void {
  executeReady(state, out);
  out.broadcast(state.others, { kind: "chosen", ballot, slot, digest });
}

/** Asks again those that have not voted. */
export function resend(state: PaxosState, leader: Leader, out: Out<PaxosMessage>): void {
  const first = state.executor.slot + 1;
  const last = Math.min(leader.nextSlot, first + mostResent) - 1;
  for (let number = first; number <= last; number += 1) {
    const slot = state.slots.get(number);
    if (slot?.value?.ballot !== state.promised || slot.chosen !== undefined) continue;
    const silent = state.others.filter((replica) => slot.votes.of(replica) === undefined);
    out.broadcast(silent, { kind: "accept", ...proposalOf(number, slot.value) });
  }
}
