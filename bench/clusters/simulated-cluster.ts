/** A cluster in virtual time: the same nodes, a model of the network, one seed. */

import { encodeCanonical, type Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Violation } from "../../core/inspector.ts";
import type { LogEntry } from "../../core/log.ts";
import type { Message } from "../../core/messages.ts";
import { faultsOf, lifeOf } from "../../faults/chain.ts";
import { serviceNamed } from "../../services/services.ts";
import { allOf } from "../../sim/observers.ts";
import { Simulation, type SimulationObserver } from "../../sim/simulation.ts";
import type {
  Cluster,
  ClusterMember,
  ClusterSpec,
  Outcome,
  ParticipantReport,
  WitnessView,
} from "../cluster.ts";
import type { Pace } from "../load/pace.ts";
import { membersOf } from "./assembly.ts";
import { InspectedCluster } from "./inspected.ts";
import { networkNamed } from "./network.ts";
import { failedOutcome } from "./outcome.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedRecord } from "./simulated-record.ts";

/**
 * Virtual time passes only while somebody waits for an outcome, or for the cluster to fall silent.
 * `observer` sees all of it.
 */
export async function startSimulatedCluster(
  spec: ClusterSpec,
  observer: SimulationObserver<Message> = {},
): Promise<SimulatedCluster> {
  return new SimulatedCluster(spec, observer);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

// So many events, then whoever waits for the event loop has its turn.
const eventsPerTurn = 20_000;

interface Waiter {
  readonly moment: Millis;
  readonly signal: AbortSignal;
  resolve(): void;
}

export class SimulatedCluster implements Cluster {
  readonly members: readonly ClusterMember[];
  readonly clients: readonly NodeId[];
  readonly #spec: ClusterSpec;
  readonly #also: SimulationObserver<Message>;
  readonly #record = new SimulatedRecord();
  readonly #inspected: InspectedCluster;
  readonly #simulation: Simulation<Message>;
  readonly #clients = new Map<NodeId, SimulatedClient>();
  readonly #waiters = new Set<Waiter>();
  #isRunning = false;
  #hasAnswer = false;

  constructor(spec: ClusterSpec, observer: SimulationObserver<Message>) {
    this.#spec = spec;
    this.#also = observer;
    this.#inspected = new InspectedCluster(spec);
    this.members = membersOf(spec, () => undefined);
    this.#simulation = this.#createSimulation();
    this.clients = this.#simulation.clients;
    for (const id of this.clients) this.#clients.set(id, this.#createClient(id));
    for (const { id } of this.members) this.#planLife(id);
  }

  /** Of the run, in virtual time. */
  get nowMs(): Millis {
    return this.#simulation.now;
  }

  get pace(): Pace {
    return this;
  }

  /**
   * Lets virtual time pass until that moment. Whoever waited and goes on before the event loop turns
   * does so in no time.
   */
  until(moment: Millis, signal: AbortSignal): Promise<void> {
    if (moment <= this.nowMs || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.add({ moment, signal, resolve });
      if (!this.#isRunning) this.#goOn();
    });
  }

  /**
   * Submits at this very moment of virtual time. Whoever submits again as soon as an outcome is known,
   * before the event loop turns, does so in no time.
   */
  submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    const submitter = this.#clients.get(`c${client}`);
    const { text, problem } = encodeCanonical(operation);
    const complaint = problem ?? serviceNamed(this.#spec.service).checkOperation(operation);
    if (submitter === undefined || text === undefined || complaint !== undefined) {
      const why = complaint ?? "no such client";
      return Promise.resolve(failedOutcome("refused", `c${client}`, 0, why));
    }
    const outcome = submitter.run(text, patienceMs);
    if (!this.#isRunning) this.#goOn();
    return outcome;
  }

  async drain(patienceMs: Millis): Promise<boolean> {
    const until = this.#simulation.now + patienceMs;
    while (!this.#isQuiet()) {
      if (this.#simulation.now >= until) return false;
      this.#run(until, () => this.#isQuiet());
      await turn();
    }
    return true;
  }

  async reports(): Promise<readonly ParticipantReport[]> {
    return [...this.members.map(({ id }) => id), ...this.clients].flatMap((id) => {
      const node = this.#simulation.node(id);
      if (node === undefined) return [];
      const { deliveries, acceptances } = this.#record.of(id);
      return {
        id,
        status: node.machine.status(),
        counters: this.#record.counters(node),
        transport: this.#record.transport(id),
        deliveries: [...deliveries],
        acceptances: [...acceptances],
        witnesses: this.#witnesses(id),
      };
    });
  }

  async logs(from: number, to: number): Promise<ReadonlyMap<NodeId, readonly LogEntry[]>> {
    const logs = new Map<NodeId, readonly LogEntry[]>();
    for (const id of [...this.#simulation.members, ...this.clients]) {
      const node = this.#simulation.node(id);
      if (node !== undefined) logs.set(id, node.machine.log(from, to));
    }
    return logs;
  }

  violations(): readonly Violation[] {
    return this.#inspected.judge();
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.giveUp("the cluster was closed");
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  #createSimulation(): Simulation<Message> {
    const { protocol, n, clients, seed, settings, auth, service, network, faults } = this.#spec;
    const ids = protocol.members(n).map(({ id }) => id);
    return new Simulation<Message>({
      protocol,
      n,
      clients,
      seed,
      settings,
      network: networkNamed(network),
      createService: () => serviceNamed(service).create(),
      offline: ids.filter((id) => lifeOf(faults, id).isOffline),
      faults: new Map(ids.map((id) => [id, faultsOf<Message>(faults, id)])),
      observer: this.#observer(),
      auth: auth === "none" ? "none" : "signed",
      keepsDisks: ids.some((id) => lifeOf(faults, id).crashes.length > 0),
    });
  }

  #observer(): SimulationObserver<Message> {
    return allOf(this.#record.observer, this.#inspected.observer, this.#also, {
      sent: (node, _to, signed, now) => this.#clients.get(node)?.onSent(signed.message, now),
      effect: (node, effect, now) => {
        if (effect.kind !== "accept") return;
        const ends = this.#clients.get(node)?.onAccepted(effect.acceptance, now) === true;
        this.#hasAnswer ||= ends;
      },
    });
  }

  #createClient(id: NodeId): SimulatedClient {
    return new SimulatedClient({
      id,
      now: () => this.#simulation.now,
      request: (operation) => this.#simulation.request(id, operation),
      restart: () => {
        this.#crash(id);
        this.#simulation.restart(id);
      },
    });
  }

  #planLife(id: NodeId): void {
    for (const { atMs, untilMs, losesDisk } of lifeOf(this.#spec.faults, id).crashes) {
      this.#simulation.at(atMs, () => this.#crash(id));
      if (untilMs === Infinity) continue;
      this.#simulation.at(untilMs, () => this.#simulation.restart(id, { losesDisk }));
    }
  }

  #crash(id: NodeId): void {
    const node = this.#simulation.node(id);
    if (node !== undefined) this.#record.endLife(node);
    this.#simulation.crash(id);
  }

  /** Turn by turn, for as long as somebody waits. */
  #goOn(): void {
    this.#isRunning =
      this.#waiters.size > 0 ||
      [...this.#clients.values()].some(({ deadlineMs }) => deadlineMs !== undefined);
    if (this.#isRunning) setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    const clients = [...this.#clients.values()];
    this.#hasAnswer = false;
    try {
      const deadlines = clients.flatMap(({ deadlineMs }) => deadlineMs ?? []);
      const moments = [...this.#waiters].map(({ moment }) => moment);
      this.#run(Math.min(...deadlines, ...moments), () => this.#hasAnswer);
      for (const client of clients) client.settle();
      this.#wake();
    } catch (error) {
      for (const client of clients) client.fail(error);
    }
    this.#goOn();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.moment > this.nowMs && !waiter.signal.aborted) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #run(until: Millis, isEnough: () => boolean): void {
    let events = 0;
    this.#simulation.run(until, () => {
      events += 1;
      return events > eventsPerTurn || isEnough();
    });
  }

  #isQuiet(): boolean {
    if (this.#simulation.underWay > 0) return false;
    if (this.#spec.faults.length === 0) return true;
    return this.members.every(({ id }) => (this.#simulation.node(id)?.heldBack ?? 0) === 0);
  }

  /** A chain has the same faults in each life: what each did is added up. */
  #witnesses(id: NodeId): readonly WitnessView[] {
    const lives = this.#simulation.witnesses().filter(({ node }) => node === id);
    const chain = this.#simulation.node(id)?.witnesses ?? [];
    return chain.map(({ fault }, place) => {
      const same = lives.filter((_, index) => index % chain.length === place);
      return {
        fault,
        fired: same.reduce((sum, { fired }) => sum + fired, 0),
        roles: [...new Set(same.flatMap(({ roles }) => [...roles]))],
      };
    });
  }
}
