/** Observers put together, and told the time by another clock than their node's. */

import type { Millis } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { SimulationObserver } from "./simulation.ts";

/** Each sees everything, in the order in which they are named. */
export function allOf<M extends Message>(
  ...observers: readonly SimulationObserver<M>[]
): SimulationObserver<M> {
  return {
    sent: (...seen) => {
      for (const observer of observers) observer.sent?.(...seen);
    },
    received: (...seen) => {
      for (const observer of observers) observer.received?.(...seen);
    },
    stepped: (...seen) => {
      for (const observer of observers) observer.stepped?.(...seen);
    },
    effect: (...seen) => {
      for (const observer of observers) observer.effect?.(...seen);
    },
    lost: (...seen) => {
      for (const observer of observers) observer.lost?.(...seen);
    },
    refused: (...seen) => {
      for (const observer of observers) observer.refused?.(...seen);
    },
  };
}

/** Where a node's own clock is wrong. What is lost already comes with the true time. */
export function timedBy<M extends Message>(
  now: () => Millis,
  observer: SimulationObserver<M>,
): SimulationObserver<M> {
  return {
    sent: (node, to, signed) => observer.sent?.(node, to, signed, now()),
    received: (node, signed) => observer.received?.(node, signed, now()),
    stepped: (node, input, effects) => observer.stepped?.(node, input, effects, now()),
    effect: (node, effect) => observer.effect?.(node, effect, now()),
    lost: (...seen) => observer.lost?.(...seen),
    refused: (...seen) => observer.refused?.(...seen),
  };
}
