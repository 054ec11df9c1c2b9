/** How PBFT runs under a console. */

import type { Settings } from "../../core/protocol.ts";

export const usualNodes = 4;
/** P0; the others count up. */
export const usualPort = 5000;
export const usualClientPort = 7000;

export const consoleSettings: Settings = {
  // A transaction at a time, so that one can watch it.
  batch: 1,
  // Every transaction ends with a checkpoint: a node that was away finds the whole state.
  checkpointInterval: 1,
  // No timer of a replica runs here, for the operator is its clock. Nobody answers the same question
  // more often than four times in this time.
  timeoutMs: 100,
};
