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

/** Who is asked, and how that is done best. */
export interface Questioning {
  /** How many answers in a row must say the same. */
  readonly agreeing: number;
  /** So many times it is asked again in the next turn of the event loop, then after a pause. */
  readonly quickTries: number;
}

/** Everybody lives in this process: one answer tells all, and costs next to nothing. */
export const wholeTruth: Questioning = { agreeing: 1, quickTries: 5000 };

/** Nodes are asked one by one: while one answers, another may speak to one that has answered. */
export const manyVoices: Questioning = { agreeing: 2, quickTries: 2 };

/**
 * Asks until nothing is on its way: what a sender has not heard back of, or a receiver has not handled
 * yet, one of them always counts. False if that took too long.
 */
export async function untilQuiet(
  read: () => Promise<Traffic>,
  patienceMs: Millis,
  { agreeing, quickTries }: Questioning,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  let before = noTraffic;
  let alike = 0;
  for (let tries = 0; ; tries += 1) {
    // Also before the first answer: whoever asks again and again must not keep others from acting.
    await pause(tries - quickTries);
    const now = await read();
    alike = isStill(now) ? (alike > 0 && isSame(before, now) ? alike + 1 : 1) : 0;
    if (alike >= agreeing) return true;
    if (performance.now() >= until) return false;
    before = now;
  }
}

const longestPauseMs = 20;

/** Most rounds are over within some turns of the event loop; a timer would cost more than they do. */
function pause(slowTries: number): Promise<void> {
  return new Promise((resolve) => {
    if (slowTries < 0) setImmediate(resolve);
    else setTimeout(resolve, Math.min(slowTries + 1, longestPauseMs));
  });
}

const isStill = ({ underWay, heldBack }: Traffic): boolean => underWay === 0 && heldBack === 0;

const isSame = (a: Traffic, b: Traffic): boolean => a.sent === b.sent && a.received === b.received;
