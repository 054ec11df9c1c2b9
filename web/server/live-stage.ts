/** The live cluster itself: real HTTP nodes in this process, and what all of them tell, in order of time. */

import type { Cluster, ClusterSpec } from "../../bench/cluster.ts";
import { startHttpCluster } from "../../bench/clusters/http-cluster.ts";
import { newTimestamp } from "../../bench/clusters/standing.ts";
import { protocolNamed } from "../../bench/protocols.ts";
import { UsageError } from "../../core/assert.ts";
import type { Json } from "../../core/encoding.ts";
import { parseFaults } from "../../faults/notation.ts";
import { placeFaults } from "../../faults/placement.ts";
import { createRandom } from "../../sim/random.ts";
import { checkSetup, readOperation, type Setup, usualSetup } from "../run/setup.ts";
import type { LiveEvent, LiveStage, LiveStart } from "./live-routes.ts";

const patienceMs = 20_000;
/** Events wait so long for those of other nodes that came before them. */
const orderingMs = 60;
type Call = readonly [path: string, body: object];
const acts: Readonly<Record<string, (node: string) => Call>> = {
  crash: () => ["/control/crash", {}],
  recover: () => ["/control/recover", {}],
  // The mode asks again and again; its window is over before it does so a second time.
  "view change": (node) => [
    "/control/fault",
    { fault: `spam-view-change(400ms)@${node}/0ms-700ms` },
  ],
  malicious: () => ["/control/fault", { fault: "malicious" }],
  silent: () => ["/control/fault", { fault: "silent" }],
};

interface Running {
  readonly cluster: Cluster;
  readonly setup: Setup;
  readonly ended: AbortController;
  readonly urls: ReadonlyMap<string, string>;
}

export class HttpStage implements LiveStage {
  readonly #watchers = new Set<(events: readonly LiveEvent[]) => void>();
  #running: Running | undefined;
  #waiting: { readonly atMs: number; readonly event: LiveEvent }[] = [];

  async start(fields: Readonly<Record<string, string>>): Promise<LiveStart> {
    const setup: Setup = { ...usualSetup, ...fields, network: usualSetup.network };
    const { schedule, problems } = checkSetup({ ...setup, balances: "" });
    if (schedule === undefined) throw new UsageError([...problems.values()].join("; "));
    await this.stop();
    const { protocol: name, n, seed, settings } = schedule;
    const protocol = protocolNamed(name);
    const faults = placeFaults(parseFaults([setup.faults]), protocol, n, createRandom(seed));
    const spec: ClusterSpec = {
      protocol,
      n,
      seed,
      clients: 1,
      transport: "http",
      place: "in-process",
      auth: "ed25519",
      service: setup.service as ClusterSpec["service"],
      coalesce: "none",
      settings,
      faults,
      basePort: 0,
      bind: "127.0.0.1",
      hasControl: true,
      network: "lan",
    };
    const options = { firstTimestamp: newTimestamp, limits: { patienceMs } };
    const cluster = await startHttpCluster(spec, options);
    const members = cluster.members.map(({ id, role, url = "" }) => ({ id, role, url }));
    const ended = new AbortController();
    const urls = new Map(members.map(({ id, url }) => [id, url]));
    this.#running = { cluster, setup, ended, urls };
    await Promise.all(members.map(({ url }) => this.#listen(url, ended.signal)));
    const timer = setInterval(() => this.#pass(), orderingMs);
    ended.signal.addEventListener("abort", () => clearInterval(timer));
    return { protocol: protocol.name, n, members };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#waiting = [];
    running?.ended.abort();
    await running?.cluster.close();
  }

  watch(signal: AbortSignal, tell: (events: readonly LiveEvent[]) => void): void {
    this.#watchers.add(tell);
    signal.addEventListener("abort", () => this.#watchers.delete(tell));
  }

  async request(line: string): Promise<string> {
    const { cluster, setup } = this.#needed();
    const operation = JSON.parse(readOperation(setup.service, line, "the operation")) as Json;
    const outcome = await cluster.submit(0, operation, patienceMs);
    return JSON.stringify(outcome);
  }

  async control(node: string, act: string): Promise<string> {
    const url = this.#needed().urls.get(node);
    if (url === undefined) throw new UsageError(`there is no node ${JSON.stringify(node)}`);
    const callFor = Object.hasOwn(acts, act) ? acts[act] : undefined;
    if (callFor === undefined) {
      throw new UsageError(`act must be one of ${Object.keys(acts).join(", ")}, not "${act}"`);
    }
    const [path, body] = callFor(node);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new UsageError(`${node} refuses to ${act}: ${text.trim()}`);
    return text;
  }

  #needed(): Running {
    if (this.#running === undefined) throw new UsageError("no cluster is up: start one first");
    return this.#running;
  }

  /** Resolves once the node tells what happens. */
  async #listen(url: string, signal: AbortSignal): Promise<void> {
    const answer = await fetch(`${url}/events`, { signal }).catch(() => undefined);
    // An offline node has nothing to tell.
    if (answer?.body == null) return;
    void this.#read(answer.body).catch(() => undefined);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) this.#keep(part);
    }
  }

  #keep(text: string): void {
    const name = /^event: ?(\w+)$/m.exec(text)?.[1];
    const data = /^data: ?(.*)$/m.exec(text)?.[1];
    const atMs = Number(/"atMs":([\d.]+)/.exec(data ?? "")?.[1] ?? 0);
    if (name === undefined || data === undefined) return;
    this.#waiting.push({ atMs, event: { name, data } });
  }

  /** Each node tells in its own stream; all live by one clock. What was sent comes before what came of it. */
  #pass(): void {
    const newest = Math.max(0, ...this.#waiting.map(({ atMs }) => atMs));
    // Nothing new since the last time: nothing earlier will come.
    const untilMs = newest === this.#newest ? newest : newest - orderingMs;
    this.#newest = newest;
    const ready = this.#waiting.filter(({ atMs }) => atMs <= untilMs);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > untilMs);
    ready.sort((a, b) => a.atMs - b.atMs);
    for (const tell of this.#watchers) tell(ready.map(({ event }) => event));
  }

  #newest = 0;
}
