/**
 * What every judge is: one property of a run, watched delivery by delivery. Judges hear of honest
 * nodes and of clients only; what they hear may come from the simulator, from HTTP or from a test.
 */

import type { NodeId, Operation } from "../../core/ids.ts";
import type { Violation } from "../../core/inspector.ts";
import type { Acceptance, Delivery } from "../../core/machine.ts";

export type { Violation } from "../../core/inspector.ts";

/** All that a judge may be told; each listens to what concerns it. */
export interface Judge {
  submitted?(client: NodeId, operation: Operation): void;
  delivered?(node: NodeId, delivery: Delivery): readonly Violation[];
  /** The node took over the state after this slot from others; undefined where that is not known. */
  jumped?(node: NodeId, slot: number | undefined): void;
  /** The node lives again: it may execute again what it had executed before. */
  restarted?(node: NodeId): void;
  accepted?(client: NodeId, acceptance: Acceptance): readonly Violation[];
  /** Nothing more will happen. */
  ended?(): readonly Violation[];
}
