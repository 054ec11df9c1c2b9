/** Phase 1 of a round, request: the primary proposes a block to everybody (§3.2). */

import type { NodeId } from "../core/ids.ts";
import { blockDigest } from "./blocks.ts";
import { sendExcerpt } from "./excerpts.ts";
import type { Block, PreparatoryBlock } from "./messages.ts";
import { type Objection, objectionToPreparatoryBlock } from "./objections.ts";
import { whatReportsAllow } from "./reports.ts";
import { nextBatch } from "./requests.ts";
import { sayAgain } from "./round.ts";
import { type CcroOut, type CcroState, currentRound, noteAhead, rollBack } from "./state.ts";

/** The primary proposes the next block, if there is something to propose. One height at a time. */
export function propose(state: CcroState, out: CcroOut): void {
  const { role, roles, opened, handOver, ledger } = state;
  if (role !== "primary" || opened === undefined) return;
  const round = currentRound(state);
  if (round?.lead !== undefined) return;
  const block = nextBlock(state, out);
  if (block === undefined) return;

  const digest = blockDigest(block, state.tools.digest);
  const opening = handOver?.isSettled === false ? handOver.opening : undefined;
  const proposal: PreparatoryBlock = {
    kind: "preparatory-block",
    epoch: roles.epoch,
    digest,
    block,
    opening,
  };
  const opens = state.rounds.open(roles, block.height);
  opens.proposed = { digest, block };
  opens.lead = { proposal, results: ledger.execute(block, digest, roles.epoch).digest };
  out.mark({ name: "proposed", view: roles.epoch, slot: block.height, detail: digest });
  out.broadcast(state.peers, proposal);
}

/** The block that older epochs force on this one, or what waits. */
function nextBlock(state: CcroState, out: CcroOut): Block | undefined {
  const { ledger, handOver } = state;
  const forced = handOver?.forced;
  if (forced !== undefined && ledger.extendsHead(forced)) return forced;
  rollBack(state, out);
  const requests = nextBatch(state);
  if (requests.length === 0) return undefined;
  return { height: ledger.height + 1, parent: ledger.head, requests };
}

export function onPreparatoryBlock(
  state: CcroState,
  from: NodeId,
  message: PreparatoryBlock,
  out: CcroOut,
): void {
  const { epoch, digest, block, opening } = message;
  const known = state.rounds.at(epoch, block.height);
  const isAgain = known?.proposed?.digest === digest && epoch === state.roles.epoch;
  if (isAgain && from === state.roles.primary) return sayAgain(state, known, out);
  if (isStoredSince(state, message)) return;
  const objection = objectionToPreparatoryBlock(state, from, message);
  if (objection !== undefined) return refuseBlock(state, from, message, objection, out);

  if (state.opened === undefined && opening !== undefined) {
    state.opened = whatReportsAllow(opening.reports);
  }
  state.rounds.open(state.roles, block.height).proposed = { digest, block };
  if (block.height > state.ledger.height + 1) noteAhead(state, from, epoch, block.height - 1);
}

/** Its formal block overtook it: late, not wrong. */
function isStoredSince({ ledger }: CcroState, { epoch, digest, block }: PreparatoryBlock): boolean {
  const stored = ledger.at(block.height)?.proof;
  return stored?.digest === digest && stored.epoch === epoch;
}

/** What a refused block shows may still help: this node or the primary may be behind. */
function refuseBlock(
  state: CcroState,
  from: NodeId,
  { epoch, block }: PreparatoryBlock,
  objection: Objection,
  out: CcroOut,
): void {
  const { ledger, rules, role, roles } = state;
  const { height } = ledger;
  if (objection === "an older epoch" && role === "primary" && roles.assignment !== undefined) {
    out.forward(from, roles.assignment);
  }
  if (objection === "no reports for this epoch") {
    out.send(from, { kind: "synchronize", epoch, height });
  }
  if (objection === "a height too far ahead") noteAhead(state, from, epoch, block.height - 1);
  if (objection === "an old height" && rules.formalBlock === "proof") {
    sendExcerpt(state, from, { above: block.height - 1 }, out);
  }
  out.reject(from, objection);
}
