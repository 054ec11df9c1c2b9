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
  type Prepare,
  type PreparedCertificate,
  type State,
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
 * one sequence: the strongest lie there is. Without one, the requests of a batch change places; a lone
 * first request gets the next sequence instead, so that it races for two slots.
 */
function otherProposal(message: PrePrepare, tools: Tools): PrePrepare {
  const nameOf = ({ message: { client, timestamp } }: Signed<Request>) => `${client}|${timestamp}`;
  const inBatch = new Set(message.batch.map(nameOf));
  const other = tools.requests.find((request) => !inBatch.has(nameOf(request)));
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

/** The same claim with invented evidence: other participants' names over its own signature. */
function forge(message: PbftMessage, tools: Tools): PbftMessage | undefined {
  switch (message.kind) {
    case "pre-prepare":
      return withBatch(
        message,
        message.batch.map((signed) => inventedRequest(signed, tools)),
        tools,
      );
    case "checkpoint":
      return { ...message, sequence: 2 * message.sequence, digest: tools.digest(corruptText) };
    case "view-change":
      return { ...message, prepared: inventedCertificates(message, tools) };
    case "new-view":
      return withInventedVotes(message, tools);
    case "state":
      return { ...message, ...inventedState(message, tools) };
    default:
      return undefined;
  }
}

const inventedRequest = ({ from, message }: Signed<Request>, tools: Tools): Signed<Request> =>
  inTheNameOf(from, { ...message, operation: corruptText }, tools);

/** Claims that other values prepared than those that did; or, if nothing did, one all the same. */
function inventedCertificates(
  { prepared, stable, view }: ViewChange,
  tools: Tools,
): readonly PreparedCertificate[] {
  const batch = tools.requests.slice(0, 1).map((request) => inventedRequest(request, tools));
  const digest = batchDigest(batch, (text) => tools.digest(text));
  const invent = (place: Place, primary: NodeId, backups: readonly NodeId[]) => ({
    prePrepare: inTheNameOf<PrePrepare>(
      primary,
      { kind: "pre-prepare", ...place, digest, batch },
      tools,
    ),
    prepares: backups.map((replica) =>
      inTheNameOf<Prepare>(replica, { kind: "prepare", ...place, digest, replica }, tools),
    ),
  });
  if (prepared.length === 0) {
    return [invent({ view: view - 1, sequence: stable + 1 }, "r0", ["r1", "r2", "r3"])];
  }
  return prepared.map(({ prePrepare, prepares }) => {
    const { view: before, sequence } = prePrepare.message;
    const backups = prepares.map(({ from }) => from);
    return invent({ view: before, sequence }, prePrepare.from, backups);
  });
}

interface Place {
  readonly view: number;
  readonly sequence: number;
}

/** Everybody else's view-change, rewritten to say that nothing prepared. */
function withInventedVotes(message: NewView, tools: Tools): NewView {
  const viewChanges = message.viewChanges.map(({ from, message: viewChange }) =>
    inTheNameOf(from, hiding(viewChange), tools),
  );
  return { ...forgetting(message, tools), viewChanges, prePrepares: [] };
}

/** A state that nobody signed, under the names of those who signed the true one. */
function inventedState(
  { sequence, proof }: State,
  tools: Tools,
): { readonly snapshot: string; readonly proof: readonly Signed<Checkpoint>[] } {
  const digest = tools.digest(corruptText);
  const invented = proof.map(({ from: replica }) =>
    inTheNameOf<Checkpoint>(replica, { kind: "checkpoint", sequence, digest, replica }, tools),
  );
  return { snapshot: corruptText, proof: invented };
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
