/** What a message from outside must look like, by shape alone. */

import {
  type Check,
  isBoolean,
  isDigest,
  isExactly,
  isId,
  isListOf,
  isMessageOf,
  isOneOf,
  isOptional,
  isRequest,
  isShape,
  isSignature,
  isSigned,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import {
  type Answer,
  type Assignment,
  awaitedPhases,
  type Block,
  type Checkpoint,
  type Commit,
  type Excerpt,
  type FormalBlock,
  type Heartbeat,
  type HeightCheck,
  type LoggedPrepare,
  type NamedBlock,
  type Opening,
  type Participation,
  type PathStep,
  type PrePrepare,
  type PreparatoryBlock,
  type Prepare,
  type Prepared,
  type Proof,
  type Reply,
  type Report,
  type ResultEvidence,
  type ResultSummary,
  type SignedName,
  type Suspicion,
  type Synchronize,
  type VoterAnswer,
} from "./messages.ts";

// More nodes than that fit into no domain, more steps into no hash tree.
const mostNodes = 10_000;
const mostSteps = 64;

const isAssignment = isShape<Assignment>({
  kind: isExactly("assignment"),
  epoch: isWholeNumber,
  primary: isId,
  communication: isId,
  consensus: isListOf(isId, mostNodes),
});
const isSealedAssignment = isOptional(isSigned(isAssignment));

const isBlock = isShape<Block>({
  height: isWholeNumber,
  parent: isDigest,
  requests: isListOf(isSigned(isRequest)),
});

const isVotes = isListOf(
  isShape<LoggedPrepare>({
    node: isId,
    digest: isDigest,
    isYes: isBoolean,
    signature: isSignature,
  }),
  mostNodes,
);

const isProof = isShape<Proof>({
  epoch: isWholeNumber,
  height: isWholeNumber,
  digest: isDigest,
  results: isDigest,
  replies: isListOf(isShape<SignedName>({ node: isId, signature: isSignature }), mostNodes),
  assignment: isSealedAssignment,
});

const isPrepared = isShape<Prepared>({
  epoch: isWholeNumber,
  height: isWholeNumber,
  digest: isDigest,
  votes: isVotes,
  assignment: isSealedAssignment,
});

const isReport = isShape<Report>({
  kind: isExactly("report"),
  epoch: isWholeNumber,
  roles: isDigest,
  node: isId,
  height: isWholeNumber,
  proof: isOptional(isProof),
  prepared: isOptional(isPrepared),
});

const isOpening = isShape<Opening>({
  assignment: isSigned(isAssignment),
  reports: isListOf(isSigned(isReport), mostNodes),
});

const isFormalBlock = isShape<FormalBlock>({
  kind: isExactly("formal-block"),
  block: isBlock,
  proof: isProof,
});

const isSummary = isShape<ResultSummary>({
  count: isWholeNumber,
  root: isDigest,
  state: isOptional(isDigest),
});

const isEvidence = isShape<ResultEvidence>({
  proof: isProof,
  summary: isSummary,
  path: isListOf(isShape<PathStep>({ isLeft: isBoolean, digest: isDigest }), mostSteps),
});

/** Epoch, height and digest: what most phases begin with. */
const ballot = { epoch: isWholeNumber, height: isWholeNumber, digest: isDigest };

export const isCcroMessage: Check = isMessageOf({
  request: isRequest,
  "preparatory-block": isShape<PreparatoryBlock>({
    kind: isExactly("preparatory-block"),
    epoch: isWholeNumber,
    digest: isDigest,
    block: isBlock,
    opening: isOptional(isOpening),
  }),
  "pre-prepare": isShape<PrePrepare>({ kind: isExactly("pre-prepare"), ...ballot }),
  prepare: isShape<Prepare>({
    kind: isExactly("prepare"),
    ...ballot,
    isYes: isBoolean,
    node: isId,
  }),
  commit: isShape<Commit>({ kind: isExactly("commit"), ...ballot, votes: isVotes }),
  reply: isShape<Reply>({ kind: isExactly("reply"), ...ballot, results: isDigest, node: isId }),
  "formal-block": isFormalBlock,
  answer: isShape<Answer>({
    kind: isExactly("answer"),
    epoch: isWholeNumber,
    height: isWholeNumber,
    node: isId,
    client: isId,
    timestamp: isWholeNumber,
    result: isText,
    assignment: isSealedAssignment,
    evidence: isOptional(isEvidence),
  }),
  heartbeat: isShape<Heartbeat>({
    kind: isExactly("heartbeat"),
    epoch: isWholeNumber,
    height: isWholeNumber,
    node: isId,
  }),
  participation: isShape<Participation>({
    kind: isExactly("participation"),
    epoch: isWholeNumber,
    height: isWholeNumber,
    node: isId,
    answers: isListOf(
      isShape<VoterAnswer>({ node: isId, isForBlock: isBoolean, responseUs: isWholeNumber }),
      mostNodes,
    ),
  }),
  "height-check": isShape<HeightCheck>({
    kind: isExactly("height-check"),
    height: isWholeNumber,
    holder: isId,
  }),
  suspicion: isShape<Suspicion>({
    kind: isExactly("suspicion"),
    epoch: isWholeNumber,
    height: isWholeNumber,
    awaited: isOneOf(...awaitedPhases),
    node: isId,
  }),
  assignment: isAssignment,
  report: isReport,
  synchronize: isShape<Synchronize>({
    kind: isExactly("synchronize"),
    epoch: isWholeNumber,
    height: isWholeNumber,
    digest: isOptional(isDigest),
  }),
  excerpt: isShape<Excerpt>({
    kind: isExactly("excerpt"),
    height: isWholeNumber,
    blocks: isListOf(isFormalBlock),
    checkpoint: isOptional(
      isShape<Checkpoint>({ formal: isFormalBlock, summary: isSummary, snapshot: isText }),
    ),
    wanted: isOptional(isShape<NamedBlock>({ digest: isDigest, block: isBlock })),
  }),
});
