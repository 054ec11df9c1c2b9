/** The learner: what was chosen is executed in the order of slots, and every K slots the log shrinks. */

import type { NodeId } from "../core/ids.ts";
import type { Delivery, Executed } from "../core/machine.ts";
import type { Out } from "../core/out.ts";
import { ownerOf } from "./ballots.ts";
import type { Chosen, PaxosMessage } from "./messages.ts";
import { follow } from "./office.ts";
import { checkpointRecord } from "./records.ts";
import { isBeyondWindow, noteAhead, type PaxosState, type Slot, slotAt } from "./state.ts";

/** Phase 3: the leader says what was chosen. True whatever this node promised meanwhile. */
export function onChosen(
  state: PaxosState,
  from: NodeId,
  chosen: Chosen,
  out: Out<PaxosMessage>,
): void {
  const objection = objectionToChosen(state, from, chosen);
  if (objection === "slot beyond the window") noteAhead(state);
  if (objection !== undefined) return out.reject(from, objection);

  follow(state, chosen.ballot, out);
  if (chosen.slot <= state.executor.slot) return;
  // The value may still be on its way, or lost: then it is fetched after a while.
  slotAt(state, chosen.slot).chosen = chosen.digest;
  executeReady(state, out);
}

type Objection =
  | "not the owner of the ballot"
  | "slots count from 1"
  | "slot beyond the window"
  | "another value was chosen";

export function objectionToChosen(
  state: PaxosState,
  from: NodeId,
  { ballot, slot, digest }: Chosen,
): Objection | undefined {
  if (from !== ownerOf(ballot)) return "not the owner of the ballot";
  if (slot < 1) return "slots count from 1";
  if (isBeyondWindow(state, slot)) return "slot beyond the window";
  const known = state.slots.get(slot)?.chosen;
  return known === undefined || known === digest ? undefined : "another value was chosen";
}

/** Executes what is chosen and known, as far as there is no gap. */
export function executeReady(state: PaxosState, out: Out<PaxosMessage>): void {
  const { executor, settings } = state;
  for (;;) {
    const slot = state.slots.get(executor.slot + 1);
    if (slot?.value === undefined || slot.chosen !== slot.value.digest) return;
    execute(state, slot, slot.value, out);
    if (slot.number % settings.checkpointInterval === 0) takeCheckpoint(state, out);
  }
}

function execute(
  state: PaxosState,
  { number }: Slot,
  { ballot, digest, requests }: NonNullable<Slot["value"]>,
  out: Out<PaxosMessage>,
): void {
  const messages = requests.map(({ message }) => message);
  const delivery = state.executor.execute(number, ballot, digest, messages);
  out.deliver(delivery);
  if (state.office.kind === "leader") sendReplies(state, delivery, out);
  forgetExecuted(
    state,
    messages.map(({ client }) => client),
  );
}

function sendReplies(state: PaxosState, { slot, executed }: Delivery, out: Out<PaxosMessage>) {
  for (const { client, timestamp, result } of executed) {
    out.send(client, replyOf(state, slot, { client, timestamp, result }));
  }
}

/** The view is the highest ballot that this node knows: the client asks its owner next. */
export const replyOf = (
  { id, promised }: PaxosState,
  slot: number,
  { client, timestamp, result }: Omit<Executed, "operation">,
): PaxosMessage => ({
  kind: "reply",
  view: promised,
  sequence: slot,
  timestamp,
  client,
  replica: id,
  result,
});

/** Nobody waits any more for what was executed. */
export function forgetExecuted(state: PaxosState, clients: Iterable<NodeId>): void {
  for (const client of clients) {
    const waiting = state.waiting.get(client);
    if (waiting !== undefined && state.executor.isOld(waiting.message)) {
      state.waiting.delete(client);
    }
  }
}

/**
 * Keeps the state and gives up the slots of the interval before: the last interval stays, for
 * replicas that are a little behind and for the message log.
 */
function takeCheckpoint(state: PaxosState, out: Out<PaxosMessage>): void {
  const { slot } = state.executor;
  const snapshot = state.executor.snapshot();
  out.persist(checkpointRecord(slot, snapshot));
  out.mark({ name: "checkpoint", view: state.promised, slot });
  state.checkpoint = { slot, snapshot };
  for (const number of state.slots.keys()) {
    if (number <= slot - state.settings.checkpointInterval) state.slots.delete(number);
  }
}
