/**
 * Twins (Bano et al., OPODIS 2021): a faulty node as two correct ones under one identity. Both hold the
 * same keys and run the protocol's own code; what they say together may contradict itself.
 */

import type { NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { SimulationObserver } from "./simulation.ts";

/** Which of the two lives: `r0` or `r0'`. */
export type InstanceId = NodeId;

const mark = "'";

export const twinOf = (id: NodeId): InstanceId => `${id}${mark}`;

/** Under which name an instance signs. */
export const identityOf = (instance: InstanceId): NodeId =>
  instance.endsWith(mark) ? instance.slice(0, -mark.length) : instance;

/** Tells the twins apart for whoever watches. */
export function observerOf<M extends Message>(
  instance: InstanceId,
  observer: SimulationObserver<M>,
): SimulationObserver<M> {
  return {
    sent: (_node, ...what) => observer.sent?.(instance, ...what),
    received: (_node, ...what) => observer.received?.(instance, ...what),
    stepped: (_node, ...what) => observer.stepped?.(instance, ...what),
    effect: (_node, ...what) => observer.effect?.(instance, ...what),
  };
}
