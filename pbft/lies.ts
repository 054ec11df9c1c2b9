/** How a faulty PBFT replica lies well: the most harmful thing to say that still looks like PBFT. */

import type { Lies, LieTools } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import {
  type Batch,
  batchDigest,
  type Checkpoint,
  type NewView,
  nullBatch,
  type PbftMessage,
  type PrePrepare,
  type ViewChange,
} from "./messages.ts";

type Tools = LieTools<PbftMessage>;

// An operation and a result are canonical JSON text.
const corruptText = '"Corrupt"';
const otherText = '"Equivocation"';

export const lies: Lies<PbftMessage> = { corrupt, equivocate, forge, spam };

/** The same statement about a corrupt value. */
function corrupt(message: PbftMessage, tools: Tools): PbftMessage | undefined {
  switch (message.kind) {
    case "pre-prepare":
      return withBatch(message, message.batch.map(corruptRequest), tools);
    case "prepare":
    case "commit":
    case "checkpoint":
      return { ...message, digest: tools.digest(corruptText) };
    case "reply":
      return { ...message, result: corruptText };
    case "view-change":
      return hiding(message);
    case "new-view":
      return forgetting(message, tools);
    case "state":
      return { ...message, snapshot: corruptText };
    case "committed":
      return {
        ...message,
        slots: message.slots.map((slot) => ({ ...slot, batch: slot.batch.map(corruptRequest) })),
      };
    default:
      return undefined;
  }
}

/** The client did not sign this; whoever checks will notice. */
const corruptRequest = (signed: Signed<Request>): Signed<Request> => ({
  ...signed,
  message: { ...signed.message, operation: corruptText },
});

/** The other story: valid on its face, in conflict with the first one. */
function equivocate(message: PbftMessage, tools: Tools): PbftMessage | undefined {
  switch (message.kind) {
    case "pre-prepare":
      return otherProposal(message, tools);
    case "prepare":
    case "commit":
    case "checkpoint":
      return { ...message, digest: tools.digest(otherText) };
    case "reply":
      return { ...message, result: otherText };
    case "view-change":
      return hiding(message);
    case "new-view":
      return forgetting(message, tools);
    default:
      return undefined;
  }
}

/**
 * Another signed request in the same slot passes every check of a backup, and makes two values race for
 * one sequence: the strongest lie there is. Without one, two requests change places; a lone first
 * request gets the next sequence as well, so that the same request races for two slots.
 */
function otherProposal(message: PrePrepare, tools: Tools): PrePrepare {
  const inBatch = new Set(message.batch.map(({ signature }) => signature));
  const other = tools.requests.find(({ signature }) => !inBatch.has(signature));
  if (other !== undefined) return withBatch(message, [other], tools);
  if (message.batch.length > 1) return withBatch(message, message.batch.toReversed(), tools);
  return { ...message, sequence: message.sequence + 1 };
}

const withBatch = (message: PrePrepare, batch: Batch, tools: Tools): PrePrepare => ({
  ...message,
  batch,
  digest: batchDigest(batch, (text) => tools.digest(text)),
});

/** Hides what prepared: the way to make a new view forget what was decided. */
const hiding = (message: ViewChange): ViewChange => ({ ...message, prepared: [] });

/** As new primary: the null request in place of everything that the certificates call for. */
const forgetting = (message: NewView, tools: Tools): NewView => ({
  ...message,
  prePrepares: message.prePrepares.map(({ message: proposal }) =>
    sealed(withBatch(proposal, nullBatch, tools), tools),
  ),
});

/** The same claim with invented evidence: other replicas' names under its own signature. */
function forge(message: PbftMessage, tools: Tools): PbftMessage | undefined {
  switch (message.kind) {
    case "checkpoint":
      return { ...message, sequence: 2 * message.sequence, digest: tools.digest(corruptText) };
    case "view-change":
      return { ...message, prepared: [inventedCertificate(message, tools)] };
    case "new-view":
      return withInventedVotes(message, tools);
    case "state":
      return { ...message, ...inventedState(message.sequence, message.proof, tools) };
    default:
      return undefined;
  }
}

/** Claims that a request which nobody voted for prepared right above the stable checkpoint. */
function inventedCertificate({ view, stable }: ViewChange, tools: Tools) {
  const batch = tools.requests.slice(0, 1);
  const digest = batchDigest(batch, (text) => tools.digest(text));
  const place = { view: view - 1, sequence: stable + 1, digest };
  const names = ["r0", "r1", "r2", "r3", "r4", "r5", "r6"];
  return {
    prePrepare: sealed<PrePrepare>({ kind: "pre-prepare", ...place, batch }, tools),
    prepares: names.map((replica) =>
      inTheNameOf(replica, { kind: "prepare" as const, ...place, replica }, tools),
    ),
  };
}

/** Everybody else's view-change, rewritten to say that nothing prepared. */
function withInventedVotes(message: NewView, tools: Tools): NewView {
  const viewChanges = message.viewChanges.map(({ from, message: viewChange }) =>
    inTheNameOf(from, hiding(viewChange), tools),
  );
  return { ...forgetting(message, tools), viewChanges, prePrepares: [] };
}

function inventedState(
  sequence: number,
  proof: readonly Signed<Checkpoint>[],
  tools: Tools,
): { readonly snapshot: string; readonly proof: readonly Signed<Checkpoint>[] } {
  const snapshot = corruptText;
  const digest = tools.digest(snapshot);
  return {
    snapshot,
    proof: proof.map(({ from }) =>
      inTheNameOf(from, { kind: "checkpoint" as const, sequence, digest, replica: from }, tools),
    ),
  };
}

/** A view-change that nobody needs. */
function spam(view: number, tools: Tools): ViewChange {
  return {
    kind: "view-change",
    view: view + 1,
    stable: 0,
    proof: [],
    prepared: [],
    replica: tools.self,
  };
}

const sealed = <M extends PbftMessage>(message: M, tools: Tools): Signed<M> => ({
  ...tools.seal(message),
  message,
});

const inTheNameOf = <M extends PbftMessage>(from: NodeId, message: M, tools: Tools): Signed<M> => ({
  ...sealed(message, tools),
  from,
});
