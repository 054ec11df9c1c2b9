/** A fault that is only at work for a while. */

import type { Fault } from "../core/fault.ts";
import type { Millis } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";

export interface Window {
  readonly fromMs: Millis;
  /** The first moment at which it is over; Infinity when it lasts. */
  readonly untilMs: Millis;
}

/** Outside of the window everything passes as it is, and nothing is said unasked. */
export function during<M extends Message>(fault: Fault<M>, { fromMs, untilMs }: Window): Fault<M> {
  const isOpen = (now: Millis) => now >= fromMs && now < untilMs;
  const windowed: Fault<M> = {
    name: fault.name,
    onSend: (envelope, context) =>
      isOpen(context.now) ? fault.onSend(envelope, context) : [envelope],
  };
  if (fault.everyMs === undefined) return windowed;
  return {
    ...windowed,
    everyMs: fault.everyMs,
    onTick: (context) => (isOpen(context.now) ? (fault.onTick?.(context) ?? []) : []),
  };
}
