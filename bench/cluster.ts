/**
 * A running cluster as the bench sees it, wherever its nodes live: in memory, behind HTTP in this
 * process, in child processes, or in the simulator.
 */

import type { CountersView } from "../core/counters.ts";
import type { Json } from "../core/encoding.ts";
import type { Digest, Millis, NodeId, Result } from "../core/ids.ts";
import type { Violation } from "../core/inspector.ts";
import type { LogEntry } from "../core/log.ts";
import type { Acceptance, Delivery, Status } from "../core/machine.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import type { PlacedFault } from "../faults/placed-fault.ts";
import type { LeaderChangesView } from "../host/leader-changes.ts";
import type { Pace } from "./load/pace.ts";
import type { Delays } from "./meters/loop-delay.ts";

export type TransportName = "http" | "memory" | "simulated";
export type PlaceName = "in-process" | "processes";
export type AuthName = "ed25519" | "none";
export type ServiceName = "kv" | "bank" | "echo";
export type CoalesceName = "none" | "peer" | "host";

export interface ClusterSpec {
  readonly protocol: Protocol;
  readonly n: number;
  readonly seed: number;
  /** Independent clients, each with one request at a time. */
  readonly clients: number;
  readonly transport: TransportName;
  readonly place: PlaceName;
  readonly auth: AuthName;
  /** False where nothing is judged, because even taking notes would show in what is timed. */
  readonly isJudged?: boolean;
  readonly service: ServiceName;
  readonly coalesce: CoalesceName;
  readonly settings: Settings;
  readonly faults: readonly PlacedFault[];
  /** First port; node i listens on basePort + i. 0 lets the system choose. */
  readonly basePort: number;
  readonly bind: string;
  /** Whether `/control/*` answers. */
  readonly hasControl: boolean;
  /** Where the nodes keep what must survive their process; in memory without. */
  readonly dataDir?: string | undefined;
  /** How the network behaves between nodes, e.g. `delay=20ms`. `lan`: as it is, and fast in the simulator. */
  readonly network: string;
}

export interface Cluster {
  readonly members: readonly ClusterMember[];
  /** The participants that submit; `submit` takes an index into it. */
  readonly clients: readonly NodeId[];
  /** The clock it lives by, where that is not the wall's. */
  readonly pace?: Pace;
  /** Runs one operation to its acceptance, or until `patienceMs` is over. Over HTTP this posts to `/preprepare`. */
  submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome>;
  /** Waits until no message is under way and no fault holds one back; false if that took longer. */
  drain(patienceMs: Millis): Promise<boolean>;
  /** What everybody counted and delivered so far, clients included; a node that is down is missing. */
  reports(): Promise<readonly ParticipantReport[]>;
  /** The message logs of the slots; a node that is down is missing. */
  logs(from: number, to: number): Promise<ReadonlyMap<NodeId, readonly LogEntry[]>>;
  /** How late the event loops of its nodes' processes were since this was last asked; absent where they share this one's. */
  loopDelays?(): Promise<ReadonlyMap<NodeId, Delays>>;
  /** What the protocol's own judges found; absent where nobody hears every node. */
  violations?(): readonly Violation[];
  /** Ends everything that the cluster started. */
  close(): Promise<void>;
}

export interface ClusterMember {
  readonly id: NodeId;
  readonly role: string;
  readonly isReplica: boolean;
  /** Where it answers; undefined where there is no HTTP. */
  readonly url: string | undefined;
  /** Modes placed on it, `offline` among them. */
  readonly faults: readonly string[];
  /** Where it has a process of its own. */
  readonly pid?: number | undefined;
  /** Who lives in that process: itself, and the clients where requests enter. */
  readonly housemates?: readonly NodeId[];
}

export interface Outcome {
  readonly outcome: "committed" | "timeout" | "refused";
  /** Wall time (virtual in the simulator) that the submitter saw, around the whole post over HTTP. */
  readonly latencyMs: Millis;
  /** From the request's first send to its acceptance, as the client participant saw it. */
  readonly consensusTimeMs: Millis | undefined;
  readonly client: NodeId;
  readonly timestamp: number | undefined;
  /** What names the request in message logs. */
  readonly request: Digest | undefined;
  readonly view: number | undefined;
  readonly slot: number | undefined;
  readonly result: Result | undefined;
  /** Why, unless it committed. */
  readonly reason?: string | undefined;
}

export interface ParticipantReport {
  readonly id: NodeId;
  readonly status: Status;
  readonly counters: CountersView;
  readonly transport: TransportCounters;
  /** Every delivery since the start, replicas only. */
  readonly deliveries: readonly Delivery[];
  /** Every acceptance since the start, clients only. */
  readonly acceptances: readonly Acceptance[];
  readonly witnesses: readonly WitnessView[];
  /** Replicas only; unknown in the simulator. */
  readonly leaderChanges?: LeaderChangesView;
}

export interface TransportCounters {
  /** HTTP posts sent; equal to messages unless several share a post. 0 where there is no HTTP. */
  readonly posts: number;
  readonly bytes: number;
  /** Messages that could not be handed over: refused, reset, timed out. */
  readonly lost: number;
}

export interface WitnessView {
  readonly fault: string;
  readonly fired: number;
  readonly roles: readonly string[];
}
