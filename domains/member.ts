/**
 * A node of a split cluster: takes part in its own domain, keeps the common ledger, tells other domains
 * what its own decided, and sees to it that no height stays empty for want of requests.
 */

import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Delivery, Effect, Input, Machine, Status } from "../core/machine.ts";
import { type Message, type Request, requestDigest, type Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { EvidenceReader, MemberSetup, Protocol } from "../core/protocol.ts";
import { heightOf, ordererOf, slotOf } from "./heights.ts";
import { Inside, type InsideListener } from "./inside.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import {
  type DomainMessage,
  isBlock,
  isFetch,
  isOutcome,
  isScoped,
  type LedgerBlock,
  type LedgerFetch,
  type Outcome,
} from "./messages.ts";
import { insideOf, ledgerOf } from "./records.ts";
import { fillerOf, isFiller, remember, Scope } from "./scope.ts";
import { type Domain, domainServing, type Split } from "./split.ts";

const fillTimer = "fill";
const fetchTimer = "fetch";
// Most blocks in answer to one fetch; whoever needs more asks on.
const mostBlocks = 64;
// Patience doubles with each try in vain, up to this many times the first.
const longestPatience = 8;

type Outer<M extends Message> = Out<DomainMessage<M>>;

export class DomainMember<M extends Message> implements Machine<DomainMessage<M>>, InsideListener {
  readonly #setup: MemberSetup<DomainMessage<M>>;
  readonly #split: Split;
  readonly #domain: Domain;
  readonly #scope: Scope<M>;
  readonly #inside: Inside<M>;
  readonly #ledger: Ledger<M>;
  readonly #speaker: string;
  readonly #readers: readonly EvidenceReader<M>[];
  /** Whom each domain is told through: its first speaker, then whoever spoke for it last. */
  readonly #speakers: NodeId[];
  readonly #isReplica: boolean;
  #out: Outer<M> = new Out();
  /** Highest slot that this domain decided, as far as is known here. */
  #ownSlot = 0;
  /** Turns up to this one have begun somewhere: all domains must fill their heights in them. */
  #turn = 0;
  #filledSlot = 0;
  #fill = { isOn: false, slot: 0, tries: 0 };
  #fetch = { isOn: false, height: 0, tries: 0 };

  constructor(inner: Protocol<M>, around: Split, setup: MemberSetup<DomainMessage<M>>) {
    const domain = around.domainOf.get(setup.id) ?? domainServing(around, setup.id);
    const { finality } = inner;
    this.#setup = setup;
    this.#split = around;
    this.#domain = domain;
    this.#scope = new Scope(domain, around, setup.tools);
    const count = around.domains.length;
    this.#inside = new Inside(inner, { setup, scope: this.#scope, count });
    this.#ledger = new Ledger(setup.service, (text) => setup.tools.digest(text));
    this.#isReplica = domain.replicas.includes(setup.id);
    this.#speaker = finality?.speaker ?? "";
    this.#readers = around.domains.flatMap((each) => {
      const tools = new Scope<M>(each, around, setup.tools).tools("");
      return finality?.createReader({ n: each.n, f: each.f, tools }) ?? [];
    });
    this.#speakers = around.domains.map(
      ({ members, replicas }) =>
        members.find(({ role }) => role === this.#speaker)?.id ?? replicas[0] ?? "",
    );
  }

  step(input: Input<DomainMessage<M>>, now: Millis): readonly Effect<DomainMessage<M>>[] {
    const out: Outer<M> = new Out();
    this.#out = out;
    switch (input.kind) {
      case "start":
        this.#restore(input.records);
        this.#step(this.#inside.start(insideOf(input.records), input.lost), now);
        break;
      case "message":
        this.#receive(input.signed, now);
        break;
      case "time-out":
        this.#onTimer(input.timer, now);
        break;
      case "request":
        break;
    }
    if (this.#isReplica) {
      this.#fillIfIdle(now);
      this.#watchLedger();
    }
    return out.effects;
  }

  #step(input: Input<M>, now: Millis): void {
    this.#inside.step(input, now, this.#out, this);
  }

  // --- What comes in ---

  #receive(signed: Signed<DomainMessage<M>>, now: Millis): void {
    const { from, message } = signed;
    if (isScoped(message)) {
      const input = this.#inside.received({ ...signed, message });
      return typeof input === "string" ? this.#out.reject(from, input) : this.#step(input, now);
    }
    if (!this.#isReplica) return this.#out.reject(from, "not for this node");
    if (isBlock(message)) return this.#onBlock({ ...signed, message });
    if (isFetch(message)) return this.#onFetch(from, message);
    if (isOutcome(message)) return this.#out.reject(from, "not for a node");
    return this.#onRequest({ ...signed, message }, now);
  }

  /** Answered if it is in the ledger, else for the domain to order. */
  #onRequest(signed: Signed<Request>, now: Millis): void {
    const { client, timestamp } = signed.message;
    if (domainServing(this.#split, client) !== this.#domain || isFiller(client)) {
      return this.#out.reject(signed.from, "a client of another domain");
    }
    const last = this.#ledger.lastReply(client);
    if (last?.timestamp === timestamp && signed.from === client) {
      return this.#answer(client, this.#ledger.at(last.slot)?.view ?? 0);
    }
    // A request is a message of every protocol inside.
    this.#step({ kind: "message", signed: signed as Signed<Message> as Signed<M> }, now);
  }

  #onTimer(timer: string, now: Millis): void {
    const input = this.#inside.timer(timer);
    if (input !== undefined) return this.#step(input, now);
    if (timer === fillTimer) return this.#onFillTimer(now);
    if (timer === fetchTimer) this.#onFetchTimer();
  }

  // --- The ledger ---

  /** A slot of this domain. */
  decided({ slot, view, digest, executed }: Delivery): void {
    const requests = executed
      .filter(({ client }) => !isFiller(client))
      .map(({ client, timestamp, operation }): Request => {
        return { kind: "request", operation, timestamp, client };
      });
    const height = heightOf(slot, this.#domain.index, this.#split.domains.length);
    const evidence = this.#inside.finished(slot);
    const shown = evidence === undefined ? {} : { evidence };
    const isNew = this.#take({ height, view, digest, requests, ...shown });
    if (isNew && evidence !== undefined) this.#speak(evidence);
  }

  jumped(slot: number): void {
    this.#ownSlot = Math.max(this.#ownSlot, slot);
  }

  /** The speaker of this domain tells those of all others. */
  #speak(evidence: M): void {
    if (this.#inside.status().role !== this.#speaker) return;
    const relays = this.#speakers.filter((_, index) => index !== this.#domain.index);
    this.#out.broadcast(relays, this.#block(this.#domain.index, evidence, relays));
  }

  #onBlock(signed: Signed<LedgerBlock<M>>): void {
    const { from, message } = signed;
    const { domain, evidence, relays } = message;
    const read = this.#readers[domain]?.read(evidence) ?? "no such domain";
    if (typeof read === "string") return this.#out.reject(from, read);
    const isOwnWord = this.#split.domainOf.get(from)?.index === domain;
    if (!read.isProven && !isOwnWord) return this.#out.reject(from, "another domain's word");

    const { slot, view, digest } = read;
    const height = heightOf(slot, domain, this.#split.domains.length);
    const known = this.#ledger.at(height);
    if (known !== undefined) {
      if (known.digest !== digest) this.#out.reject(from, "another block at this height");
      return;
    }
    const requests = read.requests.filter(({ client }) => !isFiller(client));
    this.#take({ height, view, digest, requests, evidence });
    if (isOwnWord && relays.length > 0) this.#speakers[domain] = from;
    if (!relays.includes(this.#setup.id)) return;
    // Under its own signature: where nothing is proven, it is the other speaker's word that counts.
    for (const peer of this.#peers()) this.#out.forward(peer, signed);
  }

  /** Into the ledger, and whatever can be executed by now. False if it was there. */
  #take(entry: LedgerEntry<M>): boolean {
    if (!this.#put(entry)) return false;
    // Numbers, texts and a message: plain data all through.
    this.#out.persist({ ledger: entry as unknown as Json });
    this.#advance();
    return true;
  }

  #put(entry: LedgerEntry<M>): boolean {
    if (!this.#ledger.put(entry)) return false;
    const count = this.#split.domains.length;
    const slot = slotOf(entry.height, count);
    this.#turn = Math.max(this.#turn, slot);
    const isOwn = ordererOf(entry.height, count) === this.#domain.index;
    if (isOwn) this.#ownSlot = Math.max(this.#ownSlot, slot);
    return true;
  }

  #advance(): void {
    for (;;) {
      const delivery = this.#ledger.advance();
      if (delivery === undefined) return;
      this.#out.deliver(delivery);
      for (const { client } of delivery.executed) {
        const isOurs = domainServing(this.#split, client) === this.#domain;
        if (isOurs) this.#answer(client, delivery.view);
      }
    }
  }

  #answer(client: NodeId, view: number): void {
    const last = this.#ledger.lastReply(client);
    if (last === undefined) return;
    const { timestamp, result, slot: height } = last;
    const node = this.#setup.id;
    const leader = this.#leader();
    const outcome: Outcome = {
      ...{ kind: "outcome", height, view, timestamp, client, node, leader, result },
    };
    this.#out.send(client, outcome);
  }

  #leader(): NodeId {
    const { primary } = this.#inside.status();
    return typeof primary === "string" ? primary : this.#setup.id;
  }

  #restore(records: readonly Json[]): void {
    for (const entry of ledgerOf(records)) this.#put(entry as unknown as LedgerEntry<M>);
    this.#advance();
  }

  // --- Idle heights ---

  /** Another domain has begun a turn in which this one has no block yet. */
  #fillIfIdle(now: Millis): void {
    const next = this.#ownSlot + 1;
    if (this.#turn < next) {
      if (this.#fill.isOn) this.#out.stopTimer(fillTimer);
      this.#fill.isOn = false;
      return;
    }
    if (!this.#fill.isOn || this.#fill.slot !== next) {
      this.#fill = { isOn: true, slot: next, tries: 0 };
      this.#out.startTimer(fillTimer, this.#setup.settings.timeoutMs);
    }
    if (this.#filledSlot >= next || this.#inside.status().role !== "primary") return;
    this.#filledSlot = next;
    this.#step({ kind: "message", signed: this.#filler(next) }, now);
    // A domain of one has decided by now, and may be behind by more than one turn.
    if (this.#ownSlot >= next) this.#fillIfIdle(now);
  }

  /** Its primary did not see to it: everybody asks everybody, as a client would. */
  #onFillTimer(now: Millis): void {
    const { slot, tries } = this.#fill;
    if (!this.#fill.isOn || slot !== this.#ownSlot + 1) return;
    this.#fill.tries += 1;
    const patience = Math.min(2 ** (tries + 1), longestPatience);
    this.#out.startTimer(fillTimer, patience * this.#setup.settings.timeoutMs);
    const filler = this.#filler(slot);
    this.#out.broadcast(this.#peers(), this.#scope.wrap(filler.message));
    this.#step({ kind: "message", signed: filler }, now);
  }

  /** Asks for nothing, so that a block comes about: no client is told of it. */
  #filler(slot: number): Signed<M> {
    const { id, tools } = this.#setup;
    const client = fillerOf(this.#scope.inside(id) ?? id);
    const request: Request = { kind: "request", operation: "null", timestamp: slot, client };
    const message = request as Message as M;
    return { ...tools.seal(this.#scope.wrap(message)), from: client, message };
  }

  // --- Missing blocks ---

  /** The timer runs while a block waits for one below it. */
  #watchLedger(): void {
    const { height, highest } = this.#ledger;
    const isWaiting = highest > height;
    if (isWaiting && this.#fetch.isOn && this.#fetch.height === height) return;
    if (isWaiting) this.#out.startTimer(fetchTimer, this.#setup.settings.timeoutMs);
    else if (this.#fetch.isOn) this.#out.stopTimer(fetchTimer);
    this.#fetch = { isOn: isWaiting, height, tries: 0 };
  }

  /** Asks f + 1 members of the domain whose block it is, then the next ones. */
  #onFetchTimer(): void {
    const { height, highest } = this.#ledger;
    if (highest <= height) return;
    const { tries } = this.#fetch;
    this.#fetch.tries += 1;
    const owner = this.#split.domains[ordererOf(height + 1, this.#split.domains.length)];
    const holders = (owner?.replicas ?? []).filter((id) => id !== this.#setup.id);
    const first = holders.length === 0 ? 0 : (tries * ((owner?.f ?? 0) + 1)) % holders.length;
    const inTurn = [...holders.slice(first), ...holders.slice(0, first)];
    const fetch: LedgerFetch = { kind: "ledger-fetch", from: height + 1, to: highest };
    this.#out.broadcast(inTurn.slice(0, (owner?.f ?? 0) + 1), fetch);
    const patience = Math.min(2 ** (tries + 1), longestPatience);
    this.#out.startTimer(fetchTimer, patience * this.#setup.settings.timeoutMs);
  }

  #onFetch(asker: NodeId, { from, to }: LedgerFetch): void {
    if (!this.#split.domainOf.has(asker)) return this.#out.reject(asker, "not a node");
    if (from < 1 || to < from) return this.#out.reject(asker, "no range of heights");
    const count = this.#split.domains.length;
    // Somebody waits for it, so it must come about; one slot at a time, whatever anybody claims.
    if (ordererOf(from, count) === this.#domain.index) {
      this.#turn = Math.max(this.#turn, Math.min(slotOf(from, count), this.#ownSlot + 1));
    }
    const last = Math.min(to, from + mostBlocks - 1, this.#ledger.highest);
    for (let height = from; height <= last; height += 1) {
      const evidence = this.#ledger.at(height)?.evidence;
      if (evidence === undefined) continue;
      this.#out.send(asker, this.#block(ordererOf(height, count), evidence, []));
    }
  }

  #block(domain: number, evidence: M, relays: readonly NodeId[]): LedgerBlock<M> {
    const block: LedgerBlock<M> = { kind: "ledger-block", domain, evidence, relays };
    remember(block, this.#scope);
    return block;
  }

  #peers(): readonly NodeId[] {
    return this.#domain.replicas.filter((id) => id !== this.#setup.id);
  }

  // --- What operators see ---

  status(): Status {
    const inside = this.#inside.status();
    if (!this.#isReplica) return { ...inside, domain: this.#domain.index };
    return {
      ...inside,
      slot: this.#ledger.height,
      domain: this.#domain.index,
      domainNodes: [...this.#domain.replicas],
      domainSlot: inside.slot,
      primary: this.#leader(),
      highestBlock: this.#ledger.highest,
      history: this.#ledger.history,
    };
  }

  /** Of its own domain the votes, too; of the others the blocks, on which no vote was due here. */
  log(from: number, to: number): readonly LogEntry[] {
    const own = this.#inside.log(from, to);
    const voted = new Set(own.map(({ slot }) => slot));
    const blocks: LogEntry[] = [];
    for (const entry of this.#ledger.between(from, to)) {
      if (!voted.has(entry.height)) blocks.push(this.#logged(entry));
    }
    return [...own, ...blocks].sort((a, b) => a.slot - b.slot);
  }

  #logged({ height, view, digest, requests }: LedgerEntry<M>): LogEntry {
    const { tools } = this.#setup;
    const names = requests.map((request) => requestDigest(request, tools.digest));
    return {
      slot: height,
      view,
      state: height <= this.#ledger.height ? "executed" : "known",
      values: [{ digest, requests: names }],
      votes: [],
      voters: [],
    };
  }
}
