/** What each protocol is drawn for by the rough runs, and what must hold then. */

import { modes } from "../../faults/modes.ts";

export interface Expectation {
  readonly sizes: readonly number[];
  /** Ways in which up to f nodes fail. */
  readonly modes: readonly string[];
  readonly isSafe: boolean;
  readonly isLive: boolean;
  /** Marks that runs must come to, or they try nothing: CASES A6, negative controls. */
  readonly reached: readonly string[];
}

/** A crash is one that loses the disk: whoever keeps it is not faulty. */
const everyMode = modes.map(({ name }) => name).filter((name) => name !== "offline");
// Not "crash", as drawn here: an acceptor that forgets what it promised breaks it.
const omissions = ["dark", "delay", "bad-signature"];
/** Whoever only fails in these ways never says anything wrong: what it executes is judged. */
export const harmless = new Set([...omissions, "crash", "replay"]);

const hybrid = {
  sizes: [6, 6, 7, 8, 9],
  modes: everyMode,
  reached: ["completed", "suspected", "epoch opened", "state transferred", "rolled back"],
};

export const expectations: ReadonlyMap<string, Expectation> = new Map([
  [
    "pbft",
    {
      sizes: [4, 4, 5, 6, 7, 10],
      modes: everyMode,
      isSafe: true,
      isLive: true,
      reached: [
        "committed",
        "stable checkpoint",
        "new view",
        "state transferred",
        "recovered",
        "equivocation",
      ],
    },
  ],
  ["ccro-safe", { ...hybrid, isSafe: true, isLive: true }],
  // As published they fork: shown, not failed.
  ["ccro", { ...hybrid, isSafe: false, isLive: false }],
  ["ccro-certified", { ...hybrid, isSafe: false, isLive: false }],
  [
    "paxos",
    {
      sizes: [3, 3, 4, 5, 7],
      modes: omissions,
      isSafe: true,
      isLive: true,
      reached: ["chosen", "leader elected", "checkpoint", "state transferred"],
    },
  ],
  ["flood", { sizes: [2, 3, 4], modes: everyMode, isSafe: true, isLive: false, reached: [] }],
]);
