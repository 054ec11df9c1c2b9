/** From a cluster as it was asked for to what its hosts are made of. */

import { UsageError } from "../../core/assert.ts";
import { encodeCanonical, type Json } from "../../core/encoding.ts";
import type { Fault } from "../../core/fault.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import type { Observer, Time } from "../../core/ports.ts";
import { faultsOf, type Life, lifeOf } from "../../faults/chain.ts";
import { parseFault } from "../../faults/notation.ts";
import { createKeyring } from "../../host/crypto.ts";
import { Directory } from "../../host/directory.ts";
import type { Store } from "../../host/disk/store.ts";
import { type HostOptions, type Limits, usualLimits } from "../../host/host.ts";
import type { Readable } from "../../host/site.ts";
import { serviceNamed } from "../../services/services.ts";
import { createRandom } from "../../sim/random.ts";
import type { ClusterMember, ClusterSpec } from "../cluster.ts";
import { delaysOf } from "./network.ts";

/** Clients that live at each node, at least: so many posts of a user run at the same time. */
const fewestLanes = 4;

export const lanesOf = ({ clients }: ClusterSpec): number => Math.max(clients, fewestLanes);

/** Where requests enter: the commander, or the first node after it that is there all the time. */
export function entryOf({ protocol, n, faults }: ClusterSpec): NodeId {
  const members = protocol.members(n).filter(({ isReplica }) => isReplica);
  const steady = members.find(({ id }) => isSteady(lifeOf(faults, id)));
  return (steady ?? members[0])?.id ?? "r0";
}

const isSteady = ({ isOffline, crashes }: Life): boolean => !isOffline && crashes.length === 0;

export function directoryOf(spec: ClusterSpec): Directory {
  const members = spec.protocol.members(spec.n);
  return new Directory({ members, lanes: lanesOf(spec), entry: entryOf(spec) });
}

/** The clients that a bench drives: the first of the entry's. */
export const clientsOf = (spec: ClusterSpec, directory: Directory): readonly NodeId[] =>
  directory.clientsAt(entryOf(spec)).slice(0, spec.clients);

/** The members as a bench sees them, with the modes placed on each. */
export const membersOf = (
  { protocol, n, faults }: ClusterSpec,
  urlOf: (id: NodeId) => string | undefined,
): readonly ClusterMember[] =>
  protocol
    .members(n)
    .map((member) => ({ ...member, url: urlOf(member.id), faults: modesOn(faults, member.id) }));

export const modesOn = (faults: ClusterSpec["faults"], node: NodeId): readonly string[] => [
  ...new Set(faults.filter(({ nodes }) => nodes.includes(node)).map(({ mode }) => mode)),
];

export interface HostSettings {
  readonly time: Time;
  readonly disks?: ReadonlyMap<NodeId, Store> | undefined;
  readonly observer?: Observer<Message> | undefined;
  /** 1 for a bench; above every earlier life for nodes that stay up. */
  firstTimestamp(): number;
  readonly limits?: Partial<Limits>;
}

/** What one process with some nodes of this cluster is made of. */
export function hostOptionsOf(spec: ClusterSpec, host: HostSettings) {
  const { time, disks, observer, firstTimestamp, limits } = host;
  const { protocol, n, seed, settings, faults, auth, service, coalesce, hasControl } = spec;
  const directory = directoryOf(spec);
  const { create, checkOperation } = serviceNamed(service);
  const options: HostOptions = {
    protocol,
    n,
    settings,
    directory,
    keyring: createKeyring({ auth, seed, knows: (id) => directory.knows(id) }),
    time,
    random: createRandom(seed).fork("hosts"),
    coalesce,
    delays: delaysOf(spec),
    hasControl,
    hasKeyValue: service === "kv",
    limits: { ...usualLimits, ...limits },
    disks,
    observer,
    firstTimestamp,
    createService: create,
    createFaults: (node) => faultsOf<Message>(faults, node),
    faultNames: (node) => modesOn(faults, node),
    readFault: (node, text) => readFault(node, text, time.now()),
    readOperation: (data) => readOperation(data, checkOperation),
  };
  return options;
}

/** `MODE[(ARGS)]` for a running node; life and death are other calls. */
function readFault(node: NodeId, text: string, now: Millis): readonly Fault<Message>[] | string {
  try {
    const { mode, args, fromMs, untilMs } = parseFault(
      text.includes("@") ? text : `${text}@${node}`,
    );
    const faults = faultsOf<Message>([{ mode, args, fromMs, untilMs, nodes: [node] }], node, now);
    return faults.length > 0 ? faults : `use /control/crash and /control/recover for ${mode}`;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function readOperation(data: Json, check: (value: unknown) => string | undefined): Readable {
  const problem = check(data);
  if (problem !== undefined) return { problem };
  const encoded = encodeCanonical(data);
  return encoded.text === undefined ? { problem: encoded.problem } : { operation: encoded.text };
}
