/** A cluster in this process without a network: real time and real signatures, no HTTP. */

import { canonical, type Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Violation } from "../../core/inspector.ts";
import type { LogEntry } from "../../core/log.ts";
import { lifeOf } from "../../faults/chain.ts";
import type { HostOptions } from "../../host/host.ts";
import type { Lane } from "../../host/lane.ts";
import { MemoryNetwork } from "../../host/memory-network.ts";
import { untilQuiet, wholeTruth } from "../../host/quiet.ts";
import {
  createLane,
  createMember,
  type Resident,
  reportsOf,
  trafficOf,
} from "../../host/resident.ts";
import type { Tally } from "../../host/tally.ts";
import { WallClock } from "../../host/time.ts";
import type { Cluster, ClusterSpec, Outcome, ParticipantReport } from "../cluster.ts";
import { clientsOf, hostOptionsOf, membersOf } from "./assembly.ts";
import { type Disks, openDisks } from "./disks.ts";
import { type InspectedCluster, inspectedIn } from "./inspected.ts";
import { planLife } from "./life-cycle.ts";
import { failedOutcome, outcomeOf } from "./outcome.ts";

export async function startMemoryCluster(spec: ClusterSpec): Promise<Cluster> {
  const members = spec.protocol.members(spec.n).map(({ id }) => id);
  return new MemoryCluster(spec, await openDisks(spec, members));
}

class MemoryCluster implements Cluster {
  readonly members: Cluster["members"];
  readonly clients: readonly NodeId[];
  readonly #options: HostOptions;
  readonly #residents: readonly Resident[];
  readonly #lanes: readonly Lane[];
  readonly #network: MemoryNetwork;
  readonly #plans: readonly (() => void)[];
  readonly #closeDisks: () => Promise<void>;
  readonly #inspected: InspectedCluster | undefined;

  constructor(spec: ClusterSpec, { disks, close }: Disks) {
    this.#inspected = inspectedIn(spec);
    const observer = this.#inspected?.observer;
    this.#closeDisks = close;
    const time = new WallClock();
    const limits = { kept: Infinity };
    this.#options = hostOptionsOf(spec, { time, firstTimestamp: () => 1, limits, disks, observer });
    this.members = membersOf(spec, () => undefined);
    this.clients = clientsOf(spec, this.#options.directory);

    const isControl = (kind: string) => this.#isControl(kind);
    const { delays } = this.#options;
    const network = new MemoryNetwork({ time, delays, isControl });
    this.#network = network;
    const makeTransport = (tally: Tally) => network.transportOf(tally);
    const nodes = this.members.map(({ id }) => createMember(this.#options, id, makeTransport));
    const clients = this.clients.map((id) => createLane(this.#options, id, makeTransport));
    this.#lanes = clients.map(({ lane }) => lane);
    this.#residents = [...nodes, ...clients];
    for (const { participant } of this.#residents) network.attach(participant);
    for (const { participant } of this.#residents) {
      if (!lifeOf(spec.faults, participant.id).isOffline) participant.start();
    }
    this.#plans = nodes.map(({ participant }) =>
      planLife(spec.faults, participant.id, time, {
        crash: (losesDisk) => participant.stop({ losesDisk }),
        recover: () => participant.start(),
      }),
    );
  }

  async submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    const lane = this.#lanes[client];
    const read = this.#options.readOperation(operation);
    if (lane === undefined) return failedOutcome("refused", `c${client}`, 0, "no such client");
    const { id } = lane.participant;
    if (read.problem !== undefined) return failedOutcome("refused", id, 0, read.problem);
    const startMs = performance.now();
    const outcome = await lane.run(canonical(operation), patienceMs);
    return outcomeOf(outcome, performance.now() - startMs);
  }

  drain(patienceMs: Millis): Promise<boolean> {
    return untilQuiet(async () => trafficOf(this.#residents), patienceMs, wholeTruth);
  }

  async reports(): Promise<readonly ParticipantReport[]> {
    this.#inspected?.judge();
    return reportsOf(this.#residents);
  }

  async logs(from: number, to: number): Promise<ReadonlyMap<NodeId, readonly LogEntry[]>> {
    this.#inspected?.judge();
    const logs = new Map<NodeId, readonly LogEntry[]>();
    for (const { participant } of this.#residents) {
      const log = participant.log(from, to);
      if (log !== undefined) logs.set(participant.id, log);
    }
    return logs;
  }

  violations(): readonly Violation[] {
    return this.#inspected?.judge() ?? [];
  }

  async close(): Promise<void> {
    for (const cancel of this.#plans) cancel();
    for (const lane of this.#lanes) lane.abandon("the cluster was closed");
    for (const { participant } of this.#residents) participant.stop();
    this.#network.close();
    await this.#closeDisks();
  }

  #isControl(kind: string): boolean {
    return this.#options.protocol.controlKinds.includes(kind);
  }
}
