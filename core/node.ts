/**
 * The only place where effects become messages and timers. The same Node runs in the simulator, in
 * memory and over HTTP; only time, transport and disk differ.
 */

import { Counters } from "./counters.ts";
import type { Crypto } from "./crypto.ts";
import type { Json } from "./encoding.ts";
import type { Envelope, Fault, FaultWitness, Lies } from "./fault.ts";
import { FaultChain } from "./fault-chain.ts";
import type { NodeId, Operation } from "./ids.ts";
import type { Effect, Input, Machine, Pledge } from "./machine.ts";
import type { Message, Signed } from "./messages.ts";
import type { Disk, Observer, Time, Transport } from "./ports.ts";
import type { Tools } from "./protocol.ts";
import type { Random } from "./random.ts";

export interface NodeOptions<M extends Message> {
  readonly id: NodeId;
  /** Makes the participant that lives here. */
  createMachine(tools: Tools<M>): Machine<M>;
  signedText(message: M): string;
  readonly time: Time;
  readonly transport: Transport<M>;
  readonly disk: Disk;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly observer?: Observer<M> | undefined;
  /** All other members of the protocol, for faults that pick victims. */
  readonly peers: readonly NodeId[];
  readonly lies: Lies<M>;
  readonly faults?: readonly Fault<M>[] | undefined;
}

/** Why a node does not even show a message to its protocol. */
export type Refusal = "unknown sender" | "bad signature";

type Doable<M extends Message> = Exclude<Effect<M>, { readonly kind: "persist" }>;

/** Stands where a record stood. */
interface Written {
  readonly kind: "written";
  isOnDisk: boolean;
}

export class Node<M extends Message> {
  readonly id: NodeId;
  readonly counters = new Counters();

  readonly #options: NodeOptions<M>;
  readonly #machine: Machine<M>;
  readonly #faults: FaultChain<M> | undefined;
  readonly #seals = new WeakMap<M, Signed<M>>();
  readonly #timers = new Map<string, () => void>();
  readonly #delays = new Set<() => void>();
  /** What is still to be done, in order; the place of each record says whether it is on disk. */
  #waiting: (Doable<M> | Written)[] = [];
  /** How much of that is done: more than nothing only while it is being carried out. */
  #next = 0;
  #isAppending = false;
  #isStopped = false;
  #heldBack = 0;

  constructor(options: NodeOptions<M>) {
    this.id = options.id;
    this.#options = options;
    this.#machine = options.createMachine({
      digest: (text) => options.crypto.digest(text),
      seal: (message) => this.#seal(message),
      isAuthentic: (signed) => this.#isAuthentic(signed),
      random: options.random.fork(`machine ${options.id}`),
    });
    this.#faults = this.#createFaults();
  }

  /** To look at, not to step. */
  get machine(): Pick<Machine<M>, "status" | "log"> {
    return this.#machine;
  }

  /** What this node's faults did so far. */
  get witnesses(): readonly FaultWitness[] {
    return this.#faults?.witnesses ?? [];
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Messages that a fault keeps, to leave later. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** Begins a life, with the records of an earlier one; `lost` when some are missing. */
  start(records: readonly Json[] = [], lost?: Pledge): void {
    this.#step(lost === undefined ? { kind: "start", records } : { kind: "start", records, lost });
    for (const { everyMs, talk } of this.#faults?.talkers() ?? []) this.#repeat(everyMs, talk);
  }

  /** Ends this life: nothing is sent, nothing is heard, no timer fires. What is on disk stays. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of [...this.#timers.values(), ...this.#delays]) cancel();
    this.#timers.clear();
    this.#delays.clear();
    this.#waiting = [];
    this.#heldBack = 0;
  }

  /** Whether the message may be shown to the protocol at all. Refusals are counted. */
  admit(signed: Signed<M>): Refusal | undefined {
    const refusal = this.#refusalOf(signed);
    if (refusal !== undefined) this.counters.refused(refusal);
    return refusal;
  }

  /** Handles a message that was admitted. */
  handle(signed: Signed<M>): void {
    if (this.#isStopped) return;
    this.counters.received(signed.message.kind);
    this.#options.observer?.received?.(this.id, signed, this.#options.time.now());
    this.#faults?.remember(signed);
    this.#step({ kind: "message", signed });
  }

  /** Asks the client that lives here for an operation. */
  request(operation: Operation): void {
    if (!this.#isStopped) this.#step({ kind: "request", operation });
  }

  #refusalOf(signed: Signed<M>): Refusal | undefined {
    if (!this.#options.crypto.knows(signed.from)) return "unknown sender";
    return this.#isAuthentic(signed) ? undefined : "bad signature";
  }

  #step(input: Input<M>): void {
    const now = this.#options.time.now();
    const effects = this.#machine.step(input, now);
    this.#options.observer?.stepped?.(this.id, input, effects, now);
    this.#isAppending = true;
    for (const effect of effects) {
      this.#waiting.push(effect.kind === "persist" ? this.#persist(effect.record) : effect);
    }
    this.#isAppending = false;
    this.#carryOut();
  }

  /** In order; what follows a record waits until the record is on disk. */
  #carryOut(): void {
    while (!this.#isStopped && this.#next < this.#waiting.length) {
      const effect = this.#waiting[this.#next];
      if (effect === undefined || (effect.kind === "written" && !effect.isOnDisk)) break;
      this.#next += 1;
      if (effect.kind !== "written") this.#perform(effect);
    }
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }

  /** Hands a record to the disk at once, so that one sync can serve all that wait for it. */
  #persist(record: Json): Written {
    const written: Written = { kind: "written", isOnDisk: false };
    this.#options.disk.append(record, () => {
      written.isOnDisk = true;
      // Whoever is about to append more goes on by itself.
      if (!this.#isAppending) this.#carryOut();
    });
    return written;
  }

  #perform(effect: Doable<M>): void {
    switch (effect.kind) {
      case "send":
        return this.#send(effect.to, effect.message);
      case "broadcast":
        return this.#broadcast(effect.to, effect.message);
      case "forward":
        return this.#send(effect.to, effect.signed.message, effect.signed);
      case "start-timer":
        return this.#startTimer(effect.timer, effect.afterMs);
      case "stop-timer":
        return this.#stopTimer(effect.timer);
      default:
        this.#count(effect);
        this.#options.observer?.effect?.(this.id, effect, this.#options.time.now());
    }
  }

  #count(effect: Effect<M>): void {
    if (effect.kind === "reject") this.counters.refused(effect.objection);
    if (effect.kind === "deliver") this.counters.delivered += 1;
    if (effect.kind === "mark") this.counters.marked(effect.mark.name);
  }

  #startTimer(name: string, afterMs: number): void {
    this.#stopTimer(name);
    const cancel = this.#options.time.after(afterMs, () => {
      this.#timers.delete(name);
      if (this.#isSettingTimer(name)) return;
      this.counters.timeOuts += 1;
      this.#step({ kind: "time-out", timer: name });
    });
    this.#timers.set(name, cancel);
  }

  /** The machine has stopped or restarted it already: only the disk keeps that back. */
  #isSettingTimer(name: string): boolean {
    return this.#waiting.some(
      (effect) =>
        (effect.kind === "start-timer" || effect.kind === "stop-timer") && effect.timer === name,
    );
  }

  #stopTimer(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #broadcast(everybody: readonly NodeId[], message: M): void {
    if (this.#faults !== undefined) {
      for (const to of everybody) this.#send(to, message);
    } else if (everybody.length > 0) {
      const signed = this.#seal(message);
      for (const to of everybody) this.#dispatch(to, signed);
    }
  }

  #send(to: NodeId, message: M, forwarded?: Signed<M>): void {
    if (this.#faults === undefined) return this.#dispatch(to, forwarded ?? this.#seal(message));
    const envelope = { to, message, forwarded, delayMs: 0, isBadlySealed: false };
    for (const leaving of this.#faults.pass(envelope)) this.#release(leaving);
  }

  #release({ to, message, forwarded, delayMs, isBadlySealed }: Envelope<M>): void {
    const sealed = forwarded ?? this.#seal(message);
    const signed = isBadlySealed ? { ...sealed, signature: `x${sealed.signature}` } : sealed;
    if (delayMs <= 0) return this.#dispatch(to, signed);
    this.#heldBack += 1;
    this.#later(delayMs, () => {
      this.#heldBack -= 1;
      this.#dispatch(to, signed);
    });
  }

  #dispatch(to: NodeId, signed: Signed<M>): void {
    this.counters.sent(signed.message.kind);
    this.#options.observer?.sent?.(this.id, to, signed, this.#options.time.now());
    this.#options.transport.send(this.id, to, signed);
  }

  #repeat(everyMs: number, talk: () => readonly Envelope<M>[]): void {
    this.#later(everyMs, () => {
      for (const leaving of talk()) this.#release(leaving);
      this.#repeat(everyMs, talk);
    });
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#options.time.after(delayMs, () => {
      this.#delays.delete(cancel);
      run();
    });
    this.#delays.add(cancel);
  }

  #createFaults(): FaultChain<M> | undefined {
    const { id: self, faults, peers, lies, random, time, crypto } = this.#options;
    if (faults === undefined || faults.length === 0) return undefined;
    return new FaultChain({
      self,
      faults,
      peers,
      lies,
      random: random.fork(`faults ${self}`),
      now: () => time.now(),
      status: () => this.#machine.status(),
      digest: (text) => crypto.digest(text),
      seal: (message) => this.#seal(message),
    });
  }

  /** Signs a message once, however many peers it goes to. */
  #seal(message: M): Signed<M> {
    const known = this.#seals.get(message);
    if (known !== undefined) return known;
    this.counters.signatures += 1;
    const signature = this.#options.crypto.sign(this.#options.signedText(message));
    const signed = { from: this.id, message, signature };
    this.#seals.set(message, signed);
    return signed;
  }

  #isAuthentic(signed: Signed<M>): boolean {
    this.counters.verifications += 1;
    const text = this.#options.signedText(signed.message);
    return this.#options.crypto.verify(signed.from, text, signed.signature);
  }
}
