/**
 * What replicas come to, compared across all correct ones: nothing else commits where something
 * committed (CASES I1), what commits was prepared by f + 1 of them (I7), one view prepares one value
 * (I8), and no correct primary proposes against what an earlier view committed (§4.4).
 */

import type { Digest, NodeId } from "../../core/ids.ts";
import type { Inspected, Inspector, Violation } from "../../core/inspector.ts";
import type { Mark } from "../../core/machine.ts";
import { weakQuorumOf } from "../../core/quorum.ts";
import type { PbftMessage, PrePrepare } from "../messages.ts";

interface Outcome {
  readonly node: NodeId;
  readonly view: number;
  readonly slot: number;
  readonly digest: Digest;
}

export function createOutcomes({ f }: Inspected): Inspector<PbftMessage> {
  const prepared = new Map<string, { readonly digest: Digest; readonly nodes: Set<NodeId> }>();
  const committed = new Map<number, Outcome>();
  const proposed = new Map<number, Outcome[]>();
  const stable = new Map<NodeId, number>();

  function onPrepared(outcome: Outcome): readonly Violation[] {
    const { node, view, slot, digest } = outcome;
    const place = `${view} ${slot}`;
    const first = prepared.get(place) ?? { digest, nodes: new Set([node]) };
    prepared.set(place, first);
    first.nodes.add(node);
    if (first.digest === digest) return [];
    const [other = node] = first.nodes;
    return [
      conflict("one value a view", { ...outcome, node: other, digest: first.digest }, outcome),
    ];
  }

  function onCommitted(outcome: Outcome): readonly Violation[] {
    const { node, view, slot, digest } = outcome;
    const first = committed.get(slot) ?? outcome;
    // The earliest view binds the most.
    committed.set(slot, view < first.view ? outcome : first);
    const certificate = prepared.get(`${view} ${slot}`);
    const holders = certificate?.digest === digest ? certificate.nodes : new Set<NodeId>();
    const others = [...stable].filter(([id, upTo]) => upTo >= slot && !holders.has(id));
    const weak = `${node} committed ${digest} in view ${view}, which ${holders.size} correct replicas prepared`;
    return [
      ...(first.digest === digest ? [] : [conflict("committed once", first, outcome)]),
      ...(proposed.get(slot) ?? []).flatMap((proposal) => against(outcome, proposal)),
      ...(holders.size + others.length >= weakQuorumOf(f)
        ? []
        : [{ judge: "prepared by f + 1", slot, nodes: [node], digests: [digest], message: weak }]),
    ];
  }

  function onProposed(outcome: Outcome): readonly Violation[] {
    const { slot } = outcome;
    proposed.set(slot, [...(proposed.get(slot) ?? []), outcome]);
    const decision = committed.get(slot);
    return decision === undefined ? [] : against(decision, outcome);
  }

  function onMark(node: NodeId, { name, view, slot, detail: digest }: Mark): readonly Violation[] {
    if (slot === undefined) return [];
    if (name === "stable checkpoint") stable.set(node, Math.max(stable.get(node) ?? 0, slot));
    if (digest === undefined) return [];
    if (name === "prepared") return onPrepared({ node, view, slot, digest });
    return name === "committed" ? onCommitted({ node, view, slot, digest }) : [];
  }

  return {
    stepped: (node, _input, effects) =>
      effects.flatMap((effect) => (effect.kind === "mark" ? onMark(node, effect.mark) : [])),
    sent(node, message) {
      const proposals = proposalsIn(message).filter(({ view, sequence, digest }) =>
        isNew(proposed.get(sequence), { view, digest }),
      );
      return proposals.flatMap(({ view, sequence: slot, digest }) =>
        onProposed({ node, view, slot, digest }),
      );
    },
  };
}

function proposalsIn(message: PbftMessage): readonly PrePrepare[] {
  if (message.kind === "pre-prepare") return [message];
  if (message.kind !== "new-view") return [];
  return message.prePrepares.map((signed) => signed.message);
}

const isNew = (
  known: readonly Outcome[] = [],
  { view, digest }: Pick<Outcome, "view" | "digest">,
): boolean => !known.some((other) => other.view === view && other.digest === digest);

const against = (decision: Outcome, proposal: Outcome): readonly Violation[] =>
  proposal.view > decision.view && proposal.digest !== decision.digest
    ? [conflict("nothing against a decision", decision, proposal)]
    : [];

const conflict = (judge: string, first: Outcome, second: Outcome): Violation => ({
  judge,
  slot: first.slot,
  nodes: [first.node, second.node],
  digests: [first.digest, second.digest],
  message: `slot ${first.slot} is ${first.digest} at ${first.node} in view ${first.view} and ${second.digest} at ${second.node} in view ${second.view}`,
});
