/** The two timers of a replica, and how long they run: one time-out policy for both. */

import type { Millis } from "../core/ids.ts";
import type { PbftState } from "./state.ts";

/** Runs out when a primary does not get a request executed, or a new view does not begin. */
export const viewTimer = "view";
/** Runs out when nothing moves although something should. */
export const catchUpTimer = "catch-up";

/** Never started: runs out when an operator has lost patience, whatever the clock says. */
export const operatorTimer = "operator";

// Time-outs double with each view change in a row, at most this often.
const mostViewDoublings = 5;
// So do the pauses between questions that brought nothing.
const mostCatchUpDoublings = 4;

/** T for the first view change in a row and for the view it leads to, then 2T, 4T … (§4.5.2). */
export const viewPatience = ({ attempts, settings }: PbftState): Millis =>
  settings.timeoutMs * 2 ** Math.min(Math.max(attempts - 1, 0), mostViewDoublings);

/**
 * Half of T, so that what was lost is asked for before a primary is suspected for it; twice so, then
 * T, 2T …
 */
export const catchUpPatience = ({ catchUp, settings }: PbftState): Millis =>
  (settings.timeoutMs / 2) * 2 ** Math.min(Math.max(catchUp.vain - 1, 0), mostCatchUpDoublings);
