/**
 * The judges that CCRO brings along: a node votes once and replies once for each epoch and height,
 * whatever happens to it, and after its report for an epoch it gives no new reply in an older one (R5).
 */

import type { NodeId } from "../../core/ids.ts";
import type { Inspector, Violation } from "../../core/inspector.ts";
import type { CcroMessage, Prepare, Reply } from "../messages.ts";
import type { RuleSet } from "../rules.ts";

export const createInspectors = (rules: RuleSet): readonly Inspector<CcroMessage>[] => [
  createOneVote(),
  ...(rules.handOver.mayReplyInOlderEpochs ? [] : [createNoOldReplies()]),
];

/** By what left it, over all its lives. */
export function createOneVote(): Inspector<CcroMessage> {
  const said = new Map<string, string>();
  return {
    sent(node, message) {
      if (message.kind !== "prepare" && message.kind !== "reply") return [];
      const { kind, epoch, height, digest } = message;
      const place = `${node} ${kind} ${epoch} ${height}`;
      const first = said.get(place) ?? contentOf(message);
      said.set(place, first);
      if (first === contentOf(message)) return [];
      const why = `a ${kind} for ${first} and one for ${contentOf(message)} in epoch ${epoch}`;
      return [complain("one vote a height", node, { height, digest }, why)];
    },
  };
}

const contentOf = (message: Prepare | Reply): string =>
  message.kind === "prepare"
    ? `${message.isYes ? "" : "not "}${message.digest}`
    : `${message.digest} with results ${message.results}`;

/** Within one life: what a crash undid was never said. */
export function createNoOldReplies(): Inspector<CcroMessage> {
  const reported = new Map<NodeId, number>();
  const replied = new Set<string>();
  return {
    stepped(node, input, effects) {
      if (input.kind === "start") reported.delete(node);
      return effects.flatMap((effect) => {
        if (effect.kind !== "send" && effect.kind !== "broadcast") return [];
        const { message } = effect;
        const last = reported.get(node) ?? 0;
        if (message.kind === "report") reported.set(node, Math.max(last, message.epoch));
        if (message.kind !== "reply") return [];
        const place = `${node} ${message.epoch} ${message.height} ${message.digest}`;
        const isNew = !replied.has(place);
        replied.add(place);
        if (!isNew || message.epoch >= last) return [];
        const why = `a reply in epoch ${message.epoch} after its report for epoch ${last}`;
        return [complain("no reply in older epochs", node, message, why)];
      });
    },
  };
}

const complain = (
  judge: string,
  node: NodeId,
  { height, digest }: Pick<Reply, "height" | "digest">,
  why: string,
): Violation => ({
  judge,
  slot: height,
  nodes: [node],
  digests: [digest],
  message: `${node} sent at height ${height} ${why}`,
});
