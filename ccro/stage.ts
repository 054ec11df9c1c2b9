/**
 * A cluster without a clock or a network of its own: messages wait until somebody delivers them. With
 * it a test plays a schedule step by step, or any interleaving at all. Used by tests only.
 */

import { assert } from "../core/assert.ts";
import type { Crypto } from "../core/crypto.ts";
import type { Json } from "../core/encoding.ts";
import { clientIds, type NodeId, type Operation } from "../core/ids.ts";
import type { Acceptance, Delivery, Effect } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Node } from "../core/node.ts";
import type { Time } from "../core/ports.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";
import type { Assignment, CcroMessage } from "./messages.ts";
import { monitorId } from "./roles.ts";
import { signedText } from "./texts.ts";

export interface StageOptions {
  readonly protocol: Protocol<CcroMessage>;
  readonly n: number;
  readonly clients: number;
  readonly settings: Settings;
  readonly random: Random;
  createCrypto(self: NodeId, everybody: ReadonlySet<NodeId>): Crypto;
  createService(): Service;
  /** Nodes that live twice under one name: one of a liar's two faces is called `r5'`. */
  readonly twins?: readonly NodeId[];
}

/** A message under way to one node, or to one of the two faces of a liar. */
export interface Flight {
  readonly from: NodeId;
  readonly to: string;
  readonly signed: Signed<CcroMessage>;
}

export class Stage {
  /** Oldest first. */
  flights: readonly Flight[] = [];
  readonly deliveries = new Map<string, Delivery[]>();
  readonly acceptances = new Map<NodeId, Acceptance[]>();
  readonly effects: { readonly node: string; readonly effect: Effect<CcroMessage> }[] = [];
  readonly #options: StageOptions;
  readonly #nodes = new Map<string, Node<CcroMessage>>();
  readonly #everybody: ReadonlySet<NodeId>;
  readonly #records = new Map<string, Json[]>();
  readonly #timers = new Map<string, Set<() => void>>();

  constructor(options: StageOptions) {
    const { protocol, n, clients, twins = [] } = options;
    const members = protocol.members(n).map(({ id }) => id);
    this.#options = options;
    this.#everybody = new Set([...members, ...clientIds(clients)]);
    for (const id of this.#everybody) this.#add(id, id);
    for (const id of twins) this.#add(`${id}'`, id);
  }

  node(name: string): Node<CcroMessage> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `${name} is on stage`);
    return node;
  }

  request(client: NodeId, operation: Operation): void {
    this.node(client).request(operation);
  }

  /** Says something in a node's name, to whomever it likes: for liars and for the monitor. */
  say(from: NodeId, message: CcroMessage, to: readonly string[]): void {
    const signed = this.sign(from, message);
    this.flights = [...this.flights, ...to.map((name) => ({ from, to: name, signed }))];
  }

  sign<M extends CcroMessage>(from: NodeId, message: M): Signed<M> {
    const crypto = this.#options.createCrypto(from, this.#everybody);
    return { from, message, signature: crypto.sign(signedText(message)) };
  }

  /** The monitor's word: everybody else becomes a consensus node. A lying one tells only some. */
  assign(
    epoch: number,
    primary: NodeId,
    communication: NodeId,
    to: readonly string[] = this.names(),
  ): Signed<Assignment> {
    const replicas = this.#options.protocol
      .members(this.#options.n)
      .filter(({ isReplica }) => isReplica)
      .map(({ id }) => id);
    const consensus = replicas.filter((id) => id !== primary && id !== communication);
    const assignment = { kind: "assignment", epoch, primary, communication, consensus } as const;
    this.say(monitorId, assignment, to);
    return this.sign(monitorId, assignment);
  }

  /** Everybody who executes something, both faces of liars included. */
  names(): readonly string[] {
    return [...this.#nodes.keys()].filter((name) => name.startsWith("r"));
  }

  /** Ends a node's life and begins the next one with what it wrote down. */
  restart(name: string): void {
    const { id } = this.node(name);
    this.node(name).stop();
    this.#add(name, id);
  }

  /** Delivers what is chosen, and what follows from it if that is chosen, too. */
  deliver(isChosen: (flight: Flight) => boolean = () => true): void {
    for (;;) {
      const next = this.flights.find(isChosen);
      if (next === undefined) return;
      this.arrive(next);
    }
  }

  arrive(flight: Flight): void {
    this.flights = this.flights.filter((other) => other !== flight);
    const node = this.#nodes.get(flight.to);
    if (node?.admit(flight.signed) === undefined) node?.handle(flight.signed);
  }

  drop(isChosen: (flight: Flight) => boolean): void {
    this.flights = this.flights.filter((flight) => !isChosen(flight));
  }

  /** Lets all timers of a node run out that run now. */
  timeOut(name: string): void {
    for (const run of [...(this.#timers.get(name) ?? [])]) run();
  }

  /** The different digests that these nodes store at a height: more than one is a fork. */
  storedAt(height: number, names: readonly string[] = this.names()): readonly string[] {
    const stored = names.flatMap((name) => this.deliveries.get(name) ?? []);
    return [...new Set(stored.filter(({ slot }) => slot === height).map(({ digest }) => digest))];
  }

  #add(name: string, id: NodeId): void {
    const { protocol, n, settings, random, createCrypto, createService } = this.#options;
    const f = protocol.faultsTolerated(n);
    const isClient = id.startsWith("c");
    const node = new Node<CcroMessage>({
      id,
      createMachine: (tools) =>
        isClient
          ? protocol.createClient({ id, n, f, tools, settings, firstTimestamp: 1 })
          : protocol.createMember({ id, n, f, tools, settings, service: createService() }),
      signedText,
      time: this.#time(name),
      transport: { send: (from, to, signed) => this.#send(from, to, signed) },
      disk: {
        append: (record, done) => {
          append(this.#records, name, record);
          done();
        },
      },
      crypto: createCrypto(id, this.#everybody),
      random: random.fork(name),
      observer: { effect: (_id, effect) => this.#note(name, effect) },
      peers: [],
      lies: protocol.lies,
    });
    this.#nodes.set(name, node);
    node.start(structuredClone(this.#records.get(name) ?? []));
  }

  #send(from: NodeId, to: NodeId, signed: Signed<CcroMessage>): void {
    const faces = [to, `${to}'`].filter((name) => this.#nodes.has(name));
    this.flights = [...this.flights, ...faces.map((name) => ({ from, to: name, signed }))];
  }

  #note(node: string, effect: Effect<CcroMessage>): void {
    this.effects.push({ node, effect });
    if (effect.kind === "deliver") append(this.deliveries, node, effect.delivery);
    if (effect.kind === "accept") append(this.acceptances, node, effect.acceptance);
  }

  /** Time stands still; timers run out when they are told to. */
  #time(name: string): Time {
    const running = new Set<() => void>();
    this.#timers.set(name, running);
    return {
      now: () => 0,
      after: (_delayMs, run) => {
        const runOnce = () => {
          if (running.delete(runOnce)) run();
        };
        running.add(runOnce);
        return () => running.delete(runOnce);
      },
    };
  }
}

function append<T>(lists: Map<string, T[]>, name: string, item: T): void {
  lists.set(name, [...(lists.get(name) ?? []), item]);
}
