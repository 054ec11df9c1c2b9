/**
 * One participant over all of its lives: it may crash and come back, while what it counted, delivered
 * and accepted so far stays known to whoever watches the run.
 */

import type { CountersView } from "../core/counters.ts";
import type { Crypto } from "../core/crypto.ts";
import type { Fault, Lies } from "../core/fault.ts";
import type { NodeId, Operation } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Acceptance, Delivery, Effect, Machine, Status } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import { Node, type Refusal } from "../core/node.ts";
import type { Observer, Time, Transport } from "../core/ports.ts";
import type { Tools } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import { addCounters, noCounters, type WitnessView, witnessesOf } from "./counted.ts";
import type { Store } from "./disk/store.ts";
import { LeaderChanges, type LeaderChangesView } from "./leader-changes.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { Recent } from "./recent.ts";

export interface ParticipantOptions {
  readonly id: NodeId;
  /** A new machine for each life. */
  createMachine(tools: Tools<Message>): Machine<Message>;
  signedText(message: Message): string;
  readonly time: Time;
  readonly transport: Transport<Message>;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly peers: readonly NodeId[];
  readonly lies: Lies<Message>;
  /** New faults for each life. */
  createFaults(): readonly Fault<Message>[];
  readonly observer: Observer<Message>;
  isControl(kind: string): boolean;
  /** Most deliveries and acceptances that are kept, the latest. */
  readonly kept: number;
  /** One that lasts as long as this process unless told otherwise. */
  readonly disk?: Store | undefined;
}

/** What a participant counted and did since it first started. */
export interface ParticipantView {
  readonly id: NodeId;
  readonly status: Status;
  readonly counters: CountersView;
  readonly deliveries: readonly Delivery[];
  readonly acceptances: readonly Acceptance[];
  readonly witnesses: readonly WitnessView[];
  readonly leaderChanges: LeaderChangesView;
}

export class Participant {
  readonly id: NodeId;
  /** Messages in all of its lives, control messages not among them. */
  sent = 0;
  received = 0;
  readonly #options: ParticipantOptions;
  readonly #disk: Store;
  readonly #deliveries: Recent<Delivery>;
  readonly #acceptances: Recent<Acceptance>;
  readonly #leaderChanges = new LeaderChanges();
  #counted: CountersView = noCounters;
  #witnessed: readonly WitnessView[] = [];
  #node: Node<Message> | undefined;

  constructor(options: ParticipantOptions) {
    this.id = options.id;
    this.#options = options;
    this.#disk = options.disk ?? new MemoryDisk();
    // A node that cannot write any more must not say any more either.
    this.#disk.whenFailing(() => this.stop());
    this.#deliveries = new Recent(options.kept);
    this.#acceptances = new Recent(options.kept);
  }

  get isUp(): boolean {
    return this.#node !== undefined;
  }

  /** Messages that a fault holds back just now. */
  get heldBack(): number {
    return this.#node?.heldBack ?? 0;
  }

  /** Begins a life, with what is on disk. Whoever is up stays as it is. */
  start(): void {
    if (this.#node !== undefined || this.#disk.hasFailed) return;
    const { id, time, transport, crypto, random, peers, lies, observer } = this.#options;
    this.#node = new Node<Message>({
      id,
      time,
      transport,
      crypto,
      random,
      peers,
      lies,
      createMachine: (tools) => this.#options.createMachine(tools),
      signedText: (message) => this.#options.signedText(message),
      disk: this.#disk,
      faults: this.#options.createFaults(),
      observer: this.#watch(observer),
    });
    const { records, lost } = this.#disk.read();
    this.#node.start(records, lost);
  }

  /** Ends this life. What is on disk stays unless that is lost, too. */
  stop({ losesDisk = false }: { readonly losesDisk?: boolean } = {}): void {
    if (losesDisk) this.#disk.erase();
    const node = this.#node;
    if (node === undefined) return;
    node.stop();
    this.#counted = addCounters(this.#counted, node.counters.toJSON());
    this.#witnessed = witnessesOf(this.#witnessed, node.witnesses);
    this.#leaderChanges.stop();
    this.#node = undefined;
  }

  /** Why the message is not even shown to the protocol; `down` when nobody is there to see it. */
  admit(signed: Signed<Message>): Refusal | "down" | undefined {
    return this.#node === undefined ? "down" : this.#node.admit(signed);
  }

  /** False if the message was lost, since this participant is down by now. */
  handle(signed: Signed<Message>): boolean {
    this.#node?.handle(signed);
    return this.#node !== undefined;
  }

  request(operation: Operation): void {
    this.#node?.request(operation);
  }

  /** Undefined while it is down. */
  status(): Status | undefined {
    return this.#node?.machine.status();
  }

  /** Undefined while it is down. */
  log(from: number, to: number): readonly LogEntry[] | undefined {
    return this.#node?.machine.log(from, to);
  }

  get counters(): CountersView {
    const now = this.#node?.counters.toJSON();
    return now === undefined ? this.#counted : addCounters(this.#counted, now);
  }

  /** What it executed for good, in all of its lives. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries.after(0);
  }

  get witnesses(): readonly WitnessView[] {
    return witnessesOf(this.#witnessed, this.#node?.witnesses ?? []);
  }

  /** `after` so many deliveries, or acceptances, that are known already. Undefined while it is down. */
  view(after = 0): ParticipantView | undefined {
    const status = this.status();
    if (status === undefined) return undefined;
    const { id, counters, witnesses } = this;
    const deliveries = this.#deliveries.after(after);
    const acceptances = this.#acceptances.after(after);
    const leaderChanges = this.#leaderChanges.toJSON();
    return { id, status, counters, deliveries, acceptances, witnesses, leaderChanges };
  }

  /** Counts and notes, then lets the other observer see the same. */
  #watch(observer: Observer<Message>): Observer<Message> {
    const { isControl } = this.#options;
    return {
      sent: (node, to, signed, now) => {
        if (!isControl(signed.message.kind)) this.sent += 1;
        observer.sent?.(node, to, signed, now);
      },
      received: (node, signed, now) => {
        if (!isControl(signed.message.kind)) this.received += 1;
        observer.received?.(node, signed, now);
      },
      stepped: (...seen) => observer.stepped?.(...seen),
      effect: (node, effect, now) => {
        this.#note(effect);
        this.#leaderChanges.note(effect, now);
        observer.effect?.(node, effect, now);
      },
    };
  }

  #note(effect: Effect<Message>): void {
    if (effect.kind === "deliver") this.#deliveries.push(effect.delivery);
    if (effect.kind === "accept") this.#acceptances.push(effect.acceptance);
  }
}
