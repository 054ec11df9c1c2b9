/** A cluster of real HTTP servers in this process: one for each member, all on one event loop. */

import type { Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Violation } from "../../core/inspector.ts";
import type { LogEntry } from "../../core/log.ts";
import { lifeOf } from "../../faults/chain.ts";
import { Host, type Limits } from "../../host/host.ts";
import { HostedNode } from "../../host/hosted-node.ts";
import { addTraffic, noTraffic, type Traffic, untilQuiet, wholeTruth } from "../../host/quiet.ts";
import type { NodeReport } from "../../host/site.ts";
import { WallClock } from "../../host/time.ts";
import type {
  Cluster,
  ClusterMember,
  ClusterSpec,
  Outcome,
  ParticipantReport,
} from "../cluster.ts";
import { clientsOf, entryOf, hostOptionsOf, membersOf } from "./assembly.ts";
import { openDisks } from "./disks.ts";
import { type InspectedCluster, inspectedIn } from "./inspected.ts";
import { mortalNode, planLife } from "./life-cycle.ts";
import { portOf, refusingUrls } from "./ports.ts";
import { Submitter } from "./submitter.ts";

export interface HttpClusterOptions {
  /** 1 for a bench; above every earlier life for nodes that stay up. */
  firstTimestamp(): number;
  readonly limits: Partial<Limits>;
  /** Whether the protocol's own judges listen: they remember everything, too. */
  readonly isInspected?: boolean;
}

/** For a bench: everything is remembered. */
export const benchOptions: HttpClusterOptions = {
  firstTimestamp: () => 1,
  limits: { kept: Infinity },
  isInspected: true,
};

export async function startHttpCluster(
  spec: ClusterSpec,
  options: HttpClusterOptions = benchOptions,
): Promise<Cluster> {
  const time = new WallClock();
  const members = spec.protocol.members(spec.n).map(({ id }) => id);
  const { disks, close: closeDisks } = await openDisks(spec, members);
  const inspected = options.isInspected === true ? inspectedIn(spec) : undefined;
  const observer = inspected?.observer;
  const host = new Host(hostOptionsOf(spec, { time, disks, observer, ...options }));
  const nodes: HostedNode[] = [];
  try {
    const urls = await openServers(spec, host, nodes);
    host.locate(urls);
    time.start();
    for (const node of nodes) node.start();
    const plans = nodes.map((node) => planLife(spec.faults, node.id, time, mortalNode(node)));
    return new HttpCluster(spec, { host, nodes, urls, plans, inspected, closeDisks });
  } catch (error) {
    await closeAll(host, nodes);
    await closeDisks();
    throw error;
  }
}

/** All servers listen before any node speaks; offline nodes get a port where nobody listens. */
async function openServers(
  spec: ClusterSpec,
  host: Host,
  nodes: HostedNode[],
): Promise<ReadonlyMap<NodeId, string>> {
  const urls = new Map<NodeId, string>();
  const offline: (readonly [NodeId, number])[] = [];
  for (const [index, { id }] of host.options.directory.members.entries()) {
    const port = portOf(spec, index);
    if (lifeOf(spec.faults, id).isOffline) {
      offline.push([id, port]);
      continue;
    }
    const node = new HostedNode(host, id);
    nodes.push(node);
    urls.set(id, await node.listen(port, spec.bind));
  }
  for (const [id, url] of await refusingUrls(offline, spec.bind)) urls.set(id, url);
  return urls;
}

async function closeAll(host: Host, nodes: readonly HostedNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.close()));
  await host.close();
}

/** The members that are up, then the clients that the bench drives. */
export function reportsIn(
  reports: readonly NodeReport[],
  driven: readonly NodeId[],
): readonly ParticipantReport[] {
  const clients = reports.flatMap((report) => report.clients);
  return [
    ...reports.flatMap(({ member }) => member ?? []),
    ...clients.filter(({ id }) => driven.includes(id)),
  ];
}

interface Parts {
  readonly host: Host;
  readonly nodes: readonly HostedNode[];
  readonly urls: ReadonlyMap<NodeId, string>;
  /** Each cancels what is still to come in a node's life. */
  readonly plans: readonly (() => void)[];
  readonly inspected: InspectedCluster | undefined;
  closeDisks(): Promise<void>;
}

class HttpCluster implements Cluster {
  readonly members: readonly ClusterMember[];
  readonly clients: readonly NodeId[];
  readonly #host: Host;
  readonly #nodes: readonly HostedNode[];
  readonly #plans: readonly (() => void)[];
  readonly #submitter: Submitter;
  readonly #closeDisks: () => Promise<void>;

  readonly #inspected: InspectedCluster | undefined;

  constructor(spec: ClusterSpec, { host, nodes, urls, plans, inspected, closeDisks }: Parts) {
    this.#inspected = inspected;
    this.#closeDisks = closeDisks;
    this.members = membersOf(spec, (id) => urls.get(id));
    this.clients = clientsOf(spec, host.options.directory);
    this.#host = host;
    this.#nodes = nodes;
    this.#plans = plans;
    this.#submitter = new Submitter(urls.get(entryOf(spec)) ?? "", this.clients);
  }

  submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    return this.#submitter.submit(client, operation, patienceMs);
  }

  drain(patienceMs: Millis): Promise<boolean> {
    return untilQuiet(async () => this.#traffic(), patienceMs, wholeTruth);
  }

  async reports(): Promise<readonly ParticipantReport[]> {
    this.#inspected?.judge();
    return reportsIn(
      this.#nodes.map((node) => node.report(0)),
      this.clients,
    );
  }

  async logs(from: number, to: number): Promise<ReadonlyMap<NodeId, readonly LogEntry[]>> {
    this.#inspected?.judge();
    const logs = new Map<NodeId, readonly LogEntry[]>();
    for (const node of this.#nodes) {
      if (node.isUp) logs.set(node.id, node.log(from, to));
      for (const client of this.clients) {
        const log = node.clientLog(client, from, to);
        if (log !== undefined) logs.set(client, log);
      }
    }
    return logs;
  }

  violations(): readonly Violation[] {
    return this.#inspected?.judge() ?? [];
  }

  async close(): Promise<void> {
    for (const cancel of this.#plans) cancel();
    await this.#submitter.close();
    await closeAll(this.#host, this.#nodes);
    await this.#closeDisks();
  }

  #traffic(): Traffic {
    return this.#nodes.reduce((sum, node) => addTraffic(sum, node.traffic()), noTraffic);
  }
}
