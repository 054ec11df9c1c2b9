/** What data from outside must look like to be a PBFT message at all. */

import {
  isBoolean,
  isDigest,
  isExactly,
  isId,
  isListOf,
  isMessageOf,
  isReply,
  isRequest,
  isShape,
  isSigned,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import type {
  Checkpoint,
  Commit,
  Committed,
  CommittedCertificate,
  Fetch,
  NewView,
  PrePrepare,
  Prepare,
  PreparedCertificate,
  State,
  ViewChange,
} from "./messages.ts";

const isBatch = isListOf(isSigned(isRequest));

export const isPrePrepare = isShape<PrePrepare>({
  kind: isExactly("pre-prepare"),
  view: isWholeNumber,
  sequence: isWholeNumber,
  digest: isDigest,
  batch: isBatch,
});

const isPrepare = isShape<Prepare>({
  kind: isExactly("prepare"),
  view: isWholeNumber,
  sequence: isWholeNumber,
  digest: isDigest,
  replica: isId,
});

const isCommit = isShape<Commit>({
  kind: isExactly("commit"),
  view: isWholeNumber,
  sequence: isWholeNumber,
  digest: isDigest,
  replica: isId,
});

const isCheckpoint = isShape<Checkpoint>({
  kind: isExactly("checkpoint"),
  sequence: isWholeNumber,
  digest: isDigest,
  replica: isId,
});

export const isProof = isListOf(isSigned(isCheckpoint));

const isPreparedCertificate = isShape<PreparedCertificate>({
  prePrepare: isSigned(isPrePrepare),
  prepares: isListOf(isSigned(isPrepare)),
});

const isViewChange = isShape<ViewChange>({
  kind: isExactly("view-change"),
  view: isWholeNumber,
  stable: isWholeNumber,
  proof: isProof,
  prepared: isListOf(isPreparedCertificate),
  replica: isId,
});

export const isNewView = isShape<NewView>({
  kind: isExactly("new-view"),
  view: isWholeNumber,
  viewChanges: isListOf(isSigned(isViewChange)),
  prePrepares: isListOf(isSigned(isPrePrepare)),
});

const isFetch = isShape<Fetch>({
  kind: isExactly("fetch"),
  view: isWholeNumber,
  isViewChanging: isBoolean,
  viewChanges: isListOf(isId),
  stable: isWholeNumber,
  executed: isWholeNumber,
  supplier: isId,
  replica: isId,
});

const isCommittedCertificate = isShape<CommittedCertificate>({
  view: isWholeNumber,
  sequence: isWholeNumber,
  digest: isDigest,
  batch: isBatch,
  commits: isListOf(isSigned(isCommit)),
});

const isCommitted = isShape<Committed>({
  kind: isExactly("committed"),
  slots: isListOf(isCommittedCertificate),
  replica: isId,
});

const isState = isShape<State>({
  kind: isExactly("state"),
  sequence: isWholeNumber,
  proof: isProof,
  snapshot: isText,
  replica: isId,
});

export const isPbftMessage = isMessageOf({
  request: isRequest,
  "pre-prepare": isPrePrepare,
  prepare: isPrepare,
  commit: isCommit,
  reply: isReply,
  checkpoint: isCheckpoint,
  "view-change": isViewChange,
  "new-view": isNewView,
  fetch: isFetch,
  committed: isCommitted,
  state: isState,
});
