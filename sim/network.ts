/** What a network does to one message. */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Random } from "../core/random.ts";

/** The delays after which copies arrive: none when it is lost, two when it is duplicated. */
export type Network = (passage: Passage) => readonly Millis[];

export interface Passage {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  readonly now: Millis;
  readonly random: Random;
}

/** Every message takes the same time. */
export const fixedDelay =
  (delayMs: Millis): Network =>
  () => [delayMs];

/** Delays drawn evenly between two bounds, so that messages overtake each other. */
export const uniformDelay =
  (lowMs: Millis, highMs: Millis): Network =>
  ({ random }) => [lowMs + (highMs - lowMs) * random.fraction()];

/** Loses messages with a probability. */
export const lossy =
  (probability: number, network: Network): Network =>
  (passage) =>
    passage.random.chance(probability) ? [] : network(passage);

/** Delivers some messages twice. */
export const duplicating =
  (probability: number, network: Network): Network =>
  (passage) =>
    passage.random.chance(probability)
      ? [...network(passage), ...network(passage)]
      : network(passage);

export interface Partition {
  readonly fromMs: Millis;
  readonly untilMs: Millis;
  /** Nodes in different groups do not hear each other; a node in no group hears everybody. */
  readonly groups: readonly (readonly NodeId[])[];
}

/** Cuts the network into groups for a while. */
export const partitioned =
  (partitions: readonly Partition[], network: Network): Network =>
  (passage) =>
    partitions.some((partition) => isCut(partition, passage)) ? [] : network(passage);

function isCut({ fromMs, untilMs, groups }: Partition, { from, to, now }: Passage): boolean {
  if (now < fromMs || now >= untilMs) return false;
  const groupOf = (node: NodeId) => groups.findIndex((group) => group.includes(node));
  const [sender, receiver] = [groupOf(from), groupOf(to)];
  return sender !== -1 && receiver !== -1 && sender !== receiver;
}
