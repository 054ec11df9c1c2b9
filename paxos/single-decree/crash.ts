/** A crash in the middle of a phase: as seed 003 has it tested, but at any node and any phase. */

import type { Fault } from "../../core/fault.ts";
import type { SingleDecreeMessage } from "./messages.ts";

/**
 * The node falls silent for good just before it would first send a message of this kind: with
 * `promise`, in phase 1.2, after it was asked and before it answers.
 */
export function crashBefore(kind: SingleDecreeMessage["kind"]): Fault<SingleDecreeMessage> {
  let hasCrashed = false;
  return {
    name: "crash",
    onSend(envelope, { witness }) {
      if (envelope.message.kind === kind) hasCrashed = true;
      if (!hasCrashed) return [envelope];
      witness();
      return [];
    },
  };
}
