/**
 * A PBFT replica in the hands of an operator. The replica itself is the real one: what is wrapped
 * around it decides when it sees a proposal, when its commit leaves, and when its view timer runs out.
 */

import type { Json } from "../../../core/encoding.ts";
import { type Millis, type NodeId, replicaIds } from "../../../core/ids.ts";
import type { LogEntry } from "../../../core/log.ts";
import type { Effect, Input, Machine, Status } from "../../../core/machine.ts";
import type { Signed } from "../../../core/messages.ts";
import { Out } from "../../../core/out.ts";
import type { MemberSetup } from "../../../core/protocol.ts";
import { quorumOf } from "../../../core/quorum.ts";
import { batchDigest, nullBatch, type PbftMessage } from "../../../pbft/messages.ts";
import { readRecord } from "../../../pbft/records.ts";
import { createReplica } from "../../../pbft/replica.ts";
import { catchUpTimer } from "../../../pbft/timers.ts";
import {
  abortSlot,
  askForView,
  considerAborts,
  onAbort,
  onViewAsked,
  refuseAborted,
} from "./aborting.ts";
import {
  currentSlots,
  type Desk,
  forgetPast,
  isBetweenViews,
  leads,
  note,
  type Slot,
  slotOf,
  tallyOf,
} from "./desk.ts";
import { clientId } from "./names.ts";
import { tell } from "./notices.ts";
import { readOrder } from "./orders.ts";
import { checkpoint, onReport, onReportRequest } from "./reporting.ts";
import { type ConsoleMessage, isSide } from "./side-messages.ts";
import {
  considerOutvoted,
  isWithdrawal,
  onCommit,
  onPrePrepare,
  onPrepare,
  progress,
  refuse,
  untold,
  vote,
} from "./voting.ts";

type Sending = Out<ConsoleMessage>;
type Beginning = Input<PbftMessage> & { readonly kind: "start" };

export class OperatedReplica implements Machine<ConsoleMessage> {
  readonly #desk: Desk;
  #now: Millis = 0;

  constructor(setup: MemberSetup<ConsoleMessage>) {
    const { id, n, f, service, tools } = setup;
    const replicas = replicaIds(n);
    this.#desk = {
      self: id,
      client: clientId,
      replicas,
      others: replicas.filter((replica) => replica !== id),
      f,
      quorum: quorumOf(n, f),
      nothing: batchDigest(nullBatch, (text) => tools.digest(text)),
      // The replica only ever hands its own kinds of messages to its tools.
      replica: createReplica(setup as unknown as MemberSetup<PbftMessage>),
      service,
      slots: new Map(),
      known: new Map(),
      viewsAskedFor: new Map(),
      aborted: new Set(),
      newest: new Map(),
      reports: undefined,
      drive: (input, out) => this.#drive(input, out),
    };
  }

  step(input: Input<ConsoleMessage>, now: Millis): readonly Effect<ConsoleMessage>[] {
    this.#now = now;
    const out = new Out<ConsoleMessage>();
    switch (input.kind) {
      case "start":
        this.#begin(input, out);
        break;
      case "request":
        this.#obey(input.operation, out);
        break;
      case "message":
        this.#receive(input.signed, out);
        break;
      case "time-out":
        // None of its timers is ever started: the operator is its clock.
        break;
    }
    this.#settle(out);
    return out.effects;
  }

  status(): Status {
    const { replica, service } = this.#desk;
    return { ...replica.status(), awaits: this.#awaits(), ledger: service.view() as Json };
  }

  log(from: number, to: number): readonly LogEntry[] {
    return this.#desk.replica.log(from, to);
  }

  /** What is for the operator to do next. */
  #awaits(): string {
    const desk = this.#desk;
    if (isBetweenViews(desk)) return "view change";
    const slot = currentSlots(desk).find(({ isAutomatic }) => !isAutomatic);
    if (slot === undefined) return leads(desk) ? "transaction" : "nothing";
    if (leads(desk)) return "progress";
    if (slot.door !== undefined && slot.prepare === undefined) return "prepare";
    return slot.commit !== undefined && slot.ack === undefined ? "ack" : "nothing";
  }

  #begin(input: Beginning, out: Sending): void {
    const desk = this.#desk;
    const { records } = input;
    for (const json of records) {
      const record = readRecord(json);
      if (record.kind === "accepted") note(desk, record.proposal.message);
    }
    this.#drive(input, out, (effect) => !isFetch(effect));
    if (records.length > 0) this.#takeOver();
  }

  #obey(text: string, out: Sending): void {
    const desk = this.#desk;
    const order = readOrder(text);
    switch (order.order) {
      case "transaction":
        return out.send(desk.client, {
          kind: "transaction",
          operation: order.operation,
          replica: desk.self,
        });
      case "vote":
        return vote(desk, order, out);
      case "progress":
        return progress(desk, out, (slot) => abortSlot(desk, slot, out));
      case "view change": {
        const objection = askForView(desk, out);
        return objection === undefined ? undefined : refuse(desk, objection, out);
      }
      case "checkpoint":
        return checkpoint(desk, out);
      case "catch up":
        return this.#catchUp(out);
    }
  }

  #receive(signed: Signed<ConsoleMessage>, out: Sending): void {
    const desk = this.#desk;
    const { message } = signed;
    if (isSide(message)) return this.#receiveSide(signed, out);
    switch (message.kind) {
      case "pre-prepare":
        return onPrePrepare(desk, typed(signed, message), out);
      case "prepare":
        return onPrepare(desk, typed(signed, message), out);
      case "commit":
        return onCommit(desk, typed(signed, message), out);
      default:
        break;
    }
    if (message.kind === "request") {
      const newest = desk.newest.get(message.client) ?? 0;
      desk.newest.set(message.client, Math.max(newest, message.timestamp));
    }
    if (message.kind === "new-view") this.#noteCertificates(message);
    this.#drive({ kind: "message", signed: typed(signed, message) }, out);
    if (message.kind === "view-change") {
      const asked = desk.viewsAskedFor.get(signed.from) ?? 0;
      if (message.view <= asked) return;
      desk.viewsAskedFor.set(signed.from, message.view);
      onViewAsked(desk, typed(signed, message), out);
    }
  }

  #receiveSide(signed: Signed<ConsoleMessage>, out: Sending): void {
    const { message, from } = signed;
    switch (message.kind) {
      case "abort":
        return onAbort(this.#desk, typed(signed, message), out);
      case "report-request":
        return onReportRequest(this.#desk, typed(signed, message), out);
      case "report":
        return onReport(this.#desk, typed(signed, message), out);
      default:
        return out.reject(from, "not for a replica");
    }
  }

  /** Gives the replica an input, and passes on what it may say. */
  #drive(
    input: Input<PbftMessage>,
    out: Sending,
    passes: (effect: Effect<PbftMessage>) => boolean = () => true,
  ): void {
    const { replica } = this.#desk;
    const before = replica.status();
    const effects = replica.step(input, this.#now);
    const now = replica.status();
    if (isBegun(now) && (now.view > before.view || !isBegun(before))) this.#takeOver();
    for (const effect of effects) if (passes(effect)) this.#relay(effect, out);
  }

  #relay(effect: Effect<PbftMessage>, out: Sending): void {
    switch (effect.kind) {
      case "start-timer":
      case "stop-timer":
        // The operator is the clock.
        return;
      case "broadcast":
        return this.#broadcast(effect.to, effect.message, out);
      case "send":
        return out.send(effect.to, effect.message);
      case "forward":
        if (this.#mayLeave(effect.to, effect.signed)) out.forward(effect.to, effect.signed);
        return;
      case "persist":
        return out.persist(effect.record);
      case "deliver":
        return out.deliver(effect.delivery);
      case "accept":
        return out.accept(effect.acceptance);
      case "mark":
        return out.mark(effect.mark);
      case "reject":
        return out.reject(effect.from, effect.objection);
    }
  }

  #broadcast(to: readonly NodeId[], message: PbftMessage, out: Sending): void {
    const desk = this.#desk;
    if (message.kind === "pre-prepare") {
      note(desk, message);
      const slot = slotOf(desk, message.view, message.sequence);
      if (slot !== undefined)
        this.#notePropose(slot, message.digest, message.batch[0]?.message.operation, out);
    }
    if (message.kind === "view-change") desk.viewsAskedFor.set(desk.self, message.view);
    if (message.kind === "prepare") {
      const slot = slotOf(desk, message.view, message.sequence);
      if (slot?.prepare === false) return;
      return out.broadcast(slot === undefined ? to : untold(desk, slot, "prepare"), message);
    }
    if (message.kind === "commit") {
      const slot = slotOf(desk, message.view, message.sequence);
      if (slot === undefined) return;
      slot.commit = message;
      // Parked until the operator acks.
      if (!slot.isAutomatic) return;
      slot.ack = true;
    }
    out.broadcast(to, message);
  }

  #notePropose(slot: Slot, digest: string, operation: string | undefined, out: Sending): void {
    slot.digest = digest;
    if (operation === undefined) return;
    slot.isAutomatic = isWithdrawal(operation);
    slot.isOpen ||= slot.isAutomatic;
    if (slot.isAutomatic) return;
    tell(out, { view: slot.view, slot: slot.sequence }, { kind: "proposed", operation });
  }

  /** Votes are said again to whoever asks, but only what the operator has said, and not to whom else was told. */
  #mayLeave(to: NodeId, { from, message }: Signed<PbftMessage>): boolean {
    const desk = this.#desk;
    if (from !== desk.self || (message.kind !== "prepare" && message.kind !== "commit"))
      return true;
    const slot = desk.slots.get(`${message.view}|${message.sequence}`);
    if (slot === undefined || slot.isAutomatic) return true;
    const word = message.kind === "prepare" ? slot.prepare : slot.ack;
    return word === true && !slot.told[message.kind].has(to);
  }

  /** Asks everybody in full, each by name: what one does not have, another has. */
  #catchUp(out: Sending): void {
    for (const _ of this.#desk.others) {
      this.#drive({ kind: "time-out", timer: catchUpTimer }, out, (effect) => {
        if (!isFetch(effect)) return true;
        out.send(effect.message.supplier, effect.message);
        return false;
      });
    }
  }

  /** Slots that a new view or a disk brings: proposed already, so only the acks are asked for again. */
  #takeOver(): void {
    const desk = this.#desk;
    const { view, slot: executed } = desk.replica.status();
    for (const entry of desk.replica.log(executed + 1, Number.MAX_SAFE_INTEGER)) {
      const digest = entry.values.at(-1)?.digest;
      if (entry.view !== view || digest === undefined || entry.state === "waiting") continue;
      const slot = slotOf(desk, view, entry.slot);
      if (slot === undefined) continue;
      slot.digest = digest;
      slot.isCarried = true;
      slot.prepare = leads(desk) ? undefined : true;
      slot.isAutomatic = isWithdrawal(desk.known.get(digest)?.operation ?? "");
      slot.isOpen = slot.isAutomatic;
      const hasCommit = entry.votes.some(
        (one) => one.phase === "commit" && one.voter === desk.self && one.view === view,
      );
      if (!hasCommit) continue;
      slot.commit = { kind: "commit", view, sequence: entry.slot, digest, replica: desk.self };
    }
  }

  #noteCertificates(message: PbftMessage & { readonly kind: "new-view" }): void {
    for (const { message: viewChange } of message.viewChanges) {
      for (const { prePrepare } of viewChange.prepared) note(this.#desk, prePrepare.message);
    }
  }

  /** What any step may have made possible or due to be said. */
  #settle(out: Sending): void {
    const desk = this.#desk;
    considerOutvoted(desk, out);
    for (const slot of currentSlots(desk)) if (!slot.isAutomatic) this.#announce(slot, out);
    considerAborts(desk, out);
    forgetPast(desk);
  }

  #announce(slot: Slot, out: Sending): void {
    const desk = this.#desk;
    const { view, sequence } = slot;
    const operation = desk.known.get(slot.digest ?? "")?.operation;
    if (slot.announced === undefined && slot.door !== undefined && slot.prepare === undefined) {
      slot.announced = "prepare";
      if (refuseAborted(desk, slot, out) || operation === undefined) return;
      tell(out, { view, slot: sequence }, { kind: "proposal", from: slot.door.from, operation });
    }
    if (slot.announced !== "commit" && slot.commit !== undefined && slot.prepare !== false) {
      slot.announced = "commit";
      const tally = tallyOf(desk, slot, "prepare");
      tell(out, { view, slot: sequence }, { kind: "prepared", operation, tally });
    }
  }
}

/** The compiler narrows a message by its kind, but not what the message stands in. */
const typed = <M extends ConsoleMessage>(signed: Signed<ConsoleMessage>, _message: M): Signed<M> =>
  signed as Signed<M>;

const isBegun = (status: Status): boolean => status["isViewChanging"] !== true;

type Fetching = Effect<PbftMessage> & {
  readonly kind: "broadcast";
  readonly message: PbftMessage & { readonly kind: "fetch" };
};

const isFetch = (effect: Effect<PbftMessage>): effect is Fetching =>
  effect.kind === "broadcast" && effect.message.kind === "fetch";
