/** Everything that a message may do wrong, each with a name, one line of code and a row in a test. */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Request } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import type { Checkpoint, Fetch, PbftMessage, PrePrepare, Vote } from "./messages.ts";
import { batchDigest } from "./messages.ts";
import { highWatermark, lowWatermark, type PbftState, primaryOf } from "./state.ts";

/** All of them, so that a test can see that each is raised somewhere. */
export const objections = [
  "not a member",
  "not its own name",
  "not for a replica",
  "older than its client's last request",
  "not from the primary",
  "prepare of the primary",
  "earlier view",
  "below the low watermark",
  "above the high watermark",
  "no room for later messages",
  "no request in it",
  "more requests than a batch holds",
  "digest of another batch",
  "request not signed by its client",
  "pre-prepare twice",
  "conflicting pre-prepare",
  "not what was decided",
  "voted before",
  "no checkpoint there",
  "asks too often",
  "not newer than its last",
  "checkpoint not proven",
  "certificate outside the watermarks",
  "certificate from no earlier view",
  "two certificates for one sequence",
  "certificate not signed by the primary",
  "certificate with another batch",
  "prepares do not match",
  "too few prepares",
  "commits do not match",
  "too few commits",
  "vote not authentic",
  "view-change of another view",
  "view-change twice",
  "view-change not authentic",
  "without the primary's view-change",
  "too few view-changes",
  "not the proposals that follow",
  "nothing new",
  "cannot vote without its records",
] as const;

export type Objection = (typeof objections)[number];

export const refuse = (out: Out<PbftMessage>, from: NodeId, objection: Objection): void =>
  out.reject(from, objection);

/** What is wrong with a client's request (§4.1). */
export function objectionToRequest(
  state: PbftState,
  from: NodeId,
  { client, timestamp }: Request,
): Objection | undefined {
  if (from !== client) return "not its own name";
  const executed = state.executor.lastReply(client)?.timestamp ?? -1;
  const waiting = state.waiting.get(client)?.signed.message.timestamp ?? -1;
  if (timestamp < Math.max(executed, waiting)) return "older than its client's last request";
  return undefined;
}

/** What is wrong with a pre-prepare wherever and whenever it comes (§4.2). */
export function objectionToPrePrepare(
  state: PbftState,
  from: NodeId,
  { view, sequence, batch }: PrePrepare,
): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== primaryOf(state, view)) return "not from the primary";
  // Only a new view may fill a slot with the null request.
  if (batch.length === 0) return "no request in it";
  if (batch.length > state.settings.batch) return "more requests than a batch holds";
  return objectionToPlace(state, view, sequence);
}

/** What is wrong with a pre-prepare for a slot of the current view (§4.2). */
export function objectionToProposal(
  state: PbftState,
  prePrepare: PrePrepare,
): Objection | undefined {
  const { sequence, digest, batch } = prePrepare;
  if (digest !== batchDigest(batch, state.tools.digest)) return "digest of another batch";
  const slot = state.slots.get(sequence);
  const accepted = slot?.proposal?.message.digest;
  if (accepted !== undefined) {
    return accepted === digest ? "pre-prepare twice" : "conflicting pre-prepare";
  }
  const decided = slot?.decision?.digest;
  return decided === undefined || decided === digest ? undefined : "not what was decided";
}

/** A vote that names another digest is no offence (§4.2): it counts for another value. */
export function objectionToVote(state: PbftState, from: NodeId, vote: Vote): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== vote.replica) return "not its own name";
  // Its pre-prepare already is the primary's vote: a prepare would count it twice.
  if (vote.kind === "prepare" && from === primaryOf(state, vote.view)) {
    return "prepare of the primary";
  }
  return objectionToPlace(state, vote.view, vote.sequence);
}

/** Views passed and sequences that will never come. What only comes early is no offence. */
function objectionToPlace(state: PbftState, view: number, sequence: number): Objection | undefined {
  if (view < state.view) return "earlier view";
  if (!Number.isSafeInteger(sequence) || sequence <= lowWatermark(state)) {
    return "below the low watermark";
  }
  // As far again as the window is long, messages may just have overtaken a checkpoint.
  const furthest = highWatermark(state) + 2 * state.settings.checkpointInterval;
  return sequence > furthest ? "above the high watermark" : undefined;
}

/** What is wrong with a checkpoint message (§4.3). */
export function objectionToCheckpoint(
  state: PbftState,
  from: NodeId,
  { sequence, replica }: Checkpoint,
): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== replica) return "not its own name";
  if (!Number.isSafeInteger(sequence) || sequence <= 0) return "no checkpoint there";
  if (sequence % state.settings.checkpointInterval !== 0) return "no checkpoint there";
  return undefined;
}

/** Answers cost much more than questions: nobody gets them twice for the same one in a short time. */
export function objectionToFetch(
  state: PbftState,
  from: NodeId,
  { replica, executed }: Fetch,
  now: Millis,
): Objection | undefined {
  if (!state.numbers.has(from)) return "not a member";
  if (from !== replica) return "not its own name";
  const last = state.catchUp.answered.get(from);
  if (last === undefined || executed > last.executed) return undefined;
  return now - last.at < state.settings.timeoutMs / 4 ? "asks too often" : undefined;
}
