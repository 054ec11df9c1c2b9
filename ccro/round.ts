/**
 * Phases 2 to 5 of a round (§3.2, figure 2): pre-prepare, prepare, commit, reply. A handler records
 * what it is told; `takeTurn` then says whatever this node can say by now, in whichever order the
 * messages came.
 */

import type { NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type {
  Commit,
  LoggedPrepare,
  NamedBlock,
  PrePrepare,
  Prepare,
  Prepared,
  Reply,
} from "./messages.ts";
import {
  objectionToCommit,
  objectionToPrePrepare,
  objectionToPrepare,
  objectionToReply,
} from "./objections.ts";
import { persist } from "./records.ts";
import type { Round } from "./rounds.ts";
import { preparesNeeded } from "./rules.ts";
import { type CcroOut, type CcroState, currentRound, rollBack } from "./state.ts";
import { completeIfReplied } from "./storage.ts";

export function onPrePrepare(
  state: CcroState,
  from: NodeId,
  message: PrePrepare,
  out: CcroOut,
): void {
  const objection = objectionToPrePrepare(state, from, message);
  if (objection !== undefined) return out.reject(from, objection);

  const round = state.rounds.open(state.roles, message.height);
  const isOpen = message.height > state.ledger.height;
  if (isOpen && round.prepare !== undefined) out.send(from, round.prepare);
  round.prePrepare = message;
}

export function onPrepare(state: CcroState, signed: Signed<Prepare>, out: CcroOut): void {
  const { from, message } = signed;
  const objection = objectionToPrepare(state, from, message);
  if (objection !== undefined) return out.reject(from, objection);

  const round = state.rounds.open(state.roles, message.height);
  const isNew = round.prepares.add(from, signed);
  if (isNew) round.answeredAt.set(from, state.now);
  if (!isNew && round.commit !== undefined) out.send(from, round.commit);
}

export function onCommit(state: CcroState, from: NodeId, commit: Commit, out: CcroOut): void {
  const { rounds, roles, ledger } = state;
  const known = rounds.at(commit.epoch, commit.height);
  const isAgain = known?.commit?.digest === commit.digest && from === known.roles.communication;
  if (isAgain && commit.height > ledger.height) return replyAgain(known, out);
  const objection = objectionToCommit(state, from, commit);
  if (objection !== undefined) return out.reject(from, objection);

  const round = known ?? rounds.open(roles, commit.height);
  round.commit = commit;
  if (commit.epoch < roles.epoch) replyInOlderEpoch(state, round, out);
  else replyLate(state, round, commit, out);
}

export function onReply(state: CcroState, signed: Signed<Reply>, out: CcroOut): void {
  const { from, message } = signed;
  const objection = objectionToReply(state, from, message);
  const round = state.rounds.at(message.epoch, message.height);
  // A reply about something else does not count, but it stands in the log.
  const isVote = objection === "another digest" || objection === "other results";
  if (objection === undefined || isVote) round?.replies.add(from, signed);
  if (objection !== undefined) return out.reject(from, objection);
  if (round !== undefined) completeIfReplied(state, round, out);
}

/** Says what its role lets it say about the next height by now. */
export function takeTurn(state: CcroState, out: CcroOut): void {
  const round = currentRound(state);
  if (round === undefined || !isOnHead(state, round, out)) return;
  if (state.role === "communication") {
    relayDigest(state, round, out);
    commitIfPrepared(state, round, out);
  }
  if (state.role === "consensus") {
    vote(state, round, out);
    replyIfCommitted(state, round, out);
  }
}

/** A block of a later height turns out to be wrong only when that height is due. */
function isOnHead({ ledger, roles }: CcroState, round: Round, out: CcroOut): boolean {
  const { proposed } = round;
  if (proposed === undefined || ledger.extendsHead(proposed.block)) return true;
  round.proposed = undefined;
  out.reject(roles.primary, "another parent");
  return false;
}

/** Phase 2: the communication node names the block to all voters. */
function relayDigest({ roles, now }: CcroState, round: Round, out: CcroOut): void {
  const { proposed, height } = round;
  if (proposed === undefined || round.prePrepare !== undefined) return;
  round.prePrepare = { kind: "pre-prepare", epoch: roles.epoch, height, digest: proposed.digest };
  round.askedAt = now;
  out.broadcast(roles.consensus, round.prePrepare);
}

/** Phase 3: a consensus node votes on the block it holds, once for each epoch and height. */
function vote(state: CcroState, round: Round, out: CcroOut): void {
  const { proposed, prePrepare, height } = round;
  if (proposed === undefined || prePrepare === undefined || round.prepare !== undefined) return;
  const { epoch, communication } = state.roles;
  const earlier = state.prepares.find(
    (prepare) => prepare.epoch === epoch && prepare.height === height,
  );
  const { digest, block } = proposed;
  const isYes = prePrepare.digest === digest;
  const node = state.id;
  // A vote of an earlier life stands, whatever is proposed now.
  const prepare = earlier ?? { kind: "prepare", epoch, height, digest, isYes, node };
  round.prepare = prepare;
  if (earlier === undefined) {
    state.prepares = [...state.prepares, prepare];
    persist({ kind: "voted", prepare, block }, out);
  }
  out.mark({ name: "voted", view: epoch, slot: height, detail: digest });
  out.send(communication, prepare);
}

/** Phase 4: a quorum said yes, so the communication node hands everybody the message log. */
function commitIfPrepared(state: CcroState, round: Round, out: CcroOut): void {
  const { rules, roles, certificates } = state;
  const { prePrepare, height, prepares } = round;
  if (prePrepare === undefined || round.commit !== undefined) return;
  const { digest } = prePrepare;
  const inFavour = prepares.count(({ message }) => message.isYes && message.digest === digest);
  if (inFavour < preparesNeeded(certificates.sizesOf(roles))) return;
  const { epoch } = roles;
  const votes = [...prepares.entries()].map(([node, { message, signature }]) => ({
    node,
    digest: message.digest,
    isYes: message.isYes,
    signature: rules.commit === "certificate" ? signature : "",
  }));
  round.commit = { kind: "commit", epoch, height, digest, votes };
  state.prepared = certificateIn(state, round, round.commit) ?? state.prepared;
  out.mark({ name: "prepared", view: epoch, slot: height, detail: digest });
  out.broadcast(roles.consensus, round.commit);
}

/** Phase 5: a consensus node executes on trial what is prepared, and replies. */
function replyIfCommitted(state: CcroState, round: Round, out: CcroOut): void {
  const { proposed, commit, height, roles } = round;
  if (proposed === undefined || commit === undefined || round.reply !== undefined) return;
  // It holds another block than the one prepared: the formal block will tell.
  if (proposed.digest !== commit.digest) return;
  const { digest, block } = proposed;
  const { epoch } = roles;
  const earlier = state.replies.find((reply) => reply.epoch === epoch && reply.height === height);
  round.reply = earlier ?? replyTo(state, round, commit, { digest, block }, out);
  out.send(roles.primary, round.reply);
}

function replyTo(
  state: CcroState,
  round: Round,
  commit: Commit,
  { digest, block }: NamedBlock,
  out: CcroOut,
): Reply {
  const { height, roles } = round;
  const { epoch } = roles;
  if (state.ledger.onTrial !== digest) rollBack(state, out);
  const results = state.ledger.execute(block, digest, epoch).digest;
  const reply = { kind: "reply", epoch, height, digest, results, node: state.id } as const;
  const prepared = certificateIn(state, round, commit);
  state.prepared = prepared ?? state.prepared;
  state.replies = [...state.replies, reply];
  persist({ kind: "replied", reply, block, prepared }, out);
  out.mark({ name: "prepared", view: epoch, slot: height, detail: digest });
  return reply;
}

/**
 * The formal block overtook the commit, where f + 1 replies are enough: the block is executed and
 * stored, and the primary's log is told so all the same. A round costs what it costs, in any order.
 */
function replyLate({ ledger, id }: CcroState, round: Round, commit: Commit, out: CcroOut): void {
  const { epoch, height, digest } = commit;
  const { results, roles } = round;
  if (results === undefined || round.reply !== undefined) return;
  if (ledger.at(height)?.proof.digest !== digest) return;
  round.reply = { kind: "reply", epoch, height, digest, results, node: id };
  out.send(roles.primary, round.reply);
}

/** Without R5 a node answers even when it has reported for a newer epoch, unless it voted there. */
function replyInOlderEpoch(state: CcroState, round: Round, out: CcroOut): void {
  const { proposed, height, roles } = round;
  if (proposed === undefined || !state.ledger.extendsHead(proposed.block)) return;
  const isBound = [...state.prepares, ...state.replies].some(
    (said) => said.height === height && said.epoch > roles.epoch,
  );
  if (!isBound) replyIfCommitted(state, round, out);
}

/**
 * Its vote, by now, changes nothing. Saying that again would be answered with this commit again: two
 * nodes that hold different blocks would never fall silent.
 */
function replyAgain({ reply, roles }: Round, out: CcroOut): void {
  if (reply !== undefined) out.send(roles.primary, reply);
}

/** What a commit proves, as evidence for later epochs. */
function certificateIn(
  { rules, certificates }: CcroState,
  { roles, height }: Round,
  { digest, votes }: Commit,
): Prepared | undefined {
  if (rules.commit === "log") return undefined;
  const inFavour = votes.filter(
    (logged: LoggedPrepare) => logged.isYes && logged.digest === digest,
  );
  const needed = preparesNeeded(certificates.sizesOf(roles));
  return {
    epoch: roles.epoch,
    height,
    digest,
    votes: inFavour.slice(0, needed),
    assignment: roles.assignment,
  };
}

/** Answers a duplicate with what it said before. */
export function sayAgain(state: CcroState, round: Round, out: CcroOut): void {
  const { roles, role, ledger } = state;
  const { prePrepare, prepare, prepares, commit, reply, height } = round;
  if (height <= ledger.height) return;
  if (role === "communication") {
    const silent = roles.consensus.filter((node) => prepares.of(node) === undefined);
    if (commit !== undefined) out.broadcast(roles.consensus, commit);
    else if (prePrepare !== undefined) out.broadcast(silent, prePrepare);
  } else if (reply !== undefined) {
    out.send(round.roles.primary, reply);
  } else if (prepare !== undefined) {
    out.send(round.roles.communication, prepare);
  }
}
