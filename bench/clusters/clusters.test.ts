import { deepEqual, equal, ok } from "node:assert/strict";
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Cluster, ClusterSpec } from "../cluster.ts";
import { sampleSpec } from "./sample-spec.ts";
import { startCluster } from "./start-cluster.ts";

const patienceMs = 50_000;

async function withCluster<T>(
  spec: ClusterSpec,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await startCluster(spec);
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

const fault = (mode: string, node: string, fromMs = 0, untilMs = Infinity, ...args: string[]) => ({
  mode,
  args,
  nodes: [node],
  fromMs,
  untilMs,
});

const everywhere = [
  ["memory", { transport: "memory" }],
  ["HTTP", { transport: "http" }],
] as const;

for (const [where, place] of everywhere) {
  describe(`in ${where}`, () => {
    test("an operation that the service does not know is refused, and says why", async () => {
      await withCluster(sampleSpec("pbft", 4, { ...place, service: "kv" }), async (cluster) => {
        const { outcome, reason } = await cluster.submit(0, { op: "jump" }, patienceMs);
        equal(outcome, "refused");
        ok(reason?.includes('"op"') || reason?.includes(".op"), reason);
        equal((await cluster.submit(0, { op: "get", key: "a" }, patienceMs)).outcome, "committed");
        equal((await cluster.submit(1, 1, patienceMs)).outcome, "refused");
      });
    });

    test("clients run side by side", async () => {
      await withCluster(sampleSpec("pbft", 4, { ...place, clients: 3 }), async (cluster) => {
        deepEqual(cluster.clients, ["c0", "c1", "c2"]);
        const outcomes = await Promise.all(
          [0, 1, 2].map((client) => cluster.submit(client, { client }, patienceMs)),
        );
        deepEqual(
          outcomes.map(({ client, result }) => `${client} ${result}`),
          ['c0 {"client":0}', 'c1 {"client":1}', 'c2 {"client":2}'],
        );
        ok(await cluster.drain(patienceMs));
        const logs = await cluster.logs(0, Number.MAX_SAFE_INTEGER);
        deepEqual([...logs.keys()].sort(), ["c0", "c1", "c2", "r0", "r1", "r2", "r3"]);
      });
    });

    test("messages that a fault holds back are waited for", async () => {
      const faults = [fault("delay", "r3", 0, Infinity, "20ms")];
      await withCluster(sampleSpec("pbft", 4, { ...place, faults }), async (cluster) => {
        await cluster.submit(0, "a", patienceMs);
        ok(await cluster.drain(patienceMs));
        const logs = await cluster.logs(1, 1);
        const commits = logs.get("r0")?.[0]?.votes.filter(({ phase }) => phase === "commit");
        equal(commits?.length, 4);
        const [witness] = (await cluster.reports()).find(({ id }) => id === "r3")?.witnesses ?? [];
        ok(witness !== undefined && witness.fired > 0);
      });
    });

    test("a node that crashes is missing while it is down, and back after that", async () => {
      const faults = [fault("crash", "r3", 0, 400)];
      await withCluster(sampleSpec("pbft", 4, { ...place, faults }), async (cluster) => {
        const isUp = async () => (await cluster.reports()).some(({ id }) => id === "r3");
        while (await isUp()) await cluster.drain(1);
        equal((await cluster.submit(0, "without", patienceMs)).outcome, "committed");
        while (!(await isUp())) await cluster.drain(1);
        equal((await cluster.submit(0, "with", patienceMs)).outcome, "committed");
        ok(await cluster.drain(patienceMs));
        const reports = await cluster.reports();
        ok(reports.some(({ transport }) => transport.lost > 0));
        ok(Number(reports.find(({ id }) => id === "r3")?.counters.received["commit"]) > 0);
      });
    });

    test("f + 1 nodes that are not there stall it, and it says so", async () => {
      const faults = [fault("offline", "r2"), fault("offline", "r3")];
      const settings = { batch: 1, timeoutMs: 20, checkpointInterval: 128 };
      await withCluster(sampleSpec("pbft", 4, { ...place, faults, settings }), async (cluster) => {
        const { outcome, reason, request, result } = await cluster.submit(0, "a", 100);
        deepEqual([outcome, result], ["timeout", undefined]);
        equal(reason?.includes("not accepted within 100 ms"), true);
        ok(request !== undefined);
        equal((await cluster.submit(0, "b", 100)).outcome, "timeout");
      });
    });
  });
}

describe("several messages in one post", () => {
  for (const coalesce of ["peer", "host"] as const) {
    test(`${coalesce}: the same messages in fewer posts`, async () => {
      const spec = sampleSpec("pbft", 7, { coalesce, clients: 3 });
      await withCluster(spec, async (cluster) => {
        const operations = [0, 1, 2].map((client) => cluster.submit(client, client, patienceMs));
        for (const { outcome } of await Promise.all(operations)) equal(outcome, "committed");
        ok(await cluster.drain(patienceMs));
        const reports = await cluster.reports();
        const sum = (of: (report: (typeof reports)[number]) => number) =>
          reports.reduce((total, report) => total + of(report), 0);
        const sent = sum(({ counters }) => total(counters.sent));
        const expected = 3 * total(spec.protocol.expectedMessages(7));
        equal(sent, expected);
        equal(
          sum(({ counters }) => total(counters.received)),
          sent,
        );
        equal(
          sum(({ transport }) => transport.lost),
          0,
        );
        const posts = sum(({ transport }) => transport.posts);
        ok(posts < sent && posts > 0, `${posts} posts for ${sent} messages`);
      });
    });

    test(`${coalesce}: a node that crashes takes nobody else's messages along`, async () => {
      const spec = sampleSpec("pbft", 4, { coalesce, faults: [fault("crash", "r1", 0)] });
      await withCluster(spec, async (cluster) => {
        const isUp = async () => (await cluster.reports()).some(({ id }) => id === "r1");
        while (await isUp()) await cluster.drain(1);
        equal((await cluster.submit(0, "a", patienceMs)).outcome, "committed");
      });
    });
  }
});

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const loader = "tsx";
const script = (name: string) => join(import.meta.dirname, "fixtures", name);

test("91 and 210 nodes in one process get by with 1024 descriptors", { timeout: 120_000 }, () => {
  const command = `ulimit -n 1024 && exec "$0" --import ${loader} "$1" "$2"`;
  for (const n of ["91", "210"]) {
    const { stdout, stderr, status } = spawnSync(
      "sh",
      ["-c", command, process.execPath, script("many-nodes.ts"), n],
      { encoding: "utf8" },
    );
    equal(status, 0, stderr);
    const { outcome, lost, descriptors } = JSON.parse(stdout);
    deepEqual({ outcome, lost }, { outcome: "committed", lost: 0 });
    ok(descriptors < 1000, `${descriptors} descriptors`);
  }
});

test("child processes go when their parent is gone", async () => {
  const parent = fork(script("abandoned-cluster.ts"), {
    execArgv: ["--import", loader],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [urls] = await Promise.race([once(parent, "message"), once(parent, "exit")]);
  equal(urls.length, 4);
  parent.kill("SIGKILL");
  for (const url of urls) {
    for (;;) {
      const isThere = await fetch(`${url}/traffic`).then(
        ({ ok: isOk }) => isOk,
        () => false,
      );
      if (!isThere) break;
    }
  }
});
