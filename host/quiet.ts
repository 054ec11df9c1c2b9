/** When a cluster has fallen silent: nothing under way, nothing held back, nothing new. */

import type { Millis } from "../core/ids.ts";

/** What one process, or one node, knows of its messages; control messages do not count. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
  /** Posted and not answered, or taken in and not handled. */
  readonly underWay: number;
  /** Kept by a fault, to leave later. */
  readonly heldBack: number;
}

export const noTraffic: Traffic = { sent: 0, received: 0, underWay: 0, heldBack: 0 };

export const addTraffic = (a: Traffic, b: Traffic): Traffic => ({
  sent: a.sent + b.sent,
  received: a.received + b.received,
  underWay: a.underWay + b.underWay,
  heldBack: a.heldBack + b.heldBack,
});

/**
 * Asks until two answers in a row say the same and nothing is on its way: what a sender has not heard
 * back of, or a receiver has not handled yet, one of them always counts. False if that took too long.
 */
export async function untilQuiet(
  read: () => Promise<Traffic>,
  patienceMs: Millis,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  let before: Traffic | undefined;
  for (let tries = 0; ; tries += 1) {
    const now = await read();
    if (isStill(now) && before?.sent === now.sent && before.received === now.received) return true;
    if (performance.now() >= until) return false;
    before = isStill(now) ? now : undefined;
    await pause(tries);
  }
}

// Most rounds are over within some turns of the event loop; a timer would cost more than they do.
const quickTries = 50;
const longestPauseMs = 20;

function pause(tries: number): Promise<void> {
  return new Promise((resolve) => {
    if (tries < quickTries) setImmediate(resolve);
    else setTimeout(resolve, Math.min(tries - quickTries + 1, longestPauseMs));
  });
}

const isStill = ({ underWay, heldBack }: Traffic): boolean => underWay === 0 && heldBack === 0;
