/** The operator's votes: what is let in, what is acked, and what is told to single nodes. */

import type { NodeId } from "../../../core/ids.ts";
import type { Signed } from "../../../core/messages.ts";
import type { Out } from "../../../core/out.ts";
import type { Commit, PbftMessage, PrePrepare, Prepare } from "../../../pbft/messages.ts";
import {
  currentSlots,
  type Desk,
  isBetweenViews,
  isHopeless,
  leaderOf,
  leads,
  note,
  preparesIn,
  type Slot,
  slotOf,
  tallyOf,
  viewOf,
} from "./desk.ts";
import { nameOf } from "./names.ts";
import { type Phase, tell } from "./notices.ts";
import type { Order } from "./orders.ts";
import type { ConsoleMessage } from "./side-messages.ts";

type VoteOrder = Order & { readonly order: "vote" };
type Sending = Out<ConsoleMessage>;

/** A proposal waits at the door until the operator says yes; the replica has not seen it until then. */
export function onPrePrepare(desk: Desk, signed: Signed<PrePrepare>, out: Sending): void {
  const { message: prePrepare, from } = signed;
  const { view, sequence, digest, batch } = prePrepare;
  const { view: now, slot: executed } = desk.replica.status();
  const [first] = batch;
  const isUsual = from === leaderOf(desk, view) && view >= now && sequence > executed;
  // Whatever else it is, the replica has an objection to it.
  if (!isUsual || first === undefined) return pass(desk, signed, out);
  note(desk, prePrepare);
  const slot = slotOf(desk, view, sequence);
  if (slot === undefined) return out.reject(from, "no room for another proposal");
  if (slot.digest !== undefined && slot.digest !== digest) {
    tell(out, { view, slot: sequence }, { kind: "equivocation", from });
    return slot.prepare === true
      ? pass(desk, signed, out)
      : out.reject(from, "conflicting pre-prepare");
  }
  if (slot.door !== undefined && !slot.prepare) return;
  slot.digest = digest;
  if (slot.prepare === true || isWithdrawal(first.message.operation)) {
    slot.isAutomatic = isWithdrawal(first.message.operation);
    slot.prepare = true;
    pass(desk, signed, out);
    if (slot.isAutomatic) open(desk, slot, out);
    return;
  }
  slot.door = signed;
}

/** The client takes its own transaction back: that needs nobody's consent. */
export function isWithdrawal(operation: string): boolean {
  return operation.startsWith('{"op":"abort",');
}

const pass = (desk: Desk, signed: Signed<PbftMessage>, out: Sending): void =>
  desk.drive({ kind: "message", signed }, out);

export function onPrepare(desk: Desk, signed: Signed<Prepare>, out: Sending): void {
  const { message, from } = signed;
  const { view, sequence, digest } = message;
  const slot = desk.slots.get(`${view}|${sequence}`);
  const before = slot === undefined ? 0 : votesIn(desk, slot);
  pass(desk, signed, out);
  if (slot?.digest === undefined || slot.isAutomatic || slot.isCarried) return;
  if (votesIn(desk, slot) === before) return;
  const isYes = digest === slot.digest;
  const tally = tallyOf(desk, slot, "prepare");
  tell(out, { view, slot: sequence }, { kind: "vote", phase: "prepare", from, isYes, tally });
}

function votesIn(desk: Desk, slot: Slot): number {
  const { yes, no } = tallyOf(desk, slot, "prepare");
  return yes.length + no.length;
}

/** The commits of others wait until the operator acks: the replica's own counts as soon as it sees them. */
export function onCommit(desk: Desk, signed: Signed<Commit>, out: Sending): void {
  const { message, from } = signed;
  const { view, sequence, digest } = message;
  const { view: now, slot: executed } = desk.replica.status();
  const isUsual = from === message.replica && desk.others.includes(from);
  if (!isUsual || view < now || sequence <= executed) return pass(desk, signed, out);
  const slot = slotOf(desk, view, sequence);
  if (slot === undefined) return out.reject(from, "no room for another slot");
  const isNew = !slot.commits.has(from);
  if (isNew) slot.commits.set(from, signed);
  // Before the proposal has come, nobody knows what the vote is for, or whether anybody is asked.
  if (isNew && !slot.isAutomatic && slot.digest !== undefined) {
    const isYes = digest === slot.digest;
    const tally = tallyOf(desk, slot, "commit");
    tell(out, { view, slot: sequence }, { kind: "vote", phase: "commit", from, isYes, tally });
  }
  if (slot.isOpen || slot.isAutomatic) pass(desk, signed, out);
}

/** Lets the replica see the commits of others. */
export function open(desk: Desk, slot: Slot, out: Sending): void {
  if (slot.isOpen) return;
  slot.isOpen = true;
  for (const signed of slot.commits.values()) pass(desk, signed, out);
}

export function vote(desk: Desk, order: VoteOrder, out: Sending): void {
  const slot = order.phase === "prepare" ? slotToPrepare(desk, order) : slotToCommit(desk, order);
  if (typeof slot === "string") return refuse(desk, slot, out);
  if (order.to !== undefined) return tellOne(desk, slot, { ...order, to: order.to }, out);
  castPlain(desk, slot, order, out);
}

export const refuse = (desk: Desk, why: string, out: Sending): void =>
  tell(out, { view: viewOf(desk), slot: 0 }, { kind: "refused", why });

/** The slot that a vote to prepare is about, or why there is none. */
function slotToPrepare(desk: Desk, { to }: VoteOrder): Slot | string {
  if (isBetweenViews(desk)) return betweenViews(desk);
  if (leads(desk)) {
    return `${nameOf(desk.self)} leads view ${viewOf(desk)}: its pre-prepare already is its vote`;
  }
  const slots = currentSlots(desk).filter(({ isAutomatic }) => !isAutomatic);
  const slot = slots.find(({ door, prepare }) => door !== undefined && prepare === undefined);
  if (slot !== undefined)
    return to === undefined ? slot : (objectionToTell(slot, "prepare", to) ?? slot);
  const [last] = slots.filter(({ prepare }) => prepare !== undefined);
  if (last === undefined) return nothingProposed(desk);
  return `${nameOf(desk.self)} has voted ${last.prepare ? "yes" : "no"} on sequence ${last.sequence} already: in one view nobody votes twice`;
}

function slotToCommit(desk: Desk, { to }: VoteOrder): Slot | string {
  if (isBetweenViews(desk)) return betweenViews(desk);
  if (leads(desk) && to === undefined) {
    return `${nameOf(desk.self)} leads view ${viewOf(desk)}: it commits with progress`;
  }
  const slots = currentSlots(desk).filter(({ isAutomatic }) => !isAutomatic);
  const [slot] = slots;
  if (slot === undefined) return nothingProposed(desk);
  if (slot.ack !== undefined && to === undefined) {
    return `${nameOf(desk.self)} has acked ${slot.ack ? "commit" : "abort"} for sequence ${slot.sequence} already: in one view nobody votes twice`;
  }
  if (slot.commit === undefined) return notPrepared(desk, slot);
  return to === undefined ? slot : (objectionToTell(slot, "commit", to) ?? slot);
}

function notPrepared(desk: Desk, slot: Slot): string {
  if (slot.prepare === undefined && !leads(desk)) {
    return `vote on sequence ${slot.sequence} first: prepare yes or prepare no`;
  }
  if (slot.prepare === false) {
    return `${nameOf(desk.self)} voted no on sequence ${slot.sequence}: it has nothing to ack`;
  }
  const { yes, threshold } = tallyOf(desk, slot, "prepare");
  return `sequence ${slot.sequence} is not prepared yet: ${yes.length} of ${desk.replicas.length} said yes, and it takes ${threshold}`;
}

const betweenViews = (desk: Desk): string =>
  `${nameOf(desk.self)} waits for view ${viewOf(desk)} and does not vote in between`;

const nothingProposed = (desk: Desk): string =>
  `there is nothing to vote on: ${nameOf(leaderOf(desk, viewOf(desk)))} leads and has proposed nothing`;

function objectionToTell(slot: Slot, phase: Phase, to: NodeId): string | undefined {
  const word = slot.told[phase].get(to);
  if (word === undefined) return undefined;
  return `${nameOf(to)} was told ${wordFor(phase, word)} already: nobody counts a second vote`;
}

const wordFor = (phase: Phase, isYes: boolean): string =>
  phase === "prepare" ? (isYes ? "yes" : "no") : isYes ? "commit" : "abort";

/** A Byzantine operator: one node hears something of its own. */
function tellOne(
  desk: Desk,
  slot: Slot,
  { phase, isYes, to }: VoteOrder & { readonly to: NodeId },
  out: Sending,
): void {
  slot.told[phase].set(to, isYes);
  out.send(to, voteOf(desk, slot, phase, isYes));
  const tally = tallyOf(desk, slot, phase);
  say(slot, { kind: "cast", phase, isYes, to, isAgain: false, tally }, out);
}

/** The same word for everybody who was not told one of their own. */
export function castPlain(
  desk: Desk,
  slot: Slot,
  { phase, isYes }: Pick<VoteOrder, "phase" | "isYes">,
  out: Sending,
  isAgain = false,
): void {
  if (phase === "prepare") castPrepare(desk, slot, isYes, out);
  else castCommit(desk, slot, isYes, out);
  if (phase === "prepare" && isYes && !hasPrepared(desk, slot)) {
    slot.prepare = false;
    return refuse(
      desk,
      "the replica does not accept this proposal: its client did not sign it",
      out,
    );
  }
  const tally = tallyOf(desk, slot, phase);
  const to = undefined;
  say(slot, { kind: "cast", phase, isYes, to, isAgain, tally }, out);
  // Its leader looks at the commits of others with the second `progress`.
  if (phase === "commit" && isYes && !leads(desk)) open(desk, slot, out);
}

const hasPrepared = (desk: Desk, slot: Slot): boolean =>
  preparesIn(desk, slot).some(({ voter }) => voter === desk.self);

function castPrepare(desk: Desk, slot: Slot, isYes: boolean, out: Sending): void {
  slot.prepare = isYes;
  // The replica prepares it as soon as it sees it.
  if (!isYes) out.broadcast(untold(desk, slot, "prepare"), voteOf(desk, slot, "prepare", false));
  else if (slot.door !== undefined) pass(desk, slot.door, out);
}

function castCommit(desk: Desk, slot: Slot, isYes: boolean, out: Sending): void {
  slot.ack = isYes;
  out.broadcast(untold(desk, slot, "commit"), voteOf(desk, slot, "commit", isYes));
}

export const untold = ({ others }: Desk, { told }: Slot, phase: Phase): readonly NodeId[] =>
  others.filter((other) => !told[phase].has(other));

/** A no is a vote for having nothing there: signed and well-formed, and no part of any certificate. */
function voteOf(desk: Desk, slot: Slot, phase: Phase, isYes: boolean): Prepare | Commit {
  if (phase === "commit" && isYes && slot.commit !== undefined) return slot.commit;
  const { view, sequence } = slot;
  const digest = isYes ? (slot.digest ?? desk.nothing) : desk.nothing;
  return { kind: phase, view, sequence, digest, replica: desk.self };
}

/** The leader looks at the votes: prepared, then committed, or not yet, or never in this view. */
export function progress(desk: Desk, out: Sending, abort: (slot: Slot) => void): void {
  if (isBetweenViews(desk)) return refuse(desk, betweenViews(desk), out);
  const leader = leaderOf(desk, viewOf(desk));
  if (leader !== desk.self) {
    return refuse(
      desk,
      `only the leader drives a transaction on, and that is ${nameOf(leader)}`,
      out,
    );
  }
  const slot = currentSlots(desk).find(({ isAutomatic, digest }) => !isAutomatic && digest);
  if (slot === undefined)
    return refuse(desk, "there is no transaction under way: start one with tx", out);
  if (slot.commit === undefined) return progressToCommit(desk, slot, out, abort);
  if (slot.ack === undefined) {
    castCommit(desk, slot, true, out);
    return say(slot, { kind: "commit phase", tally: tallyOf(desk, slot, "prepare") }, out);
  }
  const tally = tallyOf(desk, slot, "commit");
  if (tally.yes.length >= tally.threshold) {
    say(slot, { kind: "committing", tally }, out);
    return open(desk, slot, out);
  }
  if (isHopeless(desk, tally)) return say(slot, { kind: "stuck", tally }, out);
  say(slot, { kind: "not yet", phase: "commit", tally }, out);
}

function progressToCommit(desk: Desk, slot: Slot, out: Sending, abort: (slot: Slot) => void): void {
  const tally = tallyOf(desk, slot, "prepare");
  if (!isHopeless(desk, tally)) return say(slot, { kind: "not yet", phase: "prepare", tally }, out);
  say(slot, { kind: "abort", tally }, out);
  abort(slot);
}

const say = ({ view, sequence }: Slot, notice: Parameters<typeof tell>[2], out: Sending): void =>
  tell(out, { view, slot: sequence }, notice);

/** Refused here, decided by enough others: then it is decided here, too. */
export function considerOutvoted(desk: Desk, out: Sending): void {
  for (const slot of currentSlots(desk)) {
    if (slot.isOpen || (slot.prepare !== false && slot.ack !== false)) continue;
    const matching = [...slot.commits.values()].filter(
      ({ message }) => message.digest === slot.digest,
    );
    if (matching.length < desk.quorum) continue;
    say(slot, { kind: "outvoted" }, out);
    if (slot.prepare === false && slot.door !== undefined) pass(desk, slot.door, out);
    open(desk, slot, out);
  }
}
