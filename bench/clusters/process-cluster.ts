/** A cluster with one child process for each node: nothing is shared but the machine. */

import { assert } from "../../core/assert.ts";
import type { Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { LogEntry } from "../../core/log.ts";
import { lifeOf } from "../../faults/chain.ts";
import { Peers } from "../../host/peers.ts";
import { addTraffic, manyVoices, noTraffic, type Traffic, untilQuiet } from "../../host/quiet.ts";
import type { NodeReport } from "../../host/site.ts";
import { wallNow } from "../../host/time.ts";
import type {
  Cluster,
  ClusterMember,
  ClusterSpec,
  Outcome,
  ParticipantReport,
} from "../cluster.ts";
import type { Delays } from "../meters/loop-delay.ts";
import { clientsOf, directoryOf, entryOf, membersOf } from "./assembly.ts";
import { Child } from "./child.ts";
import { benchOptions, type HttpClusterOptions, reportsIn } from "./http-cluster.ts";
import { type Order, packed, type SentSettings } from "./orders.ts";
import { portOf, refusingUrls } from "./ports.ts";
import { Submitter } from "./submitter.ts";

export async function startProcessCluster(
  spec: ClusterSpec,
  { firstTimestamp, limits }: HttpClusterOptions = benchOptions,
  journalOf: (id: NodeId) => string | undefined = () => undefined,
): Promise<ProcessCluster> {
  const members = spec.protocol.members(spec.n).map(({ id }) => id);
  const isOffline = (id: NodeId) => lifeOf(spec.faults, id).isOffline;
  const children = members.filter((id) => !isOffline(id)).map((id) => new Child(id));
  try {
    const settingsOf = (id: NodeId): SentSettings => ({
      firstTimestamp: firstTimestamp(),
      limits,
      journal: journalOf(id),
    });
    const urls = new Map(await openAll(spec, members, children, settingsOf));
    const offline = members.filter(isOffline);
    const ports = offline.map((id) => [id, portOf(spec, members.indexOf(id))] as const);
    for (const [id, url] of await refusingUrls(ports, spec.bind)) urls.set(id, url);
    const start: Order = { kind: "start", urls: [...urls], atMs: wallNow() };
    await Promise.all(children.map((child) => child.order(start)));
    return new ProcessCluster(spec, children, urls, start, settingsOf);
  } catch (error) {
    await Promise.all(children.map((child) => child.end()));
    throw error;
  }
}

const openAll = (
  spec: ClusterSpec,
  members: readonly NodeId[],
  children: readonly Child[],
  settingsOf: (id: NodeId) => SentSettings,
) =>
  Promise.all(
    children.map(async (child): Promise<readonly [NodeId, string]> => {
      const port = portOf(spec, members.indexOf(child.id));
      return [child.id, await open(child, spec, port, settingsOf(child.id))];
    }),
  );

async function open(
  child: Child,
  spec: ClusterSpec,
  port: number,
  settings: SentSettings,
): Promise<string> {
  const { id } = child;
  const answer = await child.order({ kind: "open", spec: packed(spec), id, port, settings });
  return answer.kind === "listening" ? answer.url : "";
}

export class ProcessCluster implements Cluster {
  readonly members: readonly ClusterMember[];
  readonly clients: readonly NodeId[];
  readonly #entry: NodeId;
  readonly #spec: ClusterSpec;
  readonly #children: Child[];
  readonly #urls: ReadonlyMap<NodeId, string>;
  readonly #start: Order;
  readonly #settingsOf: (id: NodeId) => SentSettings;
  readonly #peers: Peers;
  readonly #submitter: Submitter;

  constructor(
    spec: ClusterSpec,
    children: readonly Child[],
    urls: ReadonlyMap<NodeId, string>,
    start: Order,
    settingsOf: (id: NodeId) => SentSettings,
  ) {
    this.#spec = spec;
    this.#urls = urls;
    this.#start = start;
    this.#settingsOf = settingsOf;
    const pids = new Map(children.map(({ id, pid }) => [id, pid]));
    this.clients = clientsOf(spec, directoryOf(spec));
    this.#entry = entryOf(spec);
    this.members = membersOf(spec, (id) => urls.get(id)).map((member) => ({
      ...member,
      pid: pids.get(member.id),
      housemates: [member.id, ...(member.id === this.#entry ? this.clients : [])],
    }));
    this.#children = [...children];
    this.#peers = new Peers((id) => urls.get(id));
    this.#submitter = new Submitter(urls.get(this.#entry) ?? "", this.clients);
  }

  submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    return this.#submitter.submit(client, operation, patienceMs);
  }

  drain(patienceMs: Millis): Promise<boolean> {
    return untilQuiet(() => this.#traffic(), patienceMs, manyVoices);
  }

  async reports(): Promise<readonly ParticipantReport[]> {
    const reports = await this.#askAll<NodeReport>("/report");
    return reportsIn(
      reports.map(([, report]) => report),
      this.clients,
    );
  }

  async loopDelays(): Promise<ReadonlyMap<NodeId, Delays>> {
    const living = this.#children.filter(({ hasEnded }) => !hasEnded);
    const answers = await Promise.all(
      living.map(async (child) => [child.id, await child.order({ kind: "tell-delays" })] as const),
    );
    return new Map(
      answers.flatMap(([id, told]) => (told.kind === "delays" ? [[id, told.delays] as const] : [])),
    );
  }

  async logs(from: number, to: number): Promise<ReadonlyMap<NodeId, readonly LogEntry[]>> {
    const range = `from=${Math.max(0, from)}&to=${Math.min(to, Number.MAX_SAFE_INTEGER)}`;
    const logs = await this.#askAll<LogAnswer>(`/log?${range}`);
    const ofClients = await Promise.all(
      this.clients.map((client) =>
        this.#peers.read<LogAnswer>(this.#entry, `/clients/${client}/log?${range}`),
      ),
    );
    return new Map(
      [...logs.map(([, log]) => log), ...ofClients]
        .filter((log) => log !== undefined)
        .map(({ id, entries }) => [id, entries]),
    );
  }

  /** Ends a node's process with no time to do anything about it: kill -9. */
  async kill(id: NodeId): Promise<void> {
    await this.#childOf(id).kill();
  }

  /** A new process for a node that was killed, where it was before, with what is in its data directory. */
  async restart(id: NodeId): Promise<void> {
    const child = new Child(id);
    this.#children[this.#children.indexOf(this.#childOf(id))] = child;
    const port = Number(new URL(this.#urls.get(id) ?? "").port);
    await open(child, this.#spec, port, this.#settingsOf(id));
    await child.order(this.#start);
  }

  async close(): Promise<void> {
    await this.#submitter.close();
    await this.#peers.close();
    await Promise.all(this.#children.map((child) => child.end()));
  }

  #childOf(id: NodeId): Child {
    const child = this.#children.find((candidate) => candidate.id === id);
    assert(child !== undefined, `${id} has a process`);
    return child;
  }

  async #traffic(): Promise<Traffic> {
    const all = await this.#askAll<Traffic>("/traffic");
    return all.reduce((sum, [, one]) => addTraffic(sum, one), noTraffic);
  }

  /** What everybody says who is there. */
  async #askAll<T>(path: string): Promise<readonly (readonly [NodeId, T])[]> {
    const answers = await Promise.all(
      this.#children.map(async ({ id }) => [id, await this.#peers.read<T>(id, path)] as const),
    );
    return answers.flatMap(([id, answer]) => (answer === undefined ? [] : [[id, answer] as const]));
  }
}

interface LogAnswer {
  readonly id: NodeId;
  readonly entries: readonly LogEntry[];
}
