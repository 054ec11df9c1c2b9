/** What a node of a flood keeps. */

import { Executor } from "../core/executor.ts";
import { type Digest, type NodeId, replicaIds } from "../core/ids.ts";
import { type Request, requestDigest } from "../core/messages.ts";
import type { MemberSetup } from "../core/protocol.ts";
import type { FloodMessage } from "./messages.ts";
import { type Places, Slot } from "./slot.ts";

export interface FloodState {
  readonly setup: MemberSetup<FloodMessage>;
  readonly self: NodeId;
  readonly commander: NodeId;
  readonly places: Places;
  readonly others: readonly NodeId[];
  /** By sequence, the oldest first. */
  readonly slots: Map<number, Slot>;
  /** The commander's own copy of the service: what it answers with. It agrees with nobody on it. */
  readonly executor: Executor;
}

/** The first member commands, for ever. */
export const commander: NodeId = "r0";

// Older slots are forgotten, and with them their logs; never one that waits for its answer.
const rememberedSlots = 128;

export function createState(setup: MemberSetup<FloodMessage>): FloodState {
  const members = replicaIds(setup.n);
  return {
    setup,
    self: setup.id,
    commander,
    places: new Map(members.map((member, place) => [member, place])),
    others: members.filter((member) => member !== setup.id),
    slots: new Map(),
    executor: new Executor(setup.service, (text) => setup.tools.digest(text)),
  };
}

/** What was heard about a sequence so far. */
export function slotAt({ slots, places }: FloodState, sequence: number): Slot {
  const known = slots.get(sequence);
  if (known !== undefined) return known;
  const slot = new Slot(sequence, places);
  slots.set(sequence, slot);
  if (slots.size > rememberedSlots) forgetOldest(slots);
  return slot;
}

function forgetOldest(slots: Map<number, Slot>): void {
  for (const { sequence, unanswered } of slots.values()) {
    if (unanswered !== undefined) continue;
    slots.delete(sequence);
    return;
  }
}

export const digestFor = ({ setup: { tools } }: FloodState, request: Request): Digest =>
  requestDigest(request, (text) => tools.digest(text));
