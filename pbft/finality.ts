/** What a slot decided, as outsiders check it: a batch and the commits of a quorum. */

import type { NodeId } from "../core/ids.ts";
import { replicaIds } from "../core/ids.ts";
import type { Finality, FinishedSlot, OutsiderSetup } from "../core/protocol.ts";
import { quorumOf } from "../core/quorum.ts";
import { batchDigest, type CommittedCertificate, type PbftMessage } from "./messages.ts";
import type { Objection } from "./objections.ts";

export const finality: Finality<PbftMessage> = {
  speaker: "primary",
  answerKind: "reply",
  createReader: (cluster) => ({ read: (evidence) => read(cluster, evidence) }),
};

function read(
  cluster: OutsiderSetup<PbftMessage>,
  evidence: PbftMessage,
): FinishedSlot | Objection | "no decided slot" {
  if (evidence.kind !== "committed") return "no decided slot";
  const [decision, ...more] = evidence.slots;
  if (decision === undefined || more.length > 0) return "no decided slot";
  const objection = objectionTo(cluster, decision);
  if (objection !== undefined) return objection;
  const { sequence, view, digest, batch } = decision;
  const requests = batch.map(({ message }) => message);
  return { slot: sequence, view, digest, requests, isProven: true };
}

function objectionTo(
  { n, f, tools }: OutsiderSetup<PbftMessage>,
  { view, sequence, digest, batch, commits }: CommittedCertificate,
): Objection | undefined {
  if (sequence < 1 || digest !== batchDigest(batch, tools.digest)) {
    return "certificate with another batch";
  }
  const members = new Set(replicaIds(n));
  const voters = new Set<NodeId>();
  for (const signed of commits) {
    const { message, from } = signed;
    const isForIt =
      message.view === view && message.sequence === sequence && message.digest === digest;
    if (!isForIt || message.replica !== from || !members.has(from)) return "commits do not match";
    if (!tools.isAuthentic(signed)) return "vote not authentic";
    voters.add(from);
  }
  return voters.size >= quorumOf(n, f) ? undefined : "too few commits";
}
