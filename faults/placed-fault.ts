/** A fault as asked for, and as it is placed on nodes. */

import type { Millis, NodeId } from "../core/ids.ts";

/** `MODE[(ARGS)]@WHO[/FROM-UNTIL]` in parts. */
export interface FaultRequest {
  readonly mode: string;
  readonly args: readonly string[];
  /** `commander`, `communication`, ids joined by +, or a number of nodes to draw. */
  readonly who: string;
  readonly fromMs: Millis;
  /** Infinity when it lasts. */
  readonly untilMs: Millis;
}

/** The same, once it is known on whom. */
export interface PlacedFault extends Omit<FaultRequest, "who"> {
  readonly nodes: readonly NodeId[];
}
