/**
 * What signatures cover: every field, by value or by digest. Fields stand between bars; no field but
 * the last one can hold a bar. A list begins with its length, so that no two messages share a text.
 */

import { unreachable } from "../core/assert.ts";
import { requestText, type Signed } from "../core/messages.ts";
import type {
  Answer,
  Assignment,
  Block,
  CcroMessage,
  Checkpoint,
  Excerpt,
  FormalBlock,
  LoggedPrepare,
  NamedBlock,
  Opening,
  Prepared,
  Proof,
  Report,
  ResultEvidence,
  ResultSummary,
  VoterAnswer,
} from "./messages.ts";

export function signedText(message: CcroMessage): string {
  switch (message.kind) {
    case "request":
      return requestText(message);
    case "preparatory-block": {
      const { epoch, digest, block, opening } = message;
      return `preparatory-block|${epoch}|${digest}|${seals(block)}|${maybe(opening, openingText)}`;
    }
    case "pre-prepare":
      return `pre-prepare|${message.epoch}|${message.height}|${message.digest}`;
    case "prepare":
      return `prepare|${message.epoch}|${message.height}|${message.digest}|${message.isYes}|${message.node}`;
    case "commit":
      return `commit|${message.epoch}|${message.height}|${message.digest}|${list(message.votes, voteText)}`;
    case "reply":
      return `reply|${message.epoch}|${message.height}|${message.digest}|${message.results}|${message.node}`;
    case "formal-block":
      return formalText(message);
    case "answer":
      return answerText(message);
    case "heartbeat":
      return `heartbeat|${message.epoch}|${message.height}|${message.node}`;
    case "participation": {
      const { epoch, height, node, answers } = message;
      return `participation|${epoch}|${height}|${node}|${list(answers, answerOfVoterText)}`;
    }
    case "height-check":
      return `height-check|${message.height}|${message.holder}`;
    case "suspicion":
      return `suspicion|${message.epoch}|${message.height}|${message.awaited}|${message.node}`;
    case "assignment":
      return assignmentText(message);
    case "report":
      return reportText(message);
    case "synchronize":
      return `synchronize|${message.epoch}|${message.height}|${message.digest ?? "-"}`;
    case "excerpt":
      return excerptText(message);
    default:
      return unreachable(message);
  }
}

export const assignmentText = ({ epoch, primary, communication, consensus }: Assignment): string =>
  `assignment|${epoch}|${primary}|${communication}|${list(consensus, (node) => node)}`;

export const proofText = ({ epoch, height, digest, results, replies, assignment }: Proof): string =>
  `${epoch}|${height}|${digest}|${results}|${list(replies, sealText)}|${maybe(assignment, sealedAssignmentText)}`;

export const preparedText = ({ epoch, height, digest, votes, assignment }: Prepared): string =>
  `${epoch}|${height}|${digest}|${list(votes, voteText)}|${maybe(assignment, sealedAssignmentText)}`;

const reportText = ({ epoch, roles, node, height, proof, prepared }: Report): string =>
  `report|${epoch}|${roles}|${node}|${height}|${maybe(proof, proofText)}|${maybe(prepared, preparedText)}`;

// A block stands in a text by its digest; whoever gets it compares the two before all else.
const formalText = ({ block, proof }: FormalBlock): string =>
  `formal-block|${proofText(proof)}|${seals(block)}`;

const openingText = ({ assignment, reports }: Opening): string =>
  `${sealedAssignmentText(assignment)}|${list(reports, (report) => `${sealText(report)}|${reportText(report.message)}`)}`;

const sealedAssignmentText = (signed: Signed<Assignment>): string =>
  `${sealText(signed)}|${assignmentText(signed.message)}`;

const voteText = ({ node, digest, isYes, signature }: LoggedPrepare): string =>
  `${node}|${digest}|${isYes}|${signature}`;

const answerOfVoterText = ({ node, isForBlock, responseUs }: VoterAnswer): string =>
  `${node}|${isForBlock}|${responseUs}`;

const summaryText = ({ count, root, state }: ResultSummary): string =>
  `${count}|${root}|${state ?? "-"}`;

const evidenceText = ({ proof, summary, path }: ResultEvidence): string =>
  `${proofText(proof)}|${summaryText(summary)}|${list(path, ({ isLeft, digest }) => `${isLeft}|${digest}`)}`;

function answerText(message: Answer): string {
  const { epoch, height, node, client, timestamp, result, assignment, evidence } = message;
  const proofs = `${maybe(assignment, sealedAssignmentText)}|${maybe(evidence, evidenceText)}`;
  return `answer|${epoch}|${height}|${node}|${client}|${timestamp}|${proofs}|${result}`;
}

function excerptText({ height, blocks, checkpoint, wanted }: Excerpt): string {
  const parts = `${list(blocks, formalText)}|${maybe(wanted, wantedText)}`;
  return `excerpt|${height}|${parts}|${maybe(checkpoint, checkpointText)}`;
}

const wantedText = ({ digest, block }: NamedBlock): string => `${digest}|${seals(block)}`;

const checkpointText = ({ formal, summary, snapshot }: Checkpoint): string =>
  `${formalText(formal)}|${summaryText(summary)}|${snapshot}`;

const seals = ({ requests }: Block): string => list(requests, sealText);

const sealText = (sealed: {
  readonly from?: string;
  readonly node?: string;
  readonly signature: string;
}): string => `${sealed.from ?? sealed.node}|${sealed.signature}`;

const list = <T>(items: readonly T[], write: (item: T) => string): string =>
  `${items.length}${items.map((item) => `|${write(item)}`).join("")}`;

const maybe = <T>(value: T | undefined, write: (value: T) => string): string =>
  value === undefined ? "-" : `+|${write(value)}`;
