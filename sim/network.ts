/** What a network does to one message. */

import { assert } from "../core/assert.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Random } from "../core/random.ts";

/** The delays after which copies arrive: none when it is lost, two when it is duplicated. */
export type Network = (passage: Passage) => readonly Millis[];

export interface Passage {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  /** The view or epoch that the message names, if it names one. */
  readonly view: number | undefined;
  readonly now: Millis;
  readonly random: Random;
}

/** Which view a message is about; protocols call it view or epoch. */
export function viewOf(message: Message): number | undefined {
  const { view, epoch } = message as Message & {
    readonly view?: unknown;
    readonly epoch?: unknown;
  };
  const named = view ?? epoch;
  return typeof named === "number" ? named : undefined;
}

/** Every message takes the same time. */
export const fixedDelay =
  (delayMs: Millis): Network =>
  () => [delayMs];

/** Delays drawn evenly between two bounds, so that messages overtake each other. */
export const uniformDelay =
  (lowMs: Millis, highMs: Millis): Network =>
  ({ random }) => [lowMs + (highMs - lowMs) * random.fraction()];

export interface NormalDelay {
  readonly meanMs: Millis;
  readonly deviationMs: Millis;
  readonly leastMs: Millis;
}

/** Delays from a normal distribution; what would fall below the least takes the least. */
export const normalDelay =
  ({ meanMs, deviationMs, leastMs }: NormalDelay): Network =>
  ({ random }) => [Math.max(leastMs, meanMs + deviationMs * standardNormal(random))];

/**
 * Twelve even draws add up to nearly a normal one, to the same on every machine: logarithms and
 * cosines may differ in their last digit.
 */
function standardNormal(random: Random): number {
  let sum = -6;
  for (let draws = 0; draws < 12; draws += 1) sum += random.fraction();
  return sum;
}

export interface MatrixDelay {
  /** Between places, by row (from) and column (to). */
  readonly roundTripMs: readonly (readonly Millis[])[];
  placeOf(node: NodeId): number;
  /** Up to this share is added to each delay. */
  readonly jitter: number;
}

/** Nodes stand in places; a message takes half the round trip between theirs. */
export const matrixDelay =
  ({ roundTripMs, placeOf, jitter }: MatrixDelay): Network =>
  ({ from, to, random }) => {
    const roundTrip = roundTripMs[placeOf(from)]?.[placeOf(to)];
    assert(roundTrip !== undefined, `the matrix knows the places of ${from} and ${to}`);
    return [(roundTrip / 2) * (1 + (jitter > 0 ? jitter * random.fraction() : 0))];
  };

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
