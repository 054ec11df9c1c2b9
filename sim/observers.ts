/** Several observers as one. */

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
  };
}
