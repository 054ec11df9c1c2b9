/** What the nodes of one process share: connections, inbox, keys, and where everybody is found. */

import type { Json } from "../core/encoding.ts";
import type { Fault } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Observer, Time, Transport } from "../core/ports.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";
import type { Keyring } from "./crypto.ts";
import type { Directory } from "./directory.ts";
import type { Store } from "./disk/store.ts";
import { type Delays, Distance } from "./distance.ts";
import { type Address, type Coalesce, HttpTransports } from "./http-transport.ts";
import { Inbox } from "./inbox.ts";
import type { LogLevels } from "./log/levels.ts";
import { Peers } from "./peers.ts";
import { PostOffice } from "./post-office.ts";
import type { Receiver } from "./receiver.ts";
import type { Readable } from "./site.ts";
import type { Tally } from "./tally.ts";

export interface HostOptions {
  readonly protocol: Protocol;
  readonly n: number;
  readonly settings: Settings;
  readonly directory: Directory;
  readonly keyring: Keyring;
  readonly time: Time;
  readonly random: Random;
  readonly coalesce: Coalesce;
  /** How far everybody is from everybody; undefined: as far as they really are. */
  readonly delays?: Delays | undefined;
  readonly hasControl: boolean;
  /** How much its nodes log; as the environment says unless somebody says otherwise. */
  readonly log?: LogLevels;
  /** Whether the service is a key-value store, to be asked as seed 001 is. */
  readonly hasKeyValue?: boolean;
  readonly limits: Limits;
  /** Disks that outlive this process; whoever has none here keeps its records in memory. */
  readonly disks?: ReadonlyMap<NodeId, Store> | undefined;
  /** Sees everything that the members here do. */
  readonly observer?: Observer<Message> | undefined;
  /** Where the timestamps of a client that starts now begin: above all that it ever used. */
  firstTimestamp(): number;
  createService(): Service;
  /** New faults for one life of a node. */
  createFaults(node: NodeId): readonly Fault<Message>[];
  /** Modes placed on a node, for whoever asks. */
  faultNames(node: NodeId): readonly string[];
  /** A fault for a running node, or why there is none of that name. */
  readFault(node: NodeId, text: string): readonly Fault<Message>[] | string;
  /** What somebody posted, as an operation of the service. */
  readOperation(data: Json): Readable;
}

export interface Limits {
  readonly maxBodyBytes: number;
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: Millis;
  /** How long `/preprepare` waits for its request. */
  readonly patienceMs: Millis;
  /** Most deliveries that a node remembers. */
  readonly kept: number;
}

export const usualLimits: Limits = {
  maxBodyBytes: 16 * 1024 * 1024,
  requestTimeoutMs: 10_000,
  patienceMs: 30_000,
  kept: 100_000,
};

/** Names this process among those that can be posted to. */
const here = "here";

export class Host {
  readonly options: HostOptions;
  readonly inbox: Inbox;
  readonly peers: Peers;
  readonly #transports: HttpTransports;
  readonly #distance: Distance | undefined;
  readonly #office = new PostOffice();
  readonly #controlKinds: ReadonlySet<string>;
  readonly #urls = new Map<NodeId, string>();
  readonly #addresses = new Map<NodeId, Address | undefined>();
  readonly #residents = new Map<NodeId, Receiver>();

  constructor(options: HostOptions) {
    this.options = options;
    this.#controlKinds = new Set(options.protocol.controlKinds);
    this.inbox = new Inbox((kind) => this.isControl(kind));
    this.peers = new Peers((id) => this.#urls.get(id));
    this.#transports = new HttpTransports({
      office: this.#office,
      coalesce: options.coalesce,
      addressOf: (id) => this.#addressOf(id),
      originOf: (host) => (host === here ? this.#liveOrigin() : undefined),
      isControl: (kind) => this.isControl(kind),
    });
    const { delays, time } = options;
    const isControl = (kind: string) => this.isControl(kind);
    this.#distance = delays === undefined ? undefined : new Distance({ time, delays, isControl });
  }

  /** What a participant here sends with; counted on its tally. */
  transportOf(tally: Tally): Transport<Message> {
    const near = this.#transports.transportOf(tally);
    return this.#distance?.around(near, tally) ?? near;
  }

  isControl(kind: string): boolean {
    return this.#controlKinds.has(kind);
  }

  /** Makes known where members listen. */
  locate(urls: Iterable<readonly [NodeId, string]>): void {
    for (const [id, url] of urls) this.#urls.set(id, url);
    this.#addresses.clear();
  }

  /** Makes known who lives here. */
  house(receiver: Receiver): void {
    this.#residents.set(receiver.id, receiver);
    this.#addresses.clear();
  }

  resident(id: NodeId): Receiver | undefined {
    return this.#residents.get(id);
  }

  async close(): Promise<void> {
    this.#distance?.close();
    await Promise.all([this.#office.close(), this.peers.close()]);
  }

  /** Any server of this process hears for everybody in it, as long as its own node lives. */
  #liveOrigin(): string | undefined {
    const live = this.options.directory.members.find(({ id }) => this.#residents.get(id)?.isUp);
    return live === undefined ? undefined : this.#urls.get(live.id);
  }

  #addressOf(id: NodeId): Address | undefined {
    const known = this.#addresses.get(id);
    if (known !== undefined) return known;
    const home = this.options.directory.homeOf(id);
    const origin = home === undefined ? undefined : this.#urls.get(home);
    if (home === undefined || origin === undefined) return undefined;
    const path = id === home ? "/messages" : `/clients/${id}/messages`;
    const address = { origin, path, host: this.#residents.has(home) ? here : origin };
    this.#addresses.set(id, address);
    return address;
  }
}
