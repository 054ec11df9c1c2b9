/** A whole cluster on one seed: virtual time, a network model, the very nodes that run over HTTP. */

import { assert } from "../core/assert.ts";
import type { Crypto } from "../core/crypto.ts";
import type { Fault, FaultWitness } from "../core/fault.ts";
import { clientIds, type Millis, type NodeId, type Operation } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import { Node, type Refusal } from "../core/node.ts";
import { type Disk, noDisk, type Observer, type Time } from "../core/ports.ts";
import type { Protocol, Settings, Tools } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";
import { Agenda } from "./agenda.ts";
import { noSignatures, rememberedHash, simulatedCrypto } from "./crypto.ts";
import { Disks } from "./disks.ts";
import { type ClockChange, LocalClock } from "./local-clock.ts";
import { type Network, viewOf } from "./network.ts";
import { timedBy } from "./observers.ts";
import { createRandom } from "./random.ts";
import { type InstanceId, identityOf, observerOf, twinOf } from "./twins.ts";

export interface SimulationOptions<M extends Message> {
  readonly protocol: Protocol<M>;
  readonly n: number;
  readonly clients: number;
  readonly seed: number | string;
  readonly settings: Settings;
  readonly network: Network;
  createService(): Service;
  /** Nodes that are not there from the start. */
  readonly offline?: readonly NodeId[] | undefined;
  readonly faults?: ReadonlyMap<NodeId, readonly Fault<M>[]> | undefined;
  /** Nodes that live twice under one identity, the second as `r0'`. */
  readonly twins?: readonly NodeId[] | undefined;
  /** Nodes whose clocks may be set wrong; all others show true time. */
  readonly ownClocks?: readonly InstanceId[] | undefined;
  readonly observer?: SimulationObserver<M> | undefined;
  /** Without signatures nobody can tell a forged sender; runs are faster. Signed unless told otherwise. */
  readonly auth?: "signed" | "none" | undefined;
  /** How long a record takes to the disk; a crash before that loses it. At once unless told otherwise. */
  readonly diskMs?: Millis | undefined;
  /** False for long runs in which nobody comes back with a disk: records take memory. */
  readonly keepsDisks?: boolean | undefined;
}

/** Sees also what nobody receives. */
export interface SimulationObserver<M extends Message> extends Observer<M> {
  lost?(from: NodeId, to: NodeId, signed: Signed<M>, now: Millis): void;
  /** Arrived, and was not even shown to the protocol: a bad signature, an unknown sender. */
  refused?(node: NodeId, signed: Signed<M>, refusal: Refusal, now: Millis): void;
}

/** Stops a run whose protocol never falls silent. */
const mostEvents = 20_000_000;

export class Simulation<M extends Message> {
  readonly members: readonly NodeId[];
  readonly clients: readonly NodeId[];
  /** Messages that arrived nowhere: lost by the network, or sent to a node that is down. */
  lost = 0;
  readonly #options: SimulationOptions<M>;
  readonly #agenda = new Agenda();
  readonly #random: Random;
  readonly #networkRandom: Random;
  readonly #nodes = new Map<NodeId, Node<M>>();
  readonly #disks = new Disks();
  readonly #clocks: ReadonlyMap<InstanceId, LocalClock>;
  readonly #digest = rememberedHash();
  readonly #texts = new WeakMap<M, string>();
  readonly #pastWitnesses: FaultWitness[] = [];
  readonly #nextTimestamps = new Map<NodeId, number>();
  readonly #everybody: ReadonlySet<NodeId>;
  readonly #controlKinds: ReadonlySet<string>;
  #now: Millis = 0;
  #underWay = 0;

  constructor(options: SimulationOptions<M>) {
    this.#options = options;
    this.members = options.protocol.members(options.n).map(({ id }) => id);
    this.clients = clientIds(options.clients);
    this.#everybody = new Set([...this.members, ...this.clients]);
    this.#controlKinds = new Set(options.protocol.controlKinds);
    this.#random = createRandom(options.seed);
    this.#networkRandom = this.#random.fork("network");
    this.#clocks = new Map(
      (options.ownClocks ?? []).map((id) => [id, new LocalClock(this.#time())]),
    );
    const twins = (options.twins ?? []).map(twinOf);
    for (const id of [...this.members, ...this.clients, ...twins]) {
      if (options.offline?.includes(id) !== true) this.restart(id);
    }
  }

  get now(): Millis {
    return this.#now;
  }

  /** Messages in the network, control messages apart: those never end. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The node as it lives now; undefined while it is down. */
  node(id: NodeId): Node<M> | undefined {
    return this.#nodes.get(id);
  }

  /** Of all lives: a node that lived twice is named twice. */
  witnesses(): readonly FaultWitness[] {
    const living = [...this.#nodes.values()].flatMap(({ witnesses }) => witnesses);
    return [...this.#pastWitnesses, ...living];
  }

  request(client: NodeId, operation: Operation): void {
    this.#nodes.get(client)?.request(operation);
  }

  /** Says something in a node's name and under its signature, past its machine and its faults. */
  say(instance: InstanceId, message: M, to: readonly InstanceId[]): void {
    const { observer } = this.#options;
    const from = identityOf(instance);
    const signature = this.#crypto(from).sign(this.#signedText(message));
    const signed = { from, message, signature };
    for (const receiver of to) {
      observer?.sent?.(instance, receiver, signed, this.#now);
      this.#pass(instance, receiver, signed);
    }
  }

  /** Sets a clock wrong, or right again as far as its rate goes. */
  setClock(instance: InstanceId, change: ClockChange): void {
    const clock = this.#clocks.get(instance);
    assert(clock !== undefined, `${instance} is among the options' ownClocks`);
    clock.change(change);
  }

  /** Runs something at a moment, such as a request or a crash. */
  at(moment: Millis, run: () => void): void {
    this.#agenda.plan(Math.max(moment, this.#now), run);
  }

  crash(id: NodeId): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    node.stop();
    this.#nodes.delete(id);
    this.#pastWitnesses.push(...node.witnesses);
    // A client's slots are its timestamps: its next life starts above them.
    this.#nextTimestamps.set(id, node.machine.status().slot + 1);
  }

  /** Begins a node's next life, with its disk unless that is lost. */
  restart(id: NodeId, { losesDisk = false }: { readonly losesDisk?: boolean } = {}): void {
    this.crash(id);
    if (losesDisk) this.#disks.wipe(id);
    const node = this.#createNode(id);
    this.#nodes.set(id, node);
    node.start(this.#disks.read(id));
  }

  /** Runs until the moment, or until nothing is left to happen, or until the question is answered. */
  run(until: Millis, isEnough: () => boolean = () => false): void {
    for (let events = 0; events < mostEvents; events += 1) {
      if (isEnough()) return;
      const next = this.#agenda.next(until);
      if (next === undefined) {
        this.#now = Math.max(this.#now, Math.min(until, Number.MAX_SAFE_INTEGER));
        return;
      }
      this.#now = next.at;
      next.run();
    }
    throw new Error(`the simulation did not end within ${mostEvents} events`);
  }

  #createNode(instance: InstanceId): Node<M> {
    const { protocol, faults, observer } = this.#options;
    const id = identityOf(instance);
    return new Node<M>({
      id,
      createMachine: (tools) => this.#createMachine(id, tools),
      signedText: (message) => this.#signedText(message),
      time: this.#clocks.get(instance) ?? this.#time(),
      transport: { send: (_from, to, signed) => this.#send(instance, to, signed) },
      disk: this.#disk(instance),
      crypto: this.#crypto(id),
      random: this.#random.fork(instance),
      observer: observer === undefined ? undefined : this.#observerOf(instance, observer),
      peers: this.members.filter((peer) => peer !== id),
      lies: protocol.lies,
      faults: faults?.get(id),
    });
  }

  /** All receivers are handed the same message, which nobody changes: its text is written once. */
  #signedText(message: M): string {
    const known = this.#texts.get(message);
    if (known !== undefined) return known;
    const text = this.#options.protocol.signedText(message);
    this.#texts.set(message, text);
    return text;
  }

  /** Whoever watches is told of true time, and which life of a twin it is. */
  #observerOf(instance: InstanceId, observer: SimulationObserver<M>): SimulationObserver<M> {
    const named = instance === identityOf(instance) ? observer : observerOf(instance, observer);
    return this.#clocks.has(instance) ? timedBy(() => this.#now, named) : named;
  }

  #crypto(id: NodeId): Crypto {
    return this.#options.auth === "none"
      ? noSignatures(this.#everybody)
      : simulatedCrypto(id, this.#everybody, this.#digest);
  }

  #createMachine(id: NodeId, tools: Tools<M>) {
    const { protocol, n, settings } = this.#options;
    const setup = { id, n, f: protocol.faultsTolerated(n), tools, settings };
    return this.clients.includes(id)
      ? protocol.createClient({ ...setup, firstTimestamp: this.#nextTimestamps.get(id) ?? 1 })
      : protocol.createMember({ ...setup, service: this.#options.createService() });
  }

  #time(): Time {
    return {
      now: () => this.#now,
      after: (delayMs, run) => this.#agenda.plan(this.#now + delayMs, run),
    };
  }

  #disk(id: NodeId): Disk {
    const { keepsDisks = true, diskMs = 0 } = this.#options;
    if (!keepsDisks) return noDisk;
    if (diskMs <= 0) return this.#disks.open(id);
    return this.#disks.open(id, (write) => {
      const writer = this.#nodes.get(id);
      this.#agenda.add(this.#now + diskMs, () => {
        if (this.#nodes.get(id) === writer) write();
      });
    });
  }

  #send(from: InstanceId, to: NodeId, signed: Signed<M>): void {
    this.#pass(from, to, signed);
    if (this.#options.twins?.includes(to) === true) this.#pass(from, twinOf(to), signed);
  }

  #pass(from: InstanceId, to: InstanceId, signed: Signed<M>): void {
    const { kind } = signed.message;
    const random = this.#networkRandom;
    const view = viewOf(signed.message);
    const delays = this.#options.network({ from, to, kind, view, now: this.#now, random });
    if (delays.length === 0) this.#lose(from, to, signed);
    if (!this.#controlKinds.has(kind)) this.#underWay += delays.length;
    for (const delayMs of delays) {
      this.#agenda.add(this.#now + delayMs, () => this.#arrive(from, to, signed));
    }
  }

  #arrive(from: NodeId, to: NodeId, signed: Signed<M>): void {
    if (!this.#controlKinds.has(signed.message.kind)) this.#underWay -= 1;
    const node = this.#nodes.get(to);
    if (node === undefined) return this.#lose(from, to, signed);
    const refusal = node.admit(signed);
    if (refusal === undefined) node.handle(signed);
    else this.#options.observer?.refused?.(to, signed, refusal, this.#now);
  }

  #lose(from: NodeId, to: NodeId, signed: Signed<M>): void {
    this.lost += 1;
    this.#options.observer?.lost?.(from, to, signed, this.#now);
  }
}
