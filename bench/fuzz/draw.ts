/** Rough runs drawn from a seed: everything that happens to a cluster, and how its nodes fail. */

import { clientIds, type NodeId } from "../../core/ids.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { PlacedFault } from "../../faults/placed-fault.ts";
import type { Partition } from "../../sim/network.ts";
import { createRandom } from "../../sim/random.ts";
import type { TimedRequest } from "../../sim/trial.ts";
import type { Expectation } from "./expectations.ts";

/** Everything that a seed decides. */
export interface Draw {
  readonly n: number;
  readonly settings: {
    readonly batch: number;
    readonly timeoutMs: number;
    readonly checkpointInterval: number;
  };
  readonly delayMs: readonly [number, number];
  readonly loss: number;
  /** Lost besides, more than others: what was decided by some stays unknown to most. */
  readonly lostKinds: readonly { readonly kind: string; readonly loss: number }[];
  readonly duplication: number;
  readonly diskMs: number;
  readonly partitions: readonly Partition[];
  readonly faults: readonly PlacedFault[];
  readonly crashes: readonly {
    readonly node: NodeId;
    readonly atMs: number;
    readonly untilMs: number;
  }[];
  readonly clients: number;
  readonly requests: readonly TimedRequest[];
}

/** From here on nothing disturbs any more. */
export const healedMs = 1500;

export function draw(protocol: Protocol, expected: Expectation, seed: number): Draw {
  const random = createRandom(`fuzz ${protocol.name} ${seed}`);
  const pick = <T>(name: string, items: readonly T[]): T => {
    const [item] = random.fork(name).sample(items, 1);
    if (item === undefined) throw new Error(`nothing to pick a ${name} from`);
    return item;
  };
  const n = pick("n", expected.sizes);
  const members = protocol.members(n);
  const replicas = members.filter(({ isReplica }) => isReplica).map(({ id }) => id);
  const others = members.filter(({ isReplica }) => !isReplica).map(({ id }) => id);
  const faults = [
    ...drawFaults(protocol, expected, n, replicas, random.fork("faults")),
    ...drawControlFaults(protocol, expected, others, random.fork("control")),
  ];
  const faulty = new Set(faults.flatMap(({ nodes }) => nodes));
  const clients = pick("clients", [1, 2, 4]);
  return {
    n,
    settings: {
      batch: pick("batch", [1, 1, 2, 8]),
      timeoutMs: pick("timeout", [60, 200]),
      checkpointInterval: pick("checkpoint", [2, 3, 8, 128]),
    },
    delayMs: pick("delay", [
      [1, 10],
      [5, 5],
      [0.1, 40],
    ]),
    loss: pick("loss", [0, 0, 0.02, 0.15]),
    lostKinds: drawLostKinds(protocol.kinds, random.fork("kinds")),
    duplication: pick("duplication", [0, 0, 0.1]),
    diskMs: pick("disk", [0, 0, 3]),
    partitions: drawPartitions(
      members.map(({ id }) => id),
      random.fork("partitions"),
    ),
    faults,
    crashes: drawCrashes(
      members.map(({ id }) => id).filter((id) => !faulty.has(id)),
      random.fork("crashes"),
    ),
    clients,
    requests: drawRequests(clients, random.fork("requests")),
  };
}

/** Up to f replicas, each in one or two modes, for the whole run or for a while. */
function drawFaults(
  protocol: Protocol,
  expected: Expectation,
  n: number,
  replicas: readonly NodeId[],
  random: Random,
): readonly PlacedFault[] {
  const most = protocol.faultsTolerated(n);
  const count = random.chance(0.7) ? most : random.integer(0, most);
  // The first members hold the special roles.
  const leaders = random.chance(0.5) ? random.sample(replicas.slice(0, 2), 1) : [];
  const others = replicas.filter((id) => !leaders.includes(id));
  const faulty = [...leaders, ...random.sample(others, count)].slice(0, count);
  return faulty.flatMap((node) => drawModes(protocol, expected, node, random));
}

/** Whoever only runs the cluster may lie, too: then progress is not promised. */
function drawControlFaults(
  protocol: Protocol,
  expected: Expectation,
  nodes: readonly NodeId[],
  random: Random,
): readonly PlacedFault[] {
  return nodes.flatMap((node) =>
    random.chance(0.15) ? drawModes(protocol, expected, node, random) : [],
  );
}

function drawModes(
  { lies }: Protocol,
  expected: Expectation,
  node: NodeId,
  random: Random,
): readonly PlacedFault[] {
  const possible = expected.modes.filter(
    (mode) => mode !== "spam-view-change" || canSpam(lies, node),
  );
  return random.sample(possible, random.integer(1, 2)).map((mode) => {
    const isLasting = mode !== "crash" && random.chance(0.6);
    const [fromMs = 0, untilMs = Infinity] = isLasting ? [] : drawWindow(random);
    return { mode, args: drawArgs(mode, random), nodes: [node], fromMs, untilMs };
  });
}

function drawArgs(mode: string, random: Random): readonly string[] {
  if (mode === "delay") return [`${random.integer(5, 150)}ms`];
  return mode === "crash" ? ["lose-disk"] : [];
}

const canSpam = (lies: Protocol["lies"], self: NodeId): boolean =>
  lies.spam(1, {
    self,
    digest: (text) => text,
    seal: (message) => ({ from: self, message, signature: "" }),
    requests: [],
  }) !== undefined;

function drawWindow(random: Random): readonly [fromMs: number, untilMs: number] {
  const fromMs = random.integer(0, healedMs - 1);
  return [fromMs, random.integer(fromMs + 1, healedMs)];
}

function drawLostKinds(kinds: readonly string[], random: Random): Draw["lostKinds"] {
  const count = random.chance(0.5) ? 0 : random.integer(1, 2);
  return random.sample(kinds, count).map((kind) => ({ kind, loss: random.integer(3, 10) / 10 }));
}

function drawPartitions(ids: readonly NodeId[], random: Random): readonly Partition[] {
  return Array.from({ length: random.chance(0.6) ? 0 : random.integer(1, 3) }, () => {
    const [fromMs, untilMs] = drawWindow(random);
    const some = random.sample(ids, random.integer(1, ids.length - 1));
    return { fromMs, untilMs, groups: [some, ids.filter((id) => !some.includes(id))] };
  });
}

/** Nodes that are not faulty may stop and come back with their disks. */
function drawCrashes(replicas: readonly NodeId[], random: Random): Draw["crashes"] {
  const isEverybody = random.chance(0.1);
  const count = isEverybody ? replicas.length : Math.max(0, random.integer(-3, 3));
  return random.sample(replicas, count).map((node) => {
    const [atMs, untilMs] = drawWindow(random);
    return { node, atMs, untilMs };
  });
}

function drawRequests(clients: number, random: Random): Draw["requests"] {
  return Array.from({ length: random.integer(2, 6 * clients) }, (_, number) => {
    const [client = "c0"] = random.sample(clientIds(clients), 1);
    const atMs = random.integer(0, random.chance(0.5) ? 60 : healedMs + 200);
    const operation = `{"key":"k","op":"append","value":"${number}"}`;
    return { atMs, client, operation };
  });
}
