/** What is wrong with a message of a round, by name. Nothing here changes anything. */

import type { NodeId } from "../core/ids.ts";
import { type BlockObjection, objectionToBlock } from "./blocks.ts";
import type { EvidenceObjection } from "./certificates.ts";
import type {
  Commit,
  FormalBlock,
  PrePrepare,
  PreparatoryBlock,
  Prepare,
  Reply,
} from "./messages.ts";
import {
  type FirstBlockObjection,
  type OpeningObjection,
  objectionToBeginning,
  objectionToOpening,
  whatReportsAllow,
} from "./reports.ts";
import type { Roles } from "./roles.ts";
import type { CcroState } from "./state.ts";

export type Objection =
  | BlockObjection
  | EvidenceObjection
  | OpeningObjection
  | FirstBlockObjection
  | "an older epoch"
  | "not the primary"
  | "not the communication node"
  | "not a consensus node"
  | "not my role"
  | "an old height"
  | "another height"
  | "a height too far ahead"
  | "another parent"
  | "a second block at this height"
  | "a second digest at this height"
  | "a second vote"
  | "a second reply"
  | "another digest"
  | "other results"
  | "another block is stored at this height"
  | "a round unknown here";

/** A node that is further behind than this many blocks asks for them instead of collecting messages. */
export const mostAhead = 16;

/** A block that is not known yet. Its parent is looked at when its height is due. */
export function objectionToPreparatoryBlock(
  state: CcroState,
  from: NodeId,
  { epoch, digest, block, opening }: PreparatoryBlock,
): Objection | undefined {
  const { roles, rounds, rules, tools } = state;
  if (epoch < roles.epoch) return "an older epoch";
  if (from !== roles.primary) return "not the primary";
  const objection = objectionToHeight(state, block.height);
  if (objection !== undefined) return objection;
  const known = rounds.at(epoch, block.height)?.proposed?.digest;
  if (known !== undefined && known !== digest) return "a second block at this height";
  const flaw = objectionToBlock(block, digest, tools);
  if (flaw !== undefined || !rules.handOver.areReportsAttached) return flaw;
  return objectionToReports(state, { digest, block, opening });
}

/** R4, as every voter asks it. */
function objectionToReports(
  state: CcroState,
  { digest, block, opening }: Pick<PreparatoryBlock, "digest" | "block" | "opening">,
): Objection | undefined {
  const allowed = state.opened ?? openedBy(state, opening);
  if (typeof allowed === "string") return allowed;
  return objectionToBeginning({ opened: allowed }, block, digest);
}

/** What an opening allows; the objection to it if it is not valid. */
function openedBy(state: CcroState, opening: PreparatoryBlock["opening"]) {
  if (opening === undefined) return undefined;
  return objectionToOpening(state, opening) ?? whatReportsAllow(opening.reports);
}

export function objectionToPrePrepare(
  state: CcroState,
  from: NodeId,
  { epoch, height, digest }: PrePrepare,
): Objection | undefined {
  const { roles, role, rounds } = state;
  if (epoch < roles.epoch) return "an older epoch";
  if (from !== roles.communication) return "not the communication node";
  if (role !== "consensus") return "not my role";
  const objection = objectionToLateHeight(state, epoch, height);
  if (objection !== undefined) return objection;
  const known = rounds.at(epoch, height)?.prePrepare;
  return known === undefined || known.digest === digest
    ? undefined
    : "a second digest at this height";
}

/** A vote for another digest is no objection: it stands in the log and does not count. */
export function objectionToPrepare(
  state: CcroState,
  from: NodeId,
  prepare: Prepare,
): Objection | undefined {
  const { roles, role, rounds, ledger } = state;
  const { epoch, height, node } = prepare;
  if (from !== node) return "not its own name";
  if (epoch < roles.epoch) return "an older epoch";
  if (role !== "communication") return "not my role";
  if (!roles.consensus.includes(from)) return "not a consensus node";
  const round = rounds.at(epoch, height);
  if (height > ledger.height + 1) return "another height";
  if (round?.proposed === undefined) return "a round unknown here";
  const known = round.prepares.of(from)?.message;
  if (known === undefined) return undefined;
  return known.digest === prepare.digest && known.isYes === prepare.isYes
    ? undefined
    : "a second vote";
}

export function objectionToCommit(
  state: CcroState,
  from: NodeId,
  commit: Commit,
): Objection | undefined {
  const { roles, rules, rounds, id } = state;
  const { epoch, height } = commit;
  const round = rounds.at(epoch, height);
  const then = epoch === roles.epoch ? roles : round?.roles;
  if (then === undefined || (epoch < roles.epoch && !rules.handOver.mayReplyInOlderEpochs)) {
    return "an older epoch";
  }
  if (from !== then.communication) return "not the communication node";
  if (!then.consensus.includes(id)) return "not my role";
  const objection = objectionToLateHeight(state, epoch, height);
  if (objection !== undefined) return objection;
  if (round?.commit !== undefined && round.commit.digest !== commit.digest) {
    return "a second digest at this height";
  }
  return objectionToLog(state, then, commit);
}

function objectionToLog(
  { rules, certificates }: CcroState,
  then: Roles,
  commit: Commit,
): Objection | undefined {
  // As published the log is kept, not checked: the communication node is taken at its word (D15).
  if (rules.commit === "log") return undefined;
  return certificates.objectionToVotes(then, commit, commit.votes);
}

/** Replies are heard even after the epoch has ended: a block may be complete without anybody knowing. */
export function objectionToReply(
  { rounds }: CcroState,
  from: NodeId,
  { epoch, height, digest, results, node }: Reply,
): Objection | undefined {
  if (from !== node) return "not its own name";
  const round = rounds.at(epoch, height);
  if (round?.lead === undefined) return "a round unknown here";
  if (!round.roles.consensus.includes(from)) return "not a consensus node";
  const known = round.replies.of(from)?.message;
  if (known !== undefined && (known.digest !== digest || known.results !== results)) {
    return "a second reply";
  }
  if (digest !== round.lead.proposal.digest) return "another digest";
  return results === round.lead.results ? undefined : "other results";
}

/** Whether a block is complete, whoever says so; where nothing is proven, only its primary may. */
export function objectionToFormalBlock(
  state: CcroState,
  from: NodeId,
  formal: FormalBlock,
): Objection | undefined {
  const { ledger, certificates, rules } = state;
  const { block, proof } = formal;
  if (proof.height !== block.height) return "another height";
  const stored = ledger.at(block.height)?.proof.digest;
  if (stored !== undefined && stored !== proof.digest) {
    return "another block is stored at this height";
  }
  if (block.height <= ledger.height) return "an old height";
  const roles = certificates.rolesOf(proof);
  if (typeof roles === "string") return roles;
  if (rules.formalBlock === "word" && from !== roles.primary) return "not the primary";
  return objectionToCompleteBlock(state, formal);
}

/** The same without the question who says so: for blocks that were asked for. */
export function objectionToCompleteBlock(
  { ledger, certificates, rules, rounds, tools }: CcroState,
  { block, proof }: FormalBlock,
): Objection | undefined {
  if (block.height > ledger.height + mostAhead) return "a height too far ahead";
  if (block.height === ledger.height + 1 && block.parent !== ledger.head) return "another parent";
  // A block that was checked when it was proposed is not checked again.
  const isKnown = rounds.blockCalled(proof.digest, block.height) === block;
  const flaw = isKnown ? undefined : objectionToBlock(block, proof.digest, tools);
  if (flaw !== undefined) return flaw;
  return rules.formalBlock === "proof" ? certificates.objectionToProof(proof) : undefined;
}

const objectionToHeight = ({ ledger }: CcroState, height: number): Objection | undefined => {
  if (height <= ledger.height) return "an old height";
  return height > ledger.height + mostAhead ? "a height too far ahead" : undefined;
};

/** What comes after its block is stored still belongs in the message log. */
const objectionToLateHeight = (
  state: CcroState,
  epoch: number,
  height: number,
): Objection | undefined =>
  state.rounds.at(epoch, height) === undefined ? objectionToHeight(state, height) : undefined;
