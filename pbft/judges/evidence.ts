/** The certificates of PBFT wherever a replica shows them: §4.3 C, §4.4 P, V and O, commits. */

import type { NodeId } from "../../core/ids.ts";
import { replicaIds } from "../../core/ids.ts";
import type { Certificate, CertifiedVote } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import type { Signed } from "../../core/messages.ts";
import { faultsTolerated, quorumOf } from "../../core/quorum.ts";
import {
  type Checkpoint,
  type Commit,
  type CommittedCertificate,
  type NewView,
  type PbftMessage,
  type PrePrepare,
  type Prepare,
  type PreparedCertificate,
  signedText,
  type ViewChange,
} from "../messages.ts";
import type { PbftRecord } from "../records.ts";

interface Sizes {
  readonly quorum: number;
  readonly replicas: readonly NodeId[];
}

export function certificatesIn(effect: Effect<PbftMessage>, n: number): readonly Certificate[] {
  const sizes = { quorum: quorumOf(n, faultsTolerated(n)), replicas: replicaIds(n) };
  if (effect.kind === "send" || effect.kind === "broadcast") return shown(effect.message, sizes);
  if (effect.kind !== "persist") return [];
  const record = effect.record as unknown as PbftRecord;
  return record.kind === "stable" ? stable(record.sequence, record.proof, sizes) : [];
}

function shown(message: PbftMessage, sizes: Sizes): readonly Certificate[] {
  switch (message.kind) {
    case "view-change":
      return ofViewChange(message, sizes);
    case "new-view":
      return ofNewView(message, sizes);
    case "state":
      return stable(message.sequence, message.proof, sizes);
    case "committed":
      return message.slots.map((slot) => committed(slot, sizes));
    default:
      return [];
  }
}

const ofViewChange = (
  { stable: sequence, proof, prepared: slots }: ViewChange,
  sizes: Sizes,
): readonly Certificate[] => [
  ...stable(sequence, proof, sizes),
  ...slots.map((slot) => prepared(slot, sizes)),
];

function ofNewView(
  { view, viewChanges, prePrepares }: NewView,
  sizes: Sizes,
): readonly Certificate[] {
  const says = `view ${view}`;
  const votes = viewChanges.map((signed) => vote(signed, `view ${signed.message.view}`));
  const isWanted = { name: "wanted", slot: 0, needed: sizes.quorum, says };
  const primary = sizes.replicas[view % sizes.replicas.length];
  return [
    { ...isWanted, mayVote: sizes.replicas, votes },
    ...viewChanges.flatMap(({ message }) => ofViewChange(message, sizes)),
    ...prePrepares.map((signed) => ({
      name: "proposed",
      slot: signed.message.sequence,
      needed: 1,
      says: proposalOf(signed),
      mayVote: primary === undefined ? [] : [primary],
      votes: [vote(signed, proposalOf(signed))],
    })),
  ];
}

function stable(
  sequence: number,
  proof: readonly Signed<Checkpoint>[],
  { quorum, replicas }: Sizes,
): readonly Certificate[] {
  // Sequence 0 needs no proof.
  if (sequence === 0) return [];
  const stateOf = ({ message }: Signed<Checkpoint>) =>
    `state ${message.digest} after ${message.sequence}`;
  const votes = proof.map((signed) => vote(signed, stateOf(signed)));
  const says = `state ${proof[0]?.message.digest ?? "unknown"} after ${sequence}`;
  return [{ name: "stable", slot: sequence, needed: quorum, says, mayVote: replicas, votes }];
}

/** The pre-prepare is the primary's vote. */
const prepared = (
  { prePrepare, prepares }: PreparedCertificate,
  { quorum, replicas }: Sizes,
): Certificate => ({
  name: "prepared",
  slot: prePrepare.message.sequence,
  needed: quorum,
  says: proposalOf(prePrepare),
  mayVote: replicas,
  votes: [prePrepare, ...prepares].map((signed) => vote(signed, proposalOf(signed))),
});

const committed = (
  { view, sequence, digest, commits }: CommittedCertificate,
  { quorum, replicas }: Sizes,
): Certificate => ({
  name: "committed",
  slot: sequence,
  needed: quorum,
  says: `${digest} in view ${view} at ${sequence}`,
  mayVote: replicas,
  votes: commits.map((signed) => vote(signed, proposalOf(signed))),
});

const proposalOf = ({ message }: Signed<PrePrepare | Prepare | Commit>): string =>
  `${message.digest} in view ${message.view} at ${message.sequence}`;

const vote = (signed: Signed<PbftMessage>, says: string): CertifiedVote => ({
  voter: signed.from,
  says,
  text: signedText(signed.message),
});
