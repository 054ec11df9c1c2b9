import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Protocol } from "../../core/protocol.ts";
import type { Cluster, ClusterSpec, ParticipantReport } from "../cluster.ts";
import { protocolNamed, protocols } from "../protocols.ts";
import { sampleSpec } from "./sample-spec.ts";
import { startCluster } from "./start-cluster.ts";

// How long a busy machine may take for one request.
const patienceMs = 50_000;
const requests = 2;

interface Run {
  readonly messages: Readonly<Record<string, number>>;
  readonly posts: number;
  readonly lost: number;
  readonly received: number;
  /** What each replica delivered, by slot. */
  readonly delivered: Readonly<Record<string, readonly string[]>>;
}

async function run(spec: ClusterSpec): Promise<Run> {
  const cluster = await startCluster(spec);
  try {
    for (let number = 1; number <= requests; number += 1) {
      const { outcome } = await cluster.submit(0, { request: number }, patienceMs);
      equal(outcome, "committed");
    }
    equal(await cluster.drain(patienceMs), true);
    return summaryOf(cluster, await cluster.reports(), spec.protocol);
  } finally {
    await cluster.close();
  }
}

function summaryOf(
  { members }: Cluster,
  reports: readonly ParticipantReport[],
  { controlKinds }: Protocol,
): Run {
  const messages = new Map<string, number>();
  let received = 0;
  for (const { counters } of reports) {
    for (const [kind, count] of Object.entries(counters.sent)) {
      if (!controlKinds.includes(kind)) messages.set(kind, (messages.get(kind) ?? 0) + count);
    }
    for (const [kind, count] of Object.entries(counters.received)) {
      if (!controlKinds.includes(kind)) received += count;
    }
  }
  const replicas = members.filter(({ isReplica }) => isReplica).map(({ id }) => id);
  return {
    messages: Object.fromEntries(messages),
    posts: reports.reduce((sum, { transport }) => sum + transport.posts, 0),
    lost: reports.reduce((sum, { transport }) => sum + transport.lost, 0),
    received,
    delivered: Object.fromEntries(
      reports
        .filter(({ id }) => replicas.includes(id))
        .map(({ id, deliveries }) => [
          id,
          deliveries.map(({ slot, executed }) => `${slot} ${executed.map((one) => one.operation)}`),
        ]),
    ),
  };
}

/** What the protocol says that so many requests cost; kinds that cost nothing are not sent. */
function formulaOf(protocol: Protocol, n: number): Readonly<Record<string, number>> {
  const costs = Object.entries(protocol.expectedMessages(n)).filter(([, count]) => count > 0);
  return Object.fromEntries(costs.map(([kind, count]) => [kind, requests * count]));
}

const total = (messages: Readonly<Record<string, number>>): number =>
  Object.values(messages).reduce((sum, count) => sum + count, 0);

// Flood sends n³ messages: what it costs at 31 is a matter for its own tests.
const sizesOf = ({ name }: Protocol): readonly number[] => {
  if (name === "flood") return [4, 7];
  return name.includes("/") ? [18] : [4, 7, 16, 31];
};

const inThreeDomains = ["pbft/3/1", "ccro/3/1", "ccro-safe/3/1"].map(protocolNamed);

for (const protocol of [...protocols, ...inThreeDomains]) {
  for (const n of sizesOf(protocol)) {
    const spec = (changes: Partial<ClusterSpec>) =>
      sampleSpec(protocol.name, n, { auth: n > 7 ? "none" : "ed25519", ...changes });

    test(`${protocol.name} n=${n}: as many messages as the formula, the same in memory, over HTTP and simulated`, async () => {
      const memory = await run(spec({ transport: "memory" }));
      deepEqual(memory.messages, formulaOf(protocol, n));
      equal(memory.lost, 0);
      equal(memory.received, total(memory.messages));

      const http = await run(spec({ transport: "http" }));
      deepEqual(http.messages, memory.messages);
      equal(http.lost, 0);
      equal(http.received, total(http.messages));
      deepEqual(http.delivered, memory.delivered);

      const simulated = await run(spec({ transport: "simulated" }));
      deepEqual(simulated.messages, memory.messages);
      deepEqual(simulated.delivered, memory.delivered);
    });
  }
}

// One of each family: the others are the same code with other data.
for (const [name, n] of [
  ["pbft", 4],
  ["ccro", 4],
  ["paxos", 4],
  ["pbft/2/1", 4],
] as const) {
  test(`${name} n=${n}: child processes send the same messages and deliver the same`, async () => {
    const spec = sampleSpec(name, n);
    const processes = await run({ ...spec, place: "processes" });
    const memory = await run({ ...spec, transport: "memory" });
    deepEqual(processes.messages, formulaOf(spec.protocol, n));
    equal(processes.lost, 0);
    equal(processes.received, total(processes.messages));
    deepEqual(processes.delivered, memory.delivered);
  });
}
