/** Lets nodes crash and come back at the times that their faults say. */

import type { NodeId } from "../../core/ids.ts";
import type { Time } from "../../core/ports.ts";
import { lifeOf } from "../../faults/chain.ts";
import type { PlacedFault } from "../../faults/placed-fault.ts";

import type { HostedNode } from "../../host/hosted-node.ts";

export interface Mortal {
  crash(losesDisk: boolean): void;
  recover(): void;
}

/** A node whose port is taken when it comes back stays away, and that is said. */
export const mortalNode = (node: HostedNode): Mortal => ({
  crash: (losesDisk) => node.crash(losesDisk),
  recover: () => {
    node.recover().catch((error) => console.error(`${node.id} does not come back: ${error}`));
  },
});

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
