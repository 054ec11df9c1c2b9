/** A member of the protocol as it stands in the real world: its server, its gateway, its lives. */

import type { IncomingMessage } from "node:http";
import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId, Operation, Result } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Status } from "../core/machine.ts";
import type { Protocol } from "../core/protocol.ts";
import { createApp } from "./app.ts";
import type { Complaint } from "./complaint.ts";
import { recoverPath } from "./control-routes.ts";
import { countUp } from "./counted.ts";
import { EventHub } from "./event-hub.ts";
import type { Host } from "./host.ts";
import type { Inbox } from "./inbox.ts";
import type { RunOutcome } from "./lane.ts";
import { type LogLevels, levelsOfEnvironment } from "./log/levels.ts";
import type { NodeLog } from "./log/node-log.ts";
import { NodeServer, urlOf } from "./node-server.ts";
import type { Traffic } from "./quiet.ts";
import type { Receiver } from "./receiver.ts";
import { Residents } from "./residents.ts";
import { collectRound } from "./round-collector.ts";
import type { RoundReport } from "./round-report.ts";
import type { DeliveriesView, NodeReport, Readable, RunTicket, Site } from "./site.ts";
import { statusOf } from "./status.ts";

const reachableWithinMs: Millis = 1000;

export class HostedNode implements Site {
  readonly id: NodeId;
  readonly protocol: Protocol;
  readonly n: number;
  readonly maxBodyBytes: number;
  readonly patienceMs: Millis;
  readonly hasControl: boolean;
  readonly hasKeyValue: boolean;
  readonly logsRequests: boolean;
  readonly member: Receiver;
  readonly inbox: Inbox;
  readonly events = new EventHub();
  readonly #host: Host;
  readonly #residents: Residents;
  readonly #server: NodeServer;
  readonly #refused = new Map<string, number>();
  readonly #levels: LogLevels;
  #log: NodeLog | undefined;
  #port = 0;
  #bind = "";

  constructor(host: Host, id: NodeId) {
    const { protocol, n, limits, hasControl } = host.options;
    this.id = id;
    this.protocol = protocol;
    this.n = n;
    this.maxBodyBytes = limits.maxBodyBytes;
    this.patienceMs = limits.patienceMs;
    this.hasControl = hasControl;
    this.hasKeyValue = host.options.hasKeyValue ?? false;
    this.#levels = host.options.log ?? levelsOfEnvironment();
    this.logsRequests = this.#levels.http === "debug" || this.#levels.http === "trace";
    this.inbox = host.inbox;
    this.#host = host;
    this.#residents = new Residents(host, id, this.events);
    this.member = this.#residents.member;
    this.#server = new NodeServer({
      app: createApp(this),
      requestTimeoutMs: limits.requestTimeoutMs,
      refuse: (complaint) => this.refuse(complaint),
      isDeafTo: (incoming) => this.#isDeafTo(incoming),
    });
  }

  get isUp(): boolean {
    return this.#residents.member.isUp;
  }

  /** Opens the server; port 0 lets the system choose. The answer is where it listens. */
  async listen(port: number, bind: string): Promise<string> {
    this.#bind = bind;
    this.#port = await this.#server.listen(port, bind);
    const url = urlOf(bind, this.#port);
    if (Object.values(this.#levels).some((level) => level !== "silent")) {
      // Loaded when somebody wants it: hundreds of processes start sooner without it.
      const { NodeLog } = await import("./log/node-log.ts");
      this.#log = new NodeLog(this.id, this.#levels);
      this.#log.follow(this.events);
      this.#log.listening(url);
    }
    return url;
  }

  /** Begins the lives of everybody here. Only once all members are located. */
  start(): void {
    this.#residents.start();
  }

  async close(): Promise<void> {
    this.#residents.stop(false);
    await this.#server.close();
  }

  /** As a dead process would be: nobody answers. With control, only a call to come back is heard. */
  crash(losesDisk: boolean): void {
    this.#residents.stop(losesDisk);
    this.#tell("crash", { losesDisk });
    if (!this.hasControl) void this.#server.close();
  }

  /** Begins the next life, on the same port. */
  async recover(): Promise<void> {
    if (this.isUp) return;
    if (!this.hasControl) await this.#server.listen(this.#port, this.#bind);
    this.#residents.start();
    this.#tell("recover", {});
  }

  /** Asks the member itself for an operation: a client that lives here, or whoever takes orders. */
  ask(operation: Operation): void {
    this.#residents.member.request(operation);
  }

  clientNamed(id: NodeId): Receiver | undefined {
    return this.#residents.gateway.laneOf(id)?.participant;
  }

  neighbour(id: NodeId): Receiver | undefined {
    return this.#host.resident(id);
  }

  refuse(complaint: Complaint): void {
    countUp(this.#refused, complaint.code);
    this.#log?.refused(complaint);
  }

  answered(method: string, path: string, status: number, tookMs: number): void {
    this.#log?.answered(method, path, status, tookMs);
  }

  refusedInput(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  status(): Readonly<Record<string, unknown>> {
    return statusOf(this, this.#host);
  }

  memberStatus(): Status | undefined {
    return this.#residents.member.status();
  }

  gatewayLoad() {
    return this.#residents.gateway.load;
  }

  readLocally(operation: Operation): Result | undefined {
    return this.#residents.readLocally(operation);
  }

  async countReachable(): Promise<number> {
    const { members } = this.#host.options.directory;
    const replicas = members.filter(({ isReplica }) => isReplica);
    const answers = await Promise.all(replicas.map(({ id }) => this.#isReachable(id)));
    return answers.filter((isThere) => isThere).length;
  }

  /** Whoever is asked and stands still is not there either. */
  #isReachable(id: NodeId): Promise<boolean> {
    const { peers, options } = this.#host;
    return new Promise((resolve) => {
      const cancel = options.time.after(reachableWithinMs, () => resolve(false));
      void peers.read(id, "/traffic").then((answer) => {
        cancel();
        resolve(answer !== undefined);
      });
    });
  }

  /** Modes placed on this node, and those that were added since. */
  faults(): readonly string[] {
    const { faultNames } = this.#host.options;
    return [...faultNames(this.id), ...(this.#residents.injected?.names ?? [])];
  }

  log(from: number, to: number): readonly LogEntry[] {
    return this.#residents.member.log(from, to) ?? [];
  }

  clientLog(id: NodeId, from: number, to: number): readonly LogEntry[] | undefined {
    const lane = this.#residents.gateway.laneOf(id);
    return lane === undefined ? undefined : (lane.participant.log(from, to) ?? []);
  }

  deliveries(from: number, to: number): DeliveriesView {
    const deliveries = this.#residents.member.deliveries.filter(
      ({ slot }) => slot >= from && slot <= to,
    );
    return { id: this.id, faults: this.faults(), deliveries };
  }

  report(after: number): NodeReport {
    const reports = this.#residents.reports(after);
    return {
      member: reports.find(({ id }) => id === this.id),
      clients: reports.filter(({ id }) => id !== this.id),
    };
  }

  traffic(): Traffic {
    return this.#residents.traffic();
  }

  readOperation(data: Json): Readable {
    return this.#host.options.readOperation(data);
  }

  run(operation: Operation, patienceMs: Millis, lane: number | undefined): RunTicket {
    const { gateway } = this.#residents;
    const chosen = lane === undefined ? undefined : gateway.lanes[lane];
    if (lane !== undefined && chosen === undefined) return { problem: "no such lane" };
    if (gateway.isFull) return { problem: "full" };
    return { outcome: gateway.run(operation, patienceMs, chosen) };
  }

  reportRound(operation: Operation, outcome: RunOutcome): Promise<RoundReport> {
    const { protocol, n } = this;
    const { peers, options } = this.#host;
    const { members } = options.directory;
    const clientLog = this.clientLog.bind(this);
    return collectRound({ protocol, n, members, peers, clientLog }, operation, outcome);
  }

  addFault(text: string): string | undefined {
    const faults = this.#host.options.readFault(this.id, text);
    if (typeof faults === "string") return faults;
    this.#residents.injected?.add(...faults);
    return undefined;
  }

  #isDeafTo({ url }: IncomingMessage): boolean {
    return this.#port !== 0 && this.hasControl && !this.isUp && url !== recoverPath;
  }

  #tell(name: string, detail: unknown): void {
    const atMs = this.#host.options.time.now();
    this.events.tell({ name, node: this.id, atMs, detail });
  }
}
