/** What the routes of a node's server know of the node behind them. */

import type { HttpBindings } from "@hono/node-server";
import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId, Operation, Result } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Delivery, Status } from "../core/machine.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Complaint } from "./complaint.ts";
import type { EventHub } from "./event-hub.ts";
import type { Inbox } from "./inbox.ts";
import type { RunOutcome } from "./lane.ts";
import type { ParticipantView } from "./participant.ts";
import type { Traffic } from "./quiet.ts";
import type { Receiver } from "./receiver.ts";
import type { RoundReport } from "./round-report.ts";
import type { TransportView } from "./tally.ts";

/** The environment of the hono app: @hono/node-server hands the raw request along. */
export interface Env {
  readonly Bindings: HttpBindings;
}

export interface Site {
  readonly id: NodeId;
  readonly protocol: Protocol;
  readonly n: number;
  readonly maxBodyBytes: number;
  /** How long `/preprepare` waits for its request. */
  readonly patienceMs: Millis;
  readonly hasControl: boolean;
  /** Whether a key-value store is replicated here. */
  readonly hasKeyValue: boolean;
  readonly member: Receiver;
  readonly inbox: Inbox;
  readonly events: EventHub;
  /** The client of this name, if it lives here. */
  clientNamed(id: NodeId): Receiver | undefined;
  /** Anybody who lives in this process. */
  neighbour(id: NodeId): Receiver | undefined;
  /** Whether it wants to hear of each request that was answered. */
  readonly logsRequests: boolean;
  answered(method: string, path: string, status: number, tookMs: number): void;
  /** Counts a request that was not taken. */
  refuse(complaint: Complaint): void;
  /** How many were not taken, by code. */
  refusedInput(): Readonly<Record<string, number>>;
  status(): Readonly<Record<string, unknown>>;
  /** Undefined while the node is down. */
  memberStatus(): Status | undefined;
  /** What the copy here says by itself to an operation that changes nothing; undefined while it is down. */
  readLocally(operation: Operation): Result | undefined;
  /** How many of the replicas answer, this one included. */
  countReachable(): Promise<number>;
  /** Requests of users at this node's gateway. */
  gatewayLoad(): { readonly running: number; readonly waiting: number };
  log(from: number, to: number): readonly LogEntry[];
  clientLog(id: NodeId, from: number, to: number): readonly LogEntry[] | undefined;
  deliveries(from: number, to: number): DeliveriesView;
  /** `after` so many deliveries, which whoever asks has already. */
  report(after: number): NodeReport;
  traffic(): Traffic;
  readOperation(data: Json): Readable;
  /** Undefined when there is no room for another. `lane` counts from 0. */
  run(operation: Operation, patienceMs: Millis, lane: number | undefined): RunTicket;
  reportRound(operation: Operation, outcome: RunOutcome): Promise<RoundReport>;
  crash(losesDisk: boolean): void;
  recover(): Promise<void>;
  /** Adds a fault, or says why not. */
  addFault(text: string): string | undefined;
}

/** An operation, or why the data is none. */
export type Readable =
  | { readonly operation: Operation; readonly problem?: undefined }
  | { readonly operation?: undefined; readonly problem: string };

export type RunTicket =
  | { readonly outcome: Promise<RunOutcome>; readonly problem?: undefined }
  | { readonly outcome?: undefined; readonly problem: "full" | "no such lane" };

export interface DeliveriesView {
  readonly id: NodeId;
  /** Modes placed on this node: its word proves nothing. */
  readonly faults: readonly string[];
  readonly deliveries: readonly Delivery[];
}

/** Everybody who lives at a node, as the bench reads it. */
export interface NodeReport {
  readonly member: ReportedParticipant | undefined;
  readonly clients: readonly ReportedParticipant[];
}

export interface ReportedParticipant extends ParticipantView {
  readonly transport: TransportView;
}
