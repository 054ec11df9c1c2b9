/** How a node can lie here: plausible on its face, under its own name, equal lies for equal messages. */

import type { Lies, LieTools } from "../core/fault.ts";
import type { Digest } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import { blockDigest } from "./blocks.ts";
import type {
  Assignment,
  Block,
  CcroMessage,
  Commit,
  Excerpt,
  FormalBlock,
  Participation,
  PreparatoryBlock,
  Report,
  Suspicion,
} from "./messages.ts";

type Tools = LieTools<CcroMessage>;

const corruptText = '"Corrupt"';

export const lies: Lies<CcroMessage> = { corrupt, equivocate, forge, misreport, spam };

/** Votes for and replies with a corrupt value; as primary it proposes one. */
function corrupt(message: CcroMessage, tools: Tools): CcroMessage | undefined {
  switch (message.kind) {
    case "preparatory-block":
      return withBlock(message, corruptBlock(message.block), tools);
    case "pre-prepare":
    case "prepare":
    case "commit":
      return { ...message, digest: another(message.digest, tools) };
    case "reply":
      return { ...message, results: another(message.results, tools) };
    case "formal-block":
      return formalWith(message, corruptBlock(message.block), tools);
    case "answer":
      return { ...message, result: corruptText };
    case "report":
      return withoutPast(message);
    case "excerpt":
      return corruptExcerpt(message, tools);
    case "heartbeat":
    case "height-check":
      // It boasts.
      return { ...message, height: message.height + 1_000 };
    case "participation":
      return slander(message);
    case "assignment":
      return againstTrust(message);
    default:
      return undefined;
  }
}

/** The other story, in conflict with this message. */
function equivocate(message: CcroMessage, tools: Tools): CcroMessage | undefined {
  switch (message.kind) {
    case "preparatory-block":
      return withBlock(message, otherBlock(message.block, tools), tools);
    case "pre-prepare":
    case "commit":
      return { ...message, digest: another(message.digest, tools) };
    case "prepare":
      return { ...message, isYes: !message.isYes };
    case "reply":
      return { ...message, results: another(message.results, tools) };
    case "formal-block":
      return formalWith(message, otherBlock(message.block, tools), tools);
    case "answer":
      return { ...message, result: corruptText };
    case "report":
      return withoutPast(message);
    case "assignment":
      return withSwappedRoles(message);
    default:
      return undefined;
  }
}

/** The same claim, or a bolder one, with evidence that nobody signed. */
function forge(message: CcroMessage, tools: Tools): CcroMessage | undefined {
  switch (message.kind) {
    case "preparatory-block":
      return forgeOpening(message, tools);
    case "commit":
      return forgeVotes(message, tools);
    case "formal-block":
      return forgeReplies(message, tools);
    case "answer":
      return { ...message, result: corruptText };
    case "report":
      // One block more than it can prove.
      return { ...message, height: message.height + 1, prepared: undefined };
    case "assignment":
      // Nobody may hold both roles, whatever the monitor thinks of it.
      return { ...message, communication: message.primary };
    default:
      return undefined;
  }
}

/** The slowest voters were the fastest, and the fastest the slowest. */
function misreport(message: CcroMessage): Participation | undefined {
  if (message.kind !== "participation" || message.answers.length < 2) return undefined;
  const times = message.answers.map(({ responseUs }) => responseUs);
  const both = Math.min(...times) + Math.max(...times);
  const answers = message.answers.map((answer) => ({
    ...answer,
    responseUs: both - answer.responseUs,
  }));
  return { ...message, answers };
}

/** A complaint about an epoch in which nothing is wrong. */
function spam(view: number, { self }: Tools): Suspicion {
  return { kind: "suspicion", epoch: view, height: 0, awaited: "commit", node: self };
}

const another = (digest: Digest, tools: Tools): Digest => tools.digest(`another ${digest}`);

/** No client signed these operations. */
const corruptBlock = (block: Block): Block | undefined =>
  block.requests.length === 0
    ? undefined
    : {
        ...block,
        requests: block.requests.map((request) => ({
          ...request,
          message: { ...request.message, operation: corruptText },
        })),
      };

/** Another block in its place that clients did sign: another request, or none. */
function otherBlock(block: Block, { requests }: Tools): Block | undefined {
  const isOther = ({ message }: Signed<Request>) =>
    block.requests.every(
      (request) =>
        request.message.client !== message.client ||
        request.message.timestamp !== message.timestamp,
    );
  const other = requests.find(isOther);
  if (other !== undefined) return { ...block, requests: [other] };
  return block.requests.length === 0 ? undefined : { ...block, requests: [] };
}

const withBlock = (
  message: PreparatoryBlock,
  block: Block | undefined,
  tools: Tools,
): PreparatoryBlock | undefined =>
  block && { ...message, block, digest: blockDigest(block, tools.digest) };

const formalWith = (
  message: FormalBlock,
  block: Block | undefined,
  tools: Tools,
): FormalBlock | undefined =>
  block && {
    ...message,
    block,
    proof: { ...message.proof, digest: blockDigest(block, tools.digest) },
  };

/** Nobody voted for the block. */
const slander = (message: Participation): Participation | undefined =>
  message.answers.some(({ isForBlock }) => isForBlock)
    ? { ...message, answers: message.answers.map((one) => ({ ...one, isForBlock: false })) }
    : undefined;

/** It claims to have nothing that would oblige the new primary. */
function withoutPast(report: Report): Report | undefined {
  if (report.height === 0 && report.prepared === undefined) return undefined;
  return { ...report, height: 0, proof: undefined, prepared: undefined };
}

const corruptExcerpt = (excerpt: Excerpt, tools: Tools): Excerpt => ({
  ...excerpt,
  blocks: excerpt.blocks.map(
    (formal) => formalWith(formal, corruptBlock(formal.block), tools) ?? formal,
  ),
  checkpoint: excerpt.checkpoint && { ...excerpt.checkpoint, snapshot: corruptText },
});

const withSwappedRoles = (assignment: Assignment): Assignment => ({
  ...assignment,
  primary: assignment.communication,
  communication: assignment.primary,
});

/** As if it trusted most whom it trusts least: the same wrong roles for everybody. */
function againstTrust(assignment: Assignment): Assignment {
  const { primary, communication, consensus } = assignment;
  const [last = primary, beforeLast = communication, ...others] = [
    ...consensus.toReversed(),
    communication,
    primary,
  ];
  return { ...assignment, primary: last, communication: beforeLast, consensus: others };
}

/** A new primary that was told of a certificate, and shows reports in which it does not occur. */
function forgeOpening(message: PreparatoryBlock, tools: Tools): PreparatoryBlock | undefined {
  const { opening } = message;
  if (opening === undefined || opening.reports.length === 0) return undefined;
  const reports = opening.reports.map(({ from, message: report }) => {
    const told = withoutPast(report) ?? report;
    return { from, message: told, signature: tools.seal(told).signature };
  });
  const block = otherBlock(message.block, tools) ?? message.block;
  const digest = blockDigest(block, tools.digest);
  return { ...message, block, digest, opening: { ...opening, reports } };
}

function forgeVotes(message: Commit, tools: Tools): Commit {
  const digest = another(message.digest, tools);
  const { epoch, height } = message;
  const votes = message.votes.map(({ node }) => {
    const prepare = { kind: "prepare", epoch, height, digest, isYes: true, node } as const;
    return { node, digest, isYes: true, signature: tools.seal(prepare).signature };
  });
  return { ...message, digest, votes };
}

function forgeReplies(message: FormalBlock, tools: Tools): FormalBlock | undefined {
  const forged = formalWith(message, otherBlock(message.block, tools), tools);
  if (forged === undefined) return undefined;
  const { epoch, height, digest, results } = forged.proof;
  const replies = message.proof.replies.map(({ node }) => {
    const reply = { kind: "reply", epoch, height, digest, results, node } as const;
    return { node, signature: tools.seal(reply).signature };
  });
  return { ...forged, proof: { ...forged.proof, replies } };
}
