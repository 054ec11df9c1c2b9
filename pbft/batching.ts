/** The primary's part of §4.2: when it proposes, and how many requests at once (TOCS 2002, on batching). */

import type { Out } from "../core/out.ts";
import { batchDigest, type PbftMessage, type PrePrepare } from "./messages.ts";
import { accept } from "./normal-case.ts";
import { persist } from "./records.ts";
import { takeBatch } from "./requests.ts";
import { highWatermark, isPrimary, type PbftState, seal, slotAt } from "./state.ts";

/**
 * A batch that is not full leaves only while fewer than this many slots are under way, so that under
 * load batches fill up with what waits (the paper's W). A full one need not wait.
 */
const slotsBesidePartialBatch = 1;

/** Proposes what waits, as far as the window allows. */
export function propose(state: PbftState, out: Out<PbftMessage>): void {
  if (state.queue.size === 0 || state.isViewChanging || !isPrimary(state)) return;
  while (mayPropose(state)) proposeNext(state, out);
}

function mayPropose(state: PbftState): boolean {
  const waiting = state.queue.size;
  const underWay = state.uncommitted.size;
  if (waiting === 0 || nextSequence(state) > highWatermark(state)) return false;
  // Half a window, so that backups have heard of a checkpoint before they need the room it makes.
  if (underWay >= state.settings.checkpointInterval) return false;
  return waiting >= state.settings.batch || underWay < slotsBesidePartialBatch;
}

function proposeNext(state: PbftState, out: Out<PbftMessage>): void {
  const { view } = state;
  const sequence = nextSequence(state);
  const batch = takeBatch(state);
  const digest = batchDigest(batch, state.tools.digest);
  const prePrepare: PrePrepare = { kind: "pre-prepare", view, sequence, digest, batch };
  const proposal = seal(state, prePrepare);
  persist({ kind: "accepted", proposal }, out);
  out.broadcast(state.others, prePrepare);
  accept(state, slotAt(state, sequence), proposal, out);
}

const nextSequence = ({ lastProposed, executor, stable }: PbftState): number =>
  Math.max(lastProposed, executor.slot, stable.sequence) + 1;
