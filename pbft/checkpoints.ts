/** Checkpoints and garbage collection (§4.3): q equal signed digests make a state stable. */

import type { Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { hearCheckpoint, noteActed } from "./catch-up.ts";
import type { Checkpoint, PbftMessage, State } from "./messages.ts";
import { objectionToCheckpoint, refuse } from "./objections.ts";
import { persist } from "./records.ts";
import {
  checkpointVotesAt,
  highWatermark,
  lowWatermark,
  type PbftState,
  type StableCheckpoint,
  seal,
} from "./state.ts";

/** Signs the state as it is now and tells everybody. */
export function takeCheckpoint(state: PbftState, out: Out<PbftMessage>): void {
  const sequence = state.executor.slot;
  keepSnapshot(state, { sequence, snapshot: state.executor.snapshot() }, out);
  // A replica that catches up passes checkpoints that are stable everywhere.
  if (sequence <= lowWatermark(state)) return;
  const checkpoint = voteFor(state, sequence);
  if (checkpoint !== undefined) out.broadcast(state.others, checkpoint);
  considerStable(state, sequence, out);
}

/** Keeps a state in memory and on disk, for those who will need it. */
export function keepSnapshot(
  state: PbftState,
  { sequence, snapshot }: Pick<State, "sequence" | "snapshot">,
  out: Out<PbftMessage>,
): void {
  if (sequence < lowWatermark(state)) return;
  state.snapshots.set(sequence, { digest: state.tools.digest(snapshot), text: snapshot });
  persist({ kind: "checkpoint", sequence, snapshot }, out);
}

/** Its own vote for a state that it has. */
export function voteFor(state: PbftState, sequence: number): Checkpoint | undefined {
  const digest = state.snapshots.get(sequence)?.digest;
  if (digest === undefined) return undefined;
  const checkpoint: Checkpoint = { kind: "checkpoint", sequence, digest, replica: state.id };
  checkpointVotesAt(state, sequence).add(state.id, seal(state, checkpoint));
  return checkpoint;
}

export function onCheckpoint(
  state: PbftState,
  signed: Signed<Checkpoint>,
  out: Out<PbftMessage>,
): void {
  const { message: checkpoint, from } = signed;
  const objection = objectionToCheckpoint(state, from, checkpoint);
  if (objection !== undefined) return refuse(out, from, objection);

  const { sequence } = checkpoint;
  // Beyond the window it proves nothing that could be kept, only that this replica is behind.
  if (sequence > highWatermark(state)) return hearCheckpoint(state, from, sequence);
  if (sequence <= lowWatermark(state)) return;
  const votes = checkpointVotesAt(state, sequence);
  if (!votes.add(from, signed)) return refuse(out, from, "voted before");
  if (votes.size > state.f) noteActed(state, sequence);
  considerStable(state, sequence, out);
}

/** Stable once q replicas, this one among them, signed the same digest. */
function considerStable(state: PbftState, sequence: number, out: Out<PbftMessage>): void {
  const own = state.snapshots.get(sequence);
  if (own === undefined) return;
  const votes = checkpointVotesAt(state, sequence);
  const proof = votes.where(({ message }) => message.digest === own.digest);
  if (proof.length < state.quorum) return;
  makeStable(state, { sequence, digest: own.digest, proof: proof.slice(0, state.quorum) }, out);
}

/** Moves the watermarks and collects the log below (§4.3). */
export function makeStable(
  state: PbftState,
  checkpoint: StableCheckpoint,
  out: Out<PbftMessage>,
): void {
  const { sequence } = checkpoint;
  if (sequence <= lowWatermark(state)) return;
  state.stable = checkpoint;
  collect(state, sequence);
  persist({ kind: "stable", sequence, proof: checkpoint.proof }, out);
  // What came from beyond the old high watermark may count now.
  state.isReplayDue = true;
  out.mark({ name: "stable checkpoint", view: state.view, slot: sequence });
}

function collect(state: PbftState, sequence: number): void {
  const collected: typeof state.slots = new Map();
  for (const [number, slot] of state.slots) {
    if (number > sequence) continue;
    collected.set(number, slot);
    state.slots.delete(number);
    state.uncommitted.delete(number);
  }
  state.collected = collected;
  for (const number of [...state.checkpoints.keys()]) {
    if (number <= sequence) state.checkpoints.delete(number);
  }
  for (const number of [...state.snapshots.keys()]) {
    if (number < sequence) state.snapshots.delete(number);
  }
}
