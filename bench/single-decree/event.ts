/** What happens in a run, as far as somebody wants to hear of it: plain data, so that it travels. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { Acceptance, Mark } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Observer } from "../../core/ports.ts";

export type DecreeEvent =
  | EventOf<{ readonly kind: "mark"; readonly mark: Mark }>
  | EventOf<{ readonly kind: "accept"; readonly acceptance: Acceptance }>
  | EventOf<{ readonly kind: "crash" }>;

type EventOf<Fact> = Fact & { readonly node: NodeId; readonly atMs: Millis };

export type Tell = (event: DecreeEvent) => void;

export const observerFor = (tell: Tell): Observer<Message> => ({
  effect(node, effect, atMs) {
    if (effect.kind === "mark") tell({ kind: "mark", node, atMs, mark: effect.mark });
    if (effect.kind === "accept") {
      tell({ kind: "accept", node, atMs, acceptance: effect.acceptance });
    }
  },
});
