/**
 * Height check and synchronization (the paper's algorithms 1 and 2): a node that is behind fetches
 * what it lacks from one that is ahead, and checks it as its rules say.
 */

import type { NodeId } from "../core/ids.ts";
import { blockDigest, objectionToBlock } from "./blocks.ts";
import type { EvidenceObjection } from "./certificates.ts";
import { named, sendExcerpt } from "./excerpts.ts";
import type { Checkpoint, Excerpt, NamedBlock, Synchronize } from "./messages.ts";
import { objectionToCompleteBlock } from "./objections.ts";
import { persist } from "./records.ts";
import { highestProof, whatIsMissing } from "./reports.ts";
import { summaryDigest } from "./results.ts";
import { type CcroOut, type CcroState, currentRound } from "./state.ts";
import { settle, takeComplete } from "./storage.ts";

export type SynchronizationObjection =
  | "not a node"
  | "blocks that nobody asked for"
  | "a checkpoint of another block"
  | "a checkpoint that its results do not name"
  | "a checkpoint that holds no state"
  | "a block that nobody asked for";

/** Asks a node for what it stores above this node's height, and for a block by name. */
export function seek(state: CcroState, from: NodeId, out: CcroOut, digest?: string): void {
  if (from === state.id) return;
  const { roles, ledger, asked } = state;
  asked.add(from);
  const known = state.ahead.get(from);
  if (known !== undefined) known.tries += 1;
  out.send(from, { kind: "synchronize", epoch: roles.epoch, height: ledger.height, digest });
}

export function onSynchronize(
  state: CcroState,
  from: NodeId,
  { epoch, height, digest }: Synchronize,
  out: CcroOut,
): void {
  const { certificates, roles, rounds } = state;
  if (!certificates.isNode(from)) return out.reject(from, "not a node");
  if (epoch < roles.epoch && roles.assignment !== undefined) out.forward(from, roles.assignment);
  const wanted =
    digest === undefined ? undefined : named(digest, rounds.blockCalled(digest, height + 1));
  sendExcerpt(state, from, { above: height, wanted }, out);
  if (epoch === roles.epoch) proposeAgain(state, [from], out);
}

/** The primary repeats its open proposal to those who may have missed it, and why it may make it. */
export function proposeAgain(state: CcroState, to: readonly NodeId[], out: CcroOut): void {
  const round = currentRound(state);
  if (round?.lead === undefined) return;
  const { proposal } = round.lead;
  const opening = state.handOver?.opening;
  const silent = to.filter((node) => round.replies.of(node) === undefined);
  out.broadcast(silent, opening === undefined ? proposal : { ...proposal, opening });
}

export function onExcerpt(state: CcroState, from: NodeId, excerpt: Excerpt, out: CcroOut): void {
  const before = state.ledger.height;
  const objection = objectionToSender(state, from, excerpt) ?? takeCheckpoint(state, excerpt, out);
  if (objection !== undefined) return out.reject(from, objection);

  for (const formal of excerpt.blocks) {
    if (formal.block.height <= state.ledger.height) continue;
    const flaw =
      formal.proof.height === formal.block.height
        ? objectionToCompleteBlock(state, formal)
        : "another height";
    if (flaw !== undefined) return out.reject(from, flaw);
    takeComplete(state, from, formal, out);
  }
  if (excerpt.wanted !== undefined) takeWanted(state, from, excerpt.wanted, out);
  const { height } = state.ledger;
  if (height > before && height < excerpt.height) seek(state, from, out);
}

/** Where nothing proves a block, only those are believed who were asked. */
function objectionToSender(
  { certificates, rules, asked, ledger }: CcroState,
  from: NodeId,
  { height, wanted }: Excerpt,
): SynchronizationObjection | undefined {
  if (!certificates.isNode(from)) return "not a node";
  const isNews = height > ledger.height || wanted !== undefined;
  if (rules.formalBlock === "proof" || asked.has(from) || !isNews) return undefined;
  return "blocks that nobody asked for";
}

function takeCheckpoint(
  state: CcroState,
  { checkpoint }: Excerpt,
  out: CcroOut,
): SynchronizationObjection | EvidenceObjection | undefined {
  const { ledger, roles } = state;
  if (checkpoint === undefined || checkpoint.formal.block.height <= ledger.height) return undefined;
  const objection = objectionToCheckpoint(state, checkpoint);
  if (objection !== undefined) return objection;
  if (!ledger.adopt(checkpoint)) return "a checkpoint that holds no state";
  persist({ kind: "adopted", checkpoint }, out);
  out.mark({ name: "state transferred", view: roles.epoch, slot: ledger.height });
  settle(state);
  return undefined;
}

/** The results of a checkpoint's block name the state after it: so the proof of one covers the other. */
function objectionToCheckpoint(
  { certificates, rules, tools }: CcroState,
  { formal, summary, snapshot }: Checkpoint,
): SynchronizationObjection | EvidenceObjection | undefined {
  const { block, proof } = formal;
  const isNamed =
    block.height === proof.height && blockDigest(block, tools.digest) === proof.digest;
  if (!isNamed) return "a checkpoint of another block";
  const isItsState =
    summary.state === tools.digest(snapshot) &&
    summaryDigest(summary, tools.digest) === proof.results;
  if (!isItsState) return "a checkpoint that its results do not name";
  return rules.formalBlock === "proof" ? certificates.objectionToProof(proof) : undefined;
}

/** A block that must be proposed again or is complete already, from somebody who has it. */
function takeWanted(
  state: CcroState,
  from: NodeId,
  { digest, block }: NamedBlock,
  out: CcroOut,
): void {
  const { handOver, ledger, tools } = state;
  if (ledger.at(block.height)?.proof.digest === digest) return;
  if (handOver === undefined || whatIsMissing(state) !== digest) {
    return out.reject(from, "a block that nobody asked for");
  }
  const flaw = objectionToBlock(block, digest, tools);
  if (flaw !== undefined) return out.reject(from, flaw);
  if (!ledger.extendsHead(block)) return;
  const proof = highestProof(handOver.chosen ?? []);
  if (proof?.digest !== digest) handOver.forced = block;
  else takeComplete(state, from, { kind: "formal-block", block, proof }, out);
}
