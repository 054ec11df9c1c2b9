/**
 * What a correct replica never says twice differently: one prepare and one commit for each view and
 * sequence (CASES I2), and as primary one pre-prepare, with numbers that only rise (I3).
 */

import type { Digest, NodeId } from "../../core/ids.ts";
import type { Inspector, Violation } from "../../core/inspector.ts";
import type { PbftMessage, PrePrepare, Vote } from "../messages.ts";

export function createStatements(): Inspector<PbftMessage> {
  const said = new Map<NodeId, Map<string, Digest>>();
  const highest = new Map<NodeId, Map<number, number>>();

  function compare(node: NodeId, { kind, view, sequence, digest }: PrePrepare | Vote) {
    const known = said.get(node) ?? new Map<string, Digest>();
    said.set(node, known);
    const place = `${kind} ${view} ${sequence}`;
    const first = known.get(place);
    if (first === undefined) known.set(place, digest);
    if (first === undefined || first === digest) return [];
    const digests = [first, digest];
    const message = `${node} sent a ${kind} for ${first} and one for ${digest} in view ${view} at ${sequence}`;
    return [{ judge: "one statement a slot", slot: sequence, nodes: [node], digests, message }];
  }

  function count(node: NodeId, { view, sequence, digest }: PrePrepare): readonly Violation[] {
    const views = highest.get(node) ?? new Map<number, number>();
    highest.set(node, views);
    const last = views.get(view) ?? 0;
    views.set(view, Math.max(last, sequence));
    if (sequence > last) return [];
    const message = `${node} numbered a proposal ${sequence} in view ${view} after ${last}`;
    return [{ judge: "rising numbers", slot: sequence, nodes: [node], digests: [digest], message }];
  }

  return {
    stepped(node, input, effects) {
      // What a life said last a crash may have undone: the next one counts from its disk.
      if (input.kind === "start") highest.delete(node);
      return effects.flatMap((effect) => {
        if (effect.kind !== "broadcast") return [];
        const { message } = effect;
        if (message.kind === "pre-prepare") return count(node, message);
        if (message.kind !== "new-view") return [];
        return message.prePrepares.flatMap((signed) => count(node, signed.message));
      });
    },
    sent(node, message) {
      switch (message.kind) {
        case "pre-prepare":
        case "prepare":
        case "commit":
          return compare(node, message);
        case "new-view":
          return message.prePrepares.flatMap((signed) => compare(node, signed.message));
        default:
          return [];
      }
    },
  };
}
