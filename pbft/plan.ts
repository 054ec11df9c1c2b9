/** The computation in §4.4 that the new primary does and every backup repeats: what follows from V. */

import type { Digest } from "../core/ids.ts";
import {
  batchDigest,
  type NewView,
  nullBatch,
  type PrePrepare,
  type ViewChange,
} from "./messages.ts";
import type { StableCheckpoint } from "./state.ts";

/** What a set V of view-changes makes of the log: O, and the checkpoint that it stands on. */
export interface Plan {
  /** min-s, with the digest and proof of that checkpoint. */
  readonly stable: StableCheckpoint;
  /** O without signatures: one proposal for each sequence from min-s + 1 to max-s. */
  readonly proposals: readonly PrePrepare[];
}

/** V must have been checked. */
export function planOf(
  { view, viewChanges }: Pick<NewView, "view" | "viewChanges">,
  digest: (text: string) => Digest,
): Plan {
  const all = viewChanges.map(({ message }) => message);
  const stable = highestStable(all);
  const prepared = highestPrepared(all);
  const last = Math.max(stable.sequence, ...prepared.keys());
  const proposals: PrePrepare[] = [];
  for (let sequence = stable.sequence + 1; sequence <= last; sequence += 1) {
    // In a gap nothing can have been decided: it is filled with the null request.
    const batch = prepared.get(sequence)?.batch ?? nullBatch;
    const named = prepared.get(sequence)?.digest ?? batchDigest(batch, digest);
    proposals.push({ kind: "pre-prepare", view, sequence, digest: named, batch });
  }
  return { stable, proposals };
}

function highestStable(viewChanges: readonly ViewChange[]): StableCheckpoint {
  let highest: StableCheckpoint = { sequence: 0, digest: "", proof: [] };
  for (const { stable: sequence, proof } of viewChanges) {
    if (sequence <= highest.sequence) continue;
    highest = { sequence, digest: proof[0]?.message.digest ?? "", proof };
  }
  return highest;
}

/** What prepared at each sequence, in the highest view in which anything did. */
function highestPrepared(viewChanges: readonly ViewChange[]): ReadonlyMap<number, PrePrepare> {
  const highest = new Map<number, PrePrepare>();
  for (const { prePrepare } of viewChanges.flatMap(({ prepared }) => prepared)) {
    const { message } = prePrepare;
    const rival = highest.get(message.sequence);
    if (rival === undefined || message.view > rival.view) highest.set(message.sequence, message);
  }
  return highest;
}
