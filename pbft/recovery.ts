/** How a replica comes back from its disk: it relives what it recorded, in silence, then asks on. */

import { unreachable } from "../core/assert.ts";
import type { Json } from "../core/encoding.ts";
import type { Pledge } from "../core/machine.ts";
import { Out } from "../core/out.ts";
import { ask } from "./catch-up.ts";
import { keepSnapshot, makeStable, voteFor } from "./checkpoints.ts";
import { admitLoss } from "./lost-records.ts";
import type { PbftMessage } from "./messages.ts";
import { enter } from "./new-view.ts";
import { accept, advance } from "./normal-case.ts";
import { planOf } from "./plan.ts";
import { type PbftRecord, preparesOf, readRecord } from "./records.ts";
import { forgetExecuted, noteProposed } from "./requests.ts";
import { lowWatermark, type PbftState, slotAt } from "./state.ts";
import { changeView } from "./view-change.ts";

/** First step of every life; one with a past has missed something meanwhile. */
export function recover(
  state: PbftState,
  records: readonly Json[],
  lost: Pledge | undefined,
  out: Out<PbftMessage>,
): void {
  if (records.length === 0 && lost === undefined) return;
  // What it says now it has said before: its votes are made again, but not sent. What it executes, it
  // does execute.
  const silent = new Out<PbftMessage>();
  for (const record of records) relive(state, readRecord(record), silent);
  if (lost !== undefined) admitLoss(state, lost);
  for (const effect of silent.effects) if (effect.kind === "deliver") out.deliver(effect.delivery);
  out.mark({ name: "recovered", view: state.view, slot: state.executor.slot });
  ask(state, out);
}

function relive(state: PbftState, record: PbftRecord, silent: Out<PbftMessage>): void {
  switch (record.kind) {
    case "accepted": {
      const { proposal } = record;
      noteProposed(state, proposal.message.batch);
      return accept(state, slotAt(state, proposal.message.sequence), proposal, silent);
    }
    case "prepared": {
      const slot = slotAt(state, record.sequence);
      for (const prepare of preparesOf(record)) {
        slot.prepares.add(state.numbers.get(prepare.from) ?? -1, prepare);
      }
      return advance(state, slot, silent);
    }
    case "view change":
      return changeView(state, record.view, silent);
    case "new view":
      return enter(
        state,
        record.newView,
        planOf(record.newView.message, state.tools.digest),
        silent,
      );
    case "checkpoint":
      if (record.sequence > state.executor.slot) state.executor.restore(record.snapshot);
      keepSnapshot(state, record, silent);
      if (record.sequence > lowWatermark(state)) voteFor(state, record.sequence);
      return forgetExecuted(state);
    case "stable": {
      const { sequence, proof } = record;
      const digest = proof[0]?.message.digest ?? "";
      return makeStable(state, { sequence, digest, proof }, silent);
    }
    default:
      return unreachable(record);
  }
}
