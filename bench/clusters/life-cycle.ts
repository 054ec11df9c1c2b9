/** Lets nodes crash and come back at the times that their faults say. */

import type { NodeId } from "../../core/ids.ts";
import type { Time } from "../../core/ports.ts";
import { lifeOf } from "../../faults/chain.ts";
import type { PlacedFault } from "../../faults/placed-fault.ts";

export interface Mortal {
  crash(losesDisk: boolean): void;
  recover(): void;
}

/** Times count from zero of the clock. The answer cancels what is still to come. */
export function planLife(
  faults: readonly PlacedFault[],
  node: NodeId,
  time: Time,
  mortal: Mortal,
): () => void {
  const cancels: (() => void)[] = [];
  for (const { atMs, untilMs, losesDisk } of lifeOf(faults, node).crashes) {
    const inMs = (moment: number) => Math.max(0, moment - time.now());
    cancels.push(time.after(inMs(atMs), () => mortal.crash(losesDisk)));
    if (untilMs !== Infinity) cancels.push(time.after(inMs(untilMs), () => mortal.recover()));
  }
  return () => {
    for (const cancel of cancels) cancel();
  };
}
