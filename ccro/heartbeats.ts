/** What a node tells the monitor while all is well: that it lives, and how a round went. */

import { type NodeId, replicaIds } from "../core/ids.ts";
import type { HeightCheck, Proof, VoterAnswer } from "./messages.ts";
import { monitorId } from "./roles.ts";
import { type CcroOut, type CcroState, noteAhead } from "./state.ts";

export type HeightCheckObjection = "not the monitor" | "not a node";

/**
 * Unlike the paper, hearts beat with the chain, not with the clock: an idle cluster is silent. Each
 * node has its own heights, so that somebody's heart beats after nearly every block.
 */
export const heartbeatEvery = 8;

export function beat({ id, roles, ledger }: CcroState, out: CcroOut): void {
  const { epoch } = roles;
  out.send(monitorId, { kind: "heartbeat", epoch, height: ledger.height, node: id });
}

/** To be called when a block is stored. */
export function beatIfDue(state: CcroState, out: CcroOut): void {
  const place = replicaIds(state.n).indexOf(state.id);
  if ((state.ledger.height + place) % heartbeatEvery === 0) beat(state, out);
}

/** The communication node, once the block of its round is stored: who voted, for what, how fast. */
export function reportRound(
  { id, rounds }: CcroState,
  { epoch, height, digest }: Pick<Proof, "epoch" | "height" | "digest">,
  out: CcroOut,
): void {
  const round = rounds.at(epoch, height);
  if (round?.askedAt === undefined) return;
  const { askedAt, answeredAt } = round;
  const answers = [...round.prepares.entries()].map(([node, { message }]): VoterAnswer => {
    const tookMs = (answeredAt.get(node) ?? askedAt) - askedAt;
    const isForBlock = message.isYes && message.digest === digest;
    return { node, isForBlock, responseUs: Math.round(1000 * tookMs) };
  });
  out.send(monitorId, { kind: "participation", epoch, height, node: id, answers });
}

/** The monitor says that this node is behind. It may lie: whoever it names is asked, not believed. */
export function onHeightCheck(
  state: CcroState,
  from: NodeId,
  { height, holder }: HeightCheck,
  out: CcroOut,
): void {
  if (from !== monitorId) return out.reject(from, "not the monitor");
  if (!state.certificates.isNode(holder)) return out.reject(from, "not a node");
  if (height > state.ledger.height && holder !== state.id) {
    noteAhead(state, holder, state.roles.epoch, height);
  }
}
