/**
 * The courses' equivocation: a faulty leader gives one request two consecutive sequence numbers, n to
 * the nodes it names and n + 1 to everybody else. On its face each of the two is a proper proposal.
 */

import { blockDigest } from "../../ccro/blocks.ts";
import type { PreparatoryBlock } from "../../ccro/messages.ts";
import type { Fault, FaultContext } from "../../core/fault.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import type { Accept } from "../../paxos/messages.ts";
import type { PrePrepare } from "../../pbft/messages.ts";

type Digest = (text: string) => string;

/** What a leader proposes with, and the same for the next sequence number. */
const nextInSequence: Readonly<Record<string, (message: Message, digest: Digest) => Message>> = {
  "pre-prepare": (message) => {
    const { sequence, ...proposal } = message as PrePrepare;
    return { ...proposal, sequence: sequence + 1 };
  },
  accept: (message) => {
    const { slot, ...proposal } = message as Accept;
    return { ...proposal, slot: slot + 1 };
  },
  "preparatory-block": (message, digest) => {
    const { block, ...proposal } = message as PreparatoryBlock;
    const next = { ...block, height: block.height + 1 };
    return { ...proposal, block: next, digest: blockDigest(next, digest) };
  },
};

export function twoNumbers<M extends Message>(named: readonly NodeId[]): Fault<M> {
  const hearFirst = new Set(named);
  // One other story for each proposal, however many hear it: it is sealed once.
  const renumbered = new WeakMap<M, M>();
  return {
    name: "equivocation",
    onSend(envelope, context) {
      if (hearFirst.has(envelope.to) || !context.peers.includes(envelope.to)) return [envelope];
      const { message } = envelope;
      const other = renumbered.get(message) ?? otherStory(message, context);
      if (other === undefined) return [envelope];
      renumbered.set(message, other);
      context.witness();
      return [{ ...envelope, message: other, forwarded: undefined }];
    },
  };
}

function otherStory<M extends Message>(
  message: M,
  { tools, role }: FaultContext<M>,
): M | undefined {
  const isLeading = leadingRoles.has(role);
  const renumber = isLeading ? nextInSequence[message.kind] : undefined;
  // The kind says which message it is, and so which one comes out.
  return renumber?.(message, tools.digest) as M | undefined;
}

/** What the one is called that proposes. */
export const leadingRoles: ReadonlySet<string> = new Set(["primary", "leader"]);
