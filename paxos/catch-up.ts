/**
 * Catching up: what others know to be chosen is fetched, and the whole state where the log was
 * collected. One node's word is enough here, as everywhere in Paxos: nodes fail, they do not lie.
 */

import type { NodeId } from "../core/ids.ts";
import type { Out } from "../core/out.ts";
import { executeReady, forgetExecuted } from "./learner.ts";
import type { Fetch, PaxosMessage, Proposal, Snapshot, Values } from "./messages.ts";
import { follow } from "./office.ts";
import { checkpointRecord } from "./records.ts";
import { leaderOf, noteAhead, type PaxosState, setValue, slotAt } from "./state.ts";
import { proposalOf, readProposal, type ValueObjection } from "./values.ts";

// Slots in one answer; whoever needs more asks again.
const mostValues = 64;

/** Asks the leader first, then anybody: the leader may be the one that is down. */
export function fetchMissing(state: PaxosState, out: Out<PaxosMessage>): void {
  const { timers, others, tools } = state;
  const [somebody] = tools.random.sample(others, 1);
  const isLeadersTurn = timers.fetches % 2 === 0 && leaderOf(state) !== state.id;
  const target = isLeadersTurn ? leaderOf(state) : somebody;
  timers.fetches += 1;
  if (target !== undefined) fetchFrom(state, target, out);
}

/** From the first slot that this node has not executed. */
export const fetchFrom = (state: PaxosState, target: NodeId, out: Out<PaxosMessage>): void =>
  out.send(target, { kind: "fetch", slot: state.executor.slot + 1 });

export function onFetch(
  state: PaxosState,
  from: NodeId,
  { slot }: Fetch,
  out: Out<PaxosMessage>,
): void {
  const { checkpoint, promised: ballot } = state;
  const isCollected = slot <= state.executor.slot && !state.slots.has(slot);
  if (isCollected && checkpoint !== undefined) {
    const { snapshot } = checkpoint;
    return out.send(from, { kind: "snapshot", ballot, slot: checkpoint.slot, snapshot });
  }
  const values = valuesFrom(state, slot);
  out.send(from, { kind: "values", ballot, executed: state.executor.slot, values });
}

function valuesFrom(state: PaxosState, first: number): readonly Proposal[] {
  const last = Math.min(state.executor.slot, first + mostValues - 1);
  const values: Proposal[] = [];
  for (let number = first; number <= last; number += 1) {
    const value = state.slots.get(number)?.value;
    if (value === undefined) break;
    values.push(proposalOf(number, value));
  }
  return values;
}

export function onValues(
  state: PaxosState,
  from: NodeId,
  { ballot, executed, values }: Values,
  out: Out<PaxosMessage>,
): void {
  const before = state.executor.slot;
  follow(state, ballot, out);
  for (const proposal of values) {
    const objection = learn(state, proposal, out);
    if (objection !== undefined) return out.reject(from, objection);
  }
  if (executed <= state.executor.slot) return;
  noteAhead(state);
  if (state.executor.slot > before) fetchFrom(state, from, out);
}

type Objection = ValueObjection | "another value was chosen";

function learn(
  state: PaxosState,
  proposal: Proposal,
  out: Out<PaxosMessage>,
): Objection | undefined {
  if (proposal.slot !== state.executor.slot + 1) return undefined;
  const read = readProposal(state, proposal);
  if (typeof read === "string") return read;
  const slot = slotAt(state, proposal.slot);
  const { digest } = read.value;
  if (slot.chosen !== undefined && slot.chosen !== digest) return "another value was chosen";
  slot.chosen = digest;
  if (slot.value?.digest !== digest) setValue(slot, read.value, read.requests);
  executeReady(state, out);
  return undefined;
}

/** Goes on from another replica's state. */
export function onSnapshot(
  state: PaxosState,
  from: NodeId,
  { ballot, slot, snapshot }: Snapshot,
  out: Out<PaxosMessage>,
): void {
  follow(state, ballot, out);
  if (slot <= state.executor.slot) return out.reject(from, "snapshot of the past");
  if (!takeOver(state, slot, snapshot)) return out.reject(from, "unreadable snapshot");
  out.persist(checkpointRecord(slot, snapshot));
  out.mark({ name: "state transferred", view: state.promised, slot });
  state.checkpoint = { slot, snapshot };
  state.highest = Math.max(state.highest, slot);
  for (const number of state.slots.keys()) if (number <= slot) state.slots.delete(number);
  forgetExecuted(state, [...state.waiting.keys()]);
  executeReady(state, out);
  fetchFrom(state, from, out);
}

/** False, and nothing has changed, when the text is no snapshot of that slot. */
function takeOver({ executor }: PaxosState, slot: number, snapshot: string): boolean {
  const before = executor.snapshot();
  try {
    executor.restore(snapshot);
    if (executor.slot === slot) return true;
  } catch {
    // Read as far as it could be; what it spoiled is put back below.
  }
  executor.restore(before);
  return false;
}
