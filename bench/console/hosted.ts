/** One participant of a console behind HTTP: its server, its keys, and what its terminal can do with it. */

import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCanonical, type Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import { Host, type HostOptions } from "../../host/host.ts";
import { HostedNode } from "../../host/hosted-node.ts";
import { WallClock } from "../../host/time.ts";
import { ledger } from "../../services/services.ts";
import { hostOptionsOf } from "../clusters/assembly.ts";
import { newTimestamp, portProblem } from "../clusters/standing.ts";
import { ClientSession } from "./client-session.ts";
import { clientId, nameOf } from "./machine/names.ts";
import { writeOrder } from "./machine/orders.ts";
import { pbftByHand } from "./machine/protocol.ts";
import { checkpointFolder } from "./report-files.ts";
import { type Controls, NodeSession, type Session } from "./session.ts";
import { consoleSettings } from "./settings.ts";
import type { Line } from "./wording.ts";

export interface HostedOptions {
  readonly id: NodeId;
  readonly n: number;
  readonly seed: number;
  /** Where everybody listens, this one included. */
  readonly urls: ReadonlyMap<NodeId, string>;
  /** Where checkpoints are written. */
  readonly out: string;
  say(line: Line): void;
}

export interface Hosted {
  readonly session: Session;
  close(): Promise<void>;
}

/** Starts it; it asks the others for what it may have missed, in case it was here before. */
export async function startHosted(options: HostedOptions): Promise<Hosted> {
  const { id, n, urls } = options;
  const host = new Host(hostOptions(options));
  const node = new HostedNode(host, id);
  const { port, hostname } = new URL(urls.get(id) ?? "");
  try {
    await node.listen(Number(port), hostname);
  } catch (error) {
    await host.close();
    throw portProblem(error) ?? error;
  }
  host.locate(urls);
  const controls = controlsOf(options, host, node);
  const replicas = [...urls.keys()].filter((one) => one !== clientId).slice(0, n);
  const sessionOptions = { id, replicas, controls, say: options.say.bind(options) };
  const session =
    id === clientId ? new ClientSession(sessionOptions) : new NodeSession(sessionOptions);
  node.events.watch(({ name, detail }) => {
    if (name !== "mark" && name !== "deliver") return;
    session.hear({ kind: name, ...(detail as object) } as Effect<Message>);
  });
  node.start();
  if (id !== clientId) controls.order({ order: "catch up" });
  return {
    session,
    close: async () => {
      await node.close();
      await host.close();
    },
  };
}

function hostOptions({ n, seed }: HostedOptions): HostOptions {
  const spec = {
    protocol: pbftByHand({ firstTimestamp: newTimestamp }),
    n,
    seed,
    clients: 1,
    transport: "http",
    place: "processes",
    auth: "ed25519",
    service: "echo",
    coalesce: "none",
    settings: consoleSettings,
    faults: [],
    basePort: 0,
    bind: "127.0.0.1",
    hasControl: true,
    network: "lan",
  } as const;
  const settings = { time: new WallClock(), firstTimestamp: newTimestamp };
  return { ...hostOptionsOf(spec, settings), createService: ledger.create, readOperation };
}

function readOperation(data: Json): ReturnType<HostOptions["readOperation"]> {
  const problem = ledger.checkOperation(data);
  if (problem !== undefined) return { problem };
  const encoded = encodeCanonical(data);
  return encoded.text === undefined ? { problem: encoded.problem } : { operation: encoded.text };
}

function controlsOf({ urls, out }: HostedOptions, host: Host, node: HostedNode): Controls {
  return {
    status: () => node.report(Number.MAX_SAFE_INTEGER).member?.status,
    order: (order) => node.ask(writeOrder(order)),
    crash: () => node.crash(false),
    // With control it is back before this call returns: its server never went away.
    recover: () => void node.recover(),
    objectionToTransaction: async () => {
      if ((await host.peers.read(clientId, "/status")) !== undefined) return undefined;
      return `no ${nameOf(clientId)} listens at ${urls.get(clientId)}, and only clients sign requests: start one with console --client`;
    },
    addressOf: (id) => urls.get(id),
    save: (file, text, isAppended) => saveReport(out, file, text, isAppended),
  };
}

/** The answer is what to call it. */
export function saveReport(out: string, file: string, text: string, isAppended: boolean): string {
  mkdirSync(join(out, checkpointFolder), { recursive: true });
  const write = isAppended ? appendFileSync : writeFileSync;
  write(join(out, checkpointFolder, file), text);
  return `${checkpointFolder}/${file}`;
}
