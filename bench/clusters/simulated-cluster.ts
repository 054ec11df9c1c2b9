/** A cluster in virtual time: the same nodes, a model of the network, one seed. */

import { encodeCanonical, type Json } from "../../core/encoding.ts";
import type { Fault } from "../../core/fault.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { LogEntry } from "../../core/log.ts";
import type { Message } from "../../core/messages.ts";
import { faultsOf, lifeOf } from "../../faults/chain.ts";
import { serviceNamed } from "../../services/services.ts";
import { Simulation } from "../../sim/simulation.ts";
import type {
  Cluster,
  ClusterMember,
  ClusterSpec,
  Outcome,
  ParticipantReport,
} from "../cluster.ts";
import { networkNamed } from "../network.ts";
import { membersOf } from "./assembly.ts";
import { failedOutcome } from "./outcome.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedRecord } from "./simulated-record.ts";

/** Time passes only while somebody waits for an outcome, or for the cluster to fall silent. */
export async function startSimulatedCluster(spec: ClusterSpec): Promise<Cluster> {
  return new SimulatedCluster(spec);
}

// So many events, then whoever waits for the event loop has its turn.
const eventsPerTurn = 20_000;

class SimulatedCluster implements Cluster {
  readonly members: readonly ClusterMember[];
  readonly clients: readonly NodeId[];
  readonly #spec: ClusterSpec;
  readonly #record: SimulatedRecord;
  readonly #simulation: Simulation<Message>;
  readonly #clients: readonly SimulatedClient[];
  #isRunning = false;

  constructor(spec: ClusterSpec) {
    this.#spec = spec;
    this.members = membersOf(spec, () => undefined);
    this.#record = new SimulatedRecord((now) => this.#lookAt(now));
    this.#simulation = createSimulation(spec, this.#record);
    this.#record.watch(this.#simulation);
    this.clients = this.#simulation.clients;
    this.#clients = this.clients.map((id) => new SimulatedClient(id, this.#simulation));
    this.#planLives();
  }

  submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    const submitter = this.#clients[client];
    const refuse = (id: NodeId, why: string) =>
      Promise.resolve(failedOutcome("refused", id, 0, why));
    if (submitter === undefined) return refuse(`c${client}`, "no such client");
    const { checkOperation } = serviceNamed(this.#spec.service);
    const encoded = encodeCanonical(operation);
    const problem = encoded.problem ?? checkOperation(operation);
    if (encoded.text === undefined || problem !== undefined) {
      return refuse(submitter.id, problem ?? "");
    }
    const outcome = submitter.run(encoded.text, patienceMs);
    this.#goOn();
    return outcome;
  }
}
