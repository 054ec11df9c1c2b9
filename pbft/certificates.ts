/**
 * Certificates (§4.2–4.4): signed messages that prove something to whoever checks them. Everything that
 * comes inside of another message is checked here before it is believed.
 */

import type { Digest } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import {
  batchDigest,
  type Checkpoint,
  type CommittedCertificate,
  type PrePrepare,
  type PreparedCertificate,
  signedText,
  type ViewChange,
  type Vote,
} from "./messages.ts";
import type { Objection } from "./objections.ts";
import { type PbftState, primaryOf } from "./state.ts";

/** C: q different replicas signed this digest at this sequence. Sequence 0 needs no proof. */
export function objectionToProof(
  state: PbftState,
  sequence: number,
  proof: readonly Signed<Checkpoint>[],
  digest: Digest | undefined = proof[0]?.message.digest,
): Objection | undefined {
  if (sequence === 0) return proof.length === 0 ? undefined : "checkpoint not proven";
  const signers = new Set<string>();
  for (const signed of proof) {
    const { message, from } = signed;
    if (message.sequence !== sequence || message.digest !== digest) return "checkpoint not proven";
    if (!state.numbers.has(from) || message.replica !== from) return "checkpoint not proven";
    if (!isGenuineCheckpoint(state, signed)) return "vote not authentic";
    signers.add(from);
  }
  return signers.size >= state.quorum ? undefined : "checkpoint not proven";
}

/** P: a pre-prepare of its view's primary and q − 1 matching prepares of different backups. */
export function objectionToPrepared(
  state: PbftState,
  { prePrepare, prepares }: PreparedCertificate,
): Objection | undefined {
  const { view, sequence, digest, batch } = prePrepare.message;
  const primary = primaryOf(state, view);
  if (prePrepare.from !== primary) return "certificate not signed by the primary";
  // The clients' signatures need no second look: a correct backup prepared this digest.
  if (digest !== batchDigest(batch, state.tools.digest)) return "certificate with another batch";
  if (!isGenuinePrePrepare(state, prePrepare)) return "certificate not signed by the primary";
  const backups = new Set<string>();
  for (const signed of prepares) {
    if (!matches(state, signed, { view, sequence, digest }) || signed.from === primary) {
      return "prepares do not match";
    }
    if (!isGenuineVote(state, signed)) return "vote not authentic";
    backups.add(signed.from);
  }
  return backups.size >= state.quorum - 1 ? undefined : "too few prepares";
}

/** q commits of different replicas for this digest: nothing else can ever be decided there. */
export function objectionToCommitted(
  state: PbftState,
  certificate: CommittedCertificate,
): Objection | undefined {
  const { digest, batch, commits } = certificate;
  if (digest !== batchDigest(batch, state.tools.digest)) return "certificate with another batch";
  const replicas = new Set<string>();
  for (const signed of commits) {
    if (!matches(state, signed, certificate)) return "commits do not match";
    if (!isGenuineVote(state, signed)) return "vote not authentic";
    replicas.add(signed.from);
  }
  return replicas.size >= state.quorum ? undefined : "too few commits";
}

/** Everything in a view-change message: its checkpoint and its certificates (§4.4). */
export function objectionToViewChange(
  state: PbftState,
  from: string,
  { view, stable, proof, prepared, replica }: ViewChange,
): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== replica) return "not its own name";
  const objection = objectionToProof(state, stable, proof);
  if (objection !== undefined) return objection;
  const high = stable + 2 * state.settings.checkpointInterval;
  const sequences = new Set<number>();
  for (const certificate of prepared) {
    const { message } = certificate.prePrepare;
    if (!(message.sequence > stable && message.sequence <= high)) {
      return "certificate outside the watermarks";
    }
    if (message.view >= view) return "certificate from no earlier view";
    if (sequences.has(message.sequence)) return "two certificates for one sequence";
    sequences.add(message.sequence);
    const flaw = objectionToPrepared(state, certificate);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

interface Place {
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
}

function matches(
  state: PbftState,
  { message, from }: Signed<Vote>,
  { view, sequence, digest }: Place,
): boolean {
  if (message.view !== view || message.sequence !== sequence) return false;
  return message.digest === digest && message.replica === from && state.numbers.has(from);
}

/** The same message under the same signature: what was checked once need not be checked again. */
export function isSame<M extends Parameters<typeof signedText>[0]>(
  known: Signed<M> | undefined,
  signed: Signed<M>,
): boolean {
  if (known === undefined) return false;
  if (known === signed) return true;
  if (known.signature !== signed.signature || known.from !== signed.from) return false;
  return signedText(known.message) === signedText(signed.message);
}

// A view change shows a replica hundreds of votes that it holds itself: checking the signatures of all
// of them again would take minutes at n = 31.

function isGenuineVote(state: PbftState, signed: Signed<Vote>): boolean {
  const slot = state.slots.get(signed.message.sequence);
  const number = state.numbers.get(signed.from) ?? -1;
  const isCommit = signed.message.kind === "commit";
  const current: Signed<Vote> | undefined = isCommit
    ? slot?.commits.of(number)
    : slot?.prepares.of(number);
  if (isSame(current, signed)) return true;
  const earlier = slot?.prepared?.prepares.find(({ from }) => from === signed.from);
  return isSame<Vote>(earlier, signed) || state.tools.isAuthentic(signed);
}

function isGenuinePrePrepare(state: PbftState, signed: Signed<PrePrepare>): boolean {
  const slot = state.slots.get(signed.message.sequence);
  return (
    isSame(slot?.proposal, signed) ||
    isSame(slot?.prepared?.prePrepare, signed) ||
    state.tools.isAuthentic(signed)
  );
}

function isGenuineCheckpoint(state: PbftState, signed: Signed<Checkpoint>): boolean {
  const { sequence } = signed.message;
  const known =
    sequence === state.stable.sequence
      ? state.stable.proof.find(({ from }) => from === signed.from)
      : state.checkpoints.get(sequence)?.of(signed.from);
  return isSame(known, signed) || state.tools.isAuthentic(signed);
}
