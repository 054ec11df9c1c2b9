/** Phase 6, storage: a block that is complete becomes formal, everywhere and for good. */

import type { NodeId } from "../core/ids.ts";
import { beatIfDue, reportRound } from "./heartbeats.ts";
import type { FormalBlock, Proof, Reply } from "./messages.ts";
import { objectionToFormalBlock } from "./objections.ts";
import { forgetStored, persist } from "./records.ts";
import { answer } from "./requests.ts";
import type { Lead, Round } from "./rounds.ts";
import { repliesNeeded } from "./rules.ts";
import { type CcroOut, type CcroState, noteAhead, rollBack } from "./state.ts";

/** The primary: enough replies agree with what it executed itself. */
export function completeIfReplied(state: CcroState, round: Round, out: CcroOut): void {
  const { ledger, certificates, rules } = state;
  const { lead, roles, height } = round;
  if (lead === undefined || !ledger.extendsHead(lead.proposal.block)) return;
  const replies = round.replies.where(({ message }) => isFor(lead, message));
  const needed = repliesNeeded(rules, certificates.sizesOf(roles));
  if (replies.length < needed) return;

  const isProven = rules.formalBlock === "proof";
  const counted = replies.slice(0, isProven ? needed : 0);
  const proof: Proof = {
    epoch: roles.epoch,
    height,
    digest: lead.proposal.digest,
    results: lead.results,
    replies: counted.map(({ from: node, signature }) => ({ node, signature })),
    assignment: roles.assignment,
  };
  const formal: FormalBlock = { kind: "formal-block", block: lead.proposal.block, proof };
  out.mark({ name: "completed", view: roles.epoch, slot: height, detail: proof.digest });
  if (state.handOver !== undefined && roles.epoch === state.roles.epoch) {
    state.handOver.isSettled = true;
  }
  out.broadcast(state.peers, formal);
  store(state, formal, out, { isAnsweredHere: true });
}

const isFor = ({ proposal, results }: Lead, reply: Reply): boolean =>
  reply.digest === proposal.digest && reply.results === results;

export function onFormalBlock(
  state: CcroState,
  from: NodeId,
  message: FormalBlock,
  out: CcroOut,
): void {
  const formal = withKnownBlock(state, message);
  const objection = objectionToFormalBlock(state, from, formal);
  if (objection !== undefined) {
    const isKnown = state.ledger.at(message.block.height)?.proof.digest === message.proof.digest;
    if (objection === "a height too far ahead") {
      noteAhead(state, from, state.roles.epoch, message.block.height);
    }
    return isKnown ? undefined : out.reject(from, objection);
  }

  takeComplete(state, from, formal, out);
}

/** A complete block that was checked: stored now, or when its parent is. */
export function takeComplete(
  state: CcroState,
  from: NodeId,
  formal: FormalBlock,
  out: CcroOut,
): void {
  const { height } = formal.block;
  if (state.ledger.extendsHead(formal.block)) {
    return store(state, formal, out, { isAnsweredHere: false });
  }
  state.rounds.open(state.roles, height).formal = formal;
  noteAhead(state, from, state.roles.epoch, height);
}

/** Stores a block that waited for its parent; true if there was one. */
export function storeNext(state: CcroState, out: CcroOut): boolean {
  const { ledger, rounds } = state;
  for (const { formal } of rounds.of(ledger.height + 1)) {
    if (formal === undefined || !ledger.extendsHead(formal.block)) continue;
    store(state, formal, out, { isAnsweredHere: false });
    return true;
  }
  return false;
}

function store(
  state: CcroState,
  formal: FormalBlock,
  out: CcroOut,
  { isAnsweredHere }: { readonly isAnsweredHere: boolean },
): void {
  const { ledger } = state;
  const { proof } = formal;
  if (ledger.onTrial !== proof.digest) rollBack(state, out);
  persist({ kind: "stored", formal }, out);
  const { delivery, results } = ledger.store(formal);
  if (results.digest !== proof.results) {
    out.mark({ name: "results differ", view: proof.epoch, slot: proof.height });
  }
  const round = state.rounds.at(proof.epoch, proof.height);
  if (round !== undefined) round.results = results.digest;
  out.deliver(delivery);
  reportRound(state, proof, out);
  beatIfDue(state, out);
  const waited = settle(state);
  const clients = isAnsweredHere ? delivery.executed.map(({ client }) => client) : [];
  for (const client of new Set([...clients, ...waited])) answer(state, client, out);
}

/** Makes room after the height has grown; the clients whose requests are stored by now. */
export function settle(state: CcroState): readonly NodeId[] {
  const { ledger, rounds, waiting } = state;
  rounds.forgetBelow(ledger.height);
  forgetStored(state);
  state.asked.clear();
  state.strikes = 0;
  state.strain = 0;
  const stored: NodeId[] = [];
  for (const [client, { request }] of waiting) {
    if (!ledger.isStored(request.message)) continue;
    waiting.delete(client);
    stored.push(client);
  }
  return stored;
}

/** A block that was seen when it was proposed stands for the copy that came with the proof. */
function withKnownBlock({ rounds }: CcroState, formal: FormalBlock): FormalBlock {
  const block = rounds.blockCalled(formal.proof.digest, formal.proof.height);
  return block === undefined ? formal : { ...formal, block };
}
