import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Json } from "../../core/encoding.ts";
import type { Protocol } from "../../core/protocol.ts";
import { parseFaults } from "../../faults/notation.ts";
import { placeFaults } from "../../faults/placement.ts";
import { createRandom } from "../../sim/random.ts";
import { sequencer } from "../../test-support/sequencer.ts";
import type { ClusterSpec, Outcome } from "../cluster.ts";
import { type SimulatedCluster, startSimulatedCluster } from "./simulated-cluster.ts";

// The bench treats all protocols alike, whatever their messages are.
const protocol = sequencer as unknown as Protocol;

const start = (change: Partial<ClusterSpec> = {}, faults = ""): Promise<SimulatedCluster> =>
  startSimulatedCluster({
    protocol,
    n: 4,
    seed: 7,
    clients: 1,
    transport: "simulated",
    place: "in-process",
    auth: "ed25519",
    service: "echo",
    coalesce: "none",
    settings: { batch: 1, timeoutMs: 500, checkpointInterval: 128 },
    faults: placeFaults(faults === "" ? [] : parseFaults([faults]), protocol, 4, createRandom(7)),
    basePort: 0,
    bind: "127.0.0.1",
    hasControl: false,
    network: "lan",
    ...change,
  });

const asks = async (cluster: SimulatedCluster, operations: readonly Json[]): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const operation of operations) outcomes.push(await cluster.submit(0, operation, 5000));
  return outcomes;
};

const sentBy = async (cluster: SimulatedCluster) => {
  const sent: Record<string, number> = {};
  for (const { counters } of await cluster.reports()) {
    for (const [kind, count] of Object.entries(counters.sent))
      sent[kind] = (sent[kind] ?? 0) + count;
  }
  return sent;
};

describe("a simulated cluster", () => {
  test("runs requests one after the other, in virtual time", async () => {
    const cluster = await start();
    const outcomes = await asks(cluster, ["a", "b", "c"]);
    deepEqual(
      outcomes.map(({ outcome, slot, timestamp, result }) => [outcome, slot, timestamp, result]),
      [
        ["committed", 1, 1, '"a"'],
        ["committed", 2, 2, '"b"'],
        ["committed", 3, 3, '"c"'],
      ],
    );
    // A request and a reply on a network that takes a tenth to half a millisecond.
    for (const { latencyMs } of outcomes) ok(latencyMs >= 0.2 && latencyMs <= 1, `${latencyMs}`);
    deepEqual(
      outcomes.map(({ consensusTimeMs }) => consensusTimeMs),
      outcomes.map(({ latencyMs }) => latencyMs),
    );
  });

  test("counts what everybody sent, delivered and accepted", async () => {
    const cluster = await start();
    await asks(cluster, ["a", "b"]);
    equal(await cluster.drain(1000), true);
    deepEqual(await sentBy(cluster), { request: 2, order: 6, reply: 8 });
    const reports = await cluster.reports();
    deepEqual(
      reports.map(({ id, deliveries, acceptances }) => [id, deliveries.length, acceptances.length]),
      [
        ["r0", 2, 0],
        ["r1", 2, 0],
        ["r2", 2, 0],
        ["r3", 2, 0],
        ["c0", 0, 2],
      ],
    );
    ok(reports.every(({ transport }) => transport.posts === 0 && transport.lost === 0));
    ok(reports.every(({ transport }) => transport.bytes > 100));
  });

  test("shows logs in which the outcome's request can be found", async () => {
    const cluster = await start();
    const [outcome] = await asks(cluster, ["a"]);
    await cluster.drain(1000);
    const logs = await cluster.logs(1, 1);
    deepEqual([...logs.keys()], ["r0", "r1", "r2", "r3", "c0"]);
    for (const [id, [entry]] of logs) {
      ok(
        entry?.values.some(({ requests }) => requests.includes(outcome?.request ?? "")),
        id,
      );
    }
  });

  test("equal seeds, equal times; other seeds, other times", async () => {
    const timesOf = async (seed: number) => {
      const outcomes = await asks(await start({ seed }), ["a", "b", "c"]);
      return outcomes.map(({ latencyMs }) => latencyMs);
    };
    deepEqual(await timesOf(1), await timesOf(1));
    ok((await timesOf(1))[0] !== (await timesOf(2))[0]);
  });

  test("several clients run at the same virtual time, and start again in no time", async () => {
    const cluster = await start({ clients: 3, network: "delay=10ms" });
    const rounds = [0, 1, 2].map(async (client) => {
      for (let number = 0; number < 5; number += 1) {
        const { outcome, latencyMs } = await cluster.submit(client, `${client} ${number}`, 1000);
        deepEqual([outcome, latencyMs], ["committed", 20]);
      }
    });
    await Promise.all(rounds);
    equal(cluster.nowMs, 100);
  });

  test("virtual time stands still while nobody waits", async () => {
    const cluster = await start({ network: "delay=10ms" });
    await asks(cluster, ["a"]);
    const before = cluster.nowMs;
    await new Promise((resolve) => setImmediate(resolve));
    equal(cluster.nowMs, before);
  });
});

describe("refused, before anything is sent", () => {
  test("what its service does not understand", async () => {
    const cluster = await start({ service: "kv" });
    const outcome = await cluster.submit(0, { op: "steal" }, 1000);
    equal(outcome.outcome, "refused");
    ok(/operation for kv/.test(outcome.reason ?? ""), outcome.reason);
    deepEqual(await sentBy(cluster), {});
  });

  test("a client that is not there", async () => {
    const outcome = await (await start()).submit(5, "a", 1000);
    deepEqual([outcome.outcome, outcome.reason], ["refused", "no such client"]);
  });

  test("a second request while the first is under way", async () => {
    const cluster = await start();
    const first = cluster.submit(0, "a", 1000);
    const second = await cluster.submit(0, "b", 1000);
    equal(second.outcome, "refused");
    equal((await first).outcome, "committed");
  });
});

describe("faults", () => {
  test("a request that nobody answers takes exactly as long as patience", async () => {
    const cluster = await start({}, "offline@commander");
    const [lost] = [await cluster.submit(0, "a", 1234)];
    deepEqual(
      [lost.outcome, lost.latencyMs, lost.timestamp, lost.slot, lost.reason],
      ["timeout", 1234, 1, undefined, "not accepted within 1234 ms"],
    );
    deepEqual(
      (await cluster.reports()).map(({ id }) => id),
      ["r1", "r2", "r3", "c0"],
    );
    deepEqual(
      cluster.members.map(({ faults }) => faults),
      [["offline"], [], [], []],
    );
  });

  test("what is asked after a lost request goes out at once, with a new timestamp", async () => {
    const cluster = await start({}, "crash@commander/0ms-2s");
    const lost = await cluster.submit(0, "a", 1000);
    const next = await cluster.submit(0, "b", 5000);
    deepEqual([lost.outcome, next.outcome, next.timestamp], ["timeout", "committed", 2]);
    ok(cluster.nowMs >= 2000);
    // Nobody asks for the lost one any more.
    const [leader] = await cluster.reports();
    deepEqual(
      leader?.deliveries.flatMap(({ executed }) => executed.map((one) => one.timestamp)),
      [2],
    );
  });

  test("a node that comes back goes on from its disk; all its lives are counted", async () => {
    const cluster = await start({ network: "delay=10ms" }, "crash@commander/25ms-40ms");
    await asks(cluster, ["a", "b", "c"]);
    await cluster.drain(1000);
    const [leader, backup] = await cluster.reports();
    equal(backup?.deliveries.length, 3);
    // The first slot is executed again from the disk.
    deepEqual(
      leader?.deliveries.map(({ slot }) => slot),
      [1, 1, 2, 3],
    );
    equal(leader?.counters.delivered, 4);
  });

  test("a lost disk is lost", async () => {
    const cluster = await start({ network: "delay=10ms" }, "crash(lose-disk)@commander/25ms-40ms");
    await cluster.submit(0, "a", 1000);
    await cluster.submit(0, "b", 1000);
    const [leader] = await cluster.reports();
    deepEqual(
      leader?.deliveries.map(({ slot, digest }) => [slot, digest === leader.deliveries[0]?.digest]),
      [
        [1, true],
        [1, false],
      ],
    );
  });

  test("each fault's work is witnessed", async () => {
    const cluster = await start({}, "malicious@r2");
    await asks(cluster, ["a"]);
    await cluster.drain(1000);
    const reports = await cluster.reports();
    deepEqual(reports[2]?.witnesses, [{ fault: "malicious", fired: 1, roles: ["backup"] }]);
    deepEqual(reports[1]?.witnesses, []);
  });

  test("drain waits for what a fault holds back, no longer than told", async () => {
    const cluster = await start({}, "delay(300ms)@r2");
    await asks(cluster, ["a"]);
    equal(await cluster.drain(100), false);
    equal(await cluster.drain(1000), true);
    const client = (await cluster.reports()).at(-1);
    equal(client?.counters.received["reply"], 4);
  });

  test("drain does not wait for control messages, which never end", async () => {
    const controlled = { ...protocol, controlKinds: ["order", "reply"] };
    const cluster = await start({ protocol: controlled, network: "delay=10ms" });
    await asks(cluster, ["a"]);
    equal(await cluster.drain(0), true);
  });

  test("messages to nobody, and messages lost by the network, count as lost at their sender", async () => {
    const cluster = await start({}, "offline@r3");
    await asks(cluster, ["a"]);
    await cluster.drain(1000);
    const [leader] = await cluster.reports();
    equal(leader?.transport.lost, 1);
    const lossy = await start({ network: "delay=1ms,loss=30%" });
    await asks(lossy, ["a", "b", "c", "d"]);
    const lost = (await lossy.reports()).reduce((sum, { transport }) => sum + transport.lost, 0);
    ok(lost > 0);
  });
});

describe("networks", () => {
  test("a matrix of round-trip times is read from its file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "quorumlab-")), "rtt.csv");
    writeFileSync(file, "from,here,there\nhere,0,100\nthere,100,0\n");
    const cluster = await start({ network: `wan:${file}` });
    const [outcome] = await asks(cluster, ["a"]);
    // c0 and r0 stand in the same place.
    equal(outcome?.latencyMs, 0);
    await cluster.drain(1000);
    ok(cluster.nowMs >= 100 && cluster.nowMs <= 105, `${cluster.nowMs}`);
  });

  test("a file that is not there is the user's mistake", async () => {
    await rejects(start({ network: "wan:nowhere.csv" }), /nowhere.csv: the file cannot be read/);
  });
});

test("closing ends what is under way", async () => {
  const cluster = await start();
  const running = cluster.submit(0, "a", 1000);
  await cluster.close();
  const outcome = await running;
  deepEqual([outcome.outcome, outcome.reason], ["timeout", "the cluster was closed"]);
});

test("a protocol that breaks down breaks the run, not the process", async () => {
  const broken: Protocol = {
    ...protocol,
    createMember: (setup) => ({
      ...protocol.createMember(setup),
      step: (input) => {
        if (input.kind === "message") throw new Error("does not hold: anything");
        return [];
      },
    }),
  };
  const cluster = await start({ protocol: broken });
  await rejects(cluster.submit(0, "a", 1000), /does not hold/);
});
