import { deepEqual, equal, match, ok } from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Cluster } from "../bench/cluster.ts";
import { benchOptions, startHttpCluster } from "../bench/clusters/http-cluster.ts";
import { sampleSpec } from "../bench/clusters/sample-spec.ts";

const json = { "content-type": "application/json" };

async function post(url: string, value?: unknown, headers: Record<string, string> = {}) {
  const body = value === undefined ? {} : { body: JSON.stringify(value) };
  const head = value === undefined ? headers : { ...json, ...headers };
  const response = await fetch(url, { method: "POST", headers: head, ...body });
  return { status: response.status, text: await response.text() };
}

const get = async (url: string) => JSON.parse(await (await fetch(url)).text());

describe("a node without faults", () => {
  let cluster: Cluster;
  let [r0, r1] = ["", ""];

  beforeAll(async () => {
    cluster = await startHttpCluster(sampleSpec("pbft", 4));
    [r0 = "", r1 = ""] = cluster.members.map(({ url }) => url ?? "");
    await post(`${r0}/preprepare`, { data: "first" });
  });
  afterAll(() => cluster.close());

  test("/status says who it is, what it runs and what it counted", async () => {
    const status = await get(`${r0}/status`);
    const { id, protocol, n, f, role, commander, view, slot } = status;
    deepEqual(
      { id, protocol, n, f, role, commander, view, slot },
      {
        id: "r0",
        protocol: "pbft",
        n: 4,
        f: 1,
        role: "primary",
        commander: true,
        view: 0,
        slot: 1,
      },
    );
    equal(status.counters.received.request, 1);
    equal(status.transport.lost, 0);
    deepEqual(
      status.clients.map((client: { id: string }) => client.id),
      ["c0", "c1", "c2", "c3"],
    );
    equal((await get(`${r1}/status`)).commander, false);
  });

  test("/log shows the slots that are asked for", async () => {
    const { id, entries } = await get(`${r1}/log?from=1&to=1`);
    equal(id, "r1");
    equal(entries.length, 1);
    equal(entries[0].votes.filter(({ phase }: { phase: string }) => phase === "commit").length, 4);
    deepEqual((await get(`${r1}/log?from=2`)).entries, []);
  });

  test("/preprepare at any node answers with the round", async () => {
    const { status, text } = await post(`${r1}/preprepare`, { data: { a: [1, null] } });
    equal(status, 200);
    const round = JSON.parse(text);
    equal(round.protocol, "pbft");
    equal(round.view, 0);
    equal(round.safety, "ok");
    deepEqual(round.result, { a: [1, null] });
    deepEqual(round.replies, { correct: 4, corrupt: 0, missing: 0 });
    equal(round.nodes.length, 4);
    ok(round.consensusTimeMs > 0);
    const { entries } = await get(`${r1}/log?from=${round.sequence}&to=${round.sequence}`);
    ok(entries[0].values[0].requests.includes(round.digest));
  });

  test("/preprepare as text reads like a round at the command line", async () => {
    const { text } = await post(`${r0}/preprepare`, { data: "text" }, { accept: "text/plain" });
    const [head, time, ...lines] = text.trimEnd().split("\n");
    equal(head, "PBFT  n=4 f=1");
    match(time ?? "", /^Consensus time: \d+\.\d{6} s$/);
    equal(lines[0], "Node 0 (commander) -> 4 correct  0 corrupt");
    equal(lines[1], "Node 1             -> 4 correct  0 corrupt");
    match(
      lines[4] ?? "",
      /^Client {13}-> 4 correct {2}0 corrupt {3}accepted in view 0 at sequence \d+$/,
    );
    equal(lines[5], "Safety: ok");
  });

  test("without counts it answers at acceptance", async () => {
    const { text } = await post(`${r0}/preprepare?counts=no`, { data: 1 });
    const { nodes, view, result } = JSON.parse(text);
    deepEqual({ nodes, view, result }, { nodes: undefined, view: 0, result: 1 });
  });

  test("posts at the same time run as independent clients", async () => {
    const rounds = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((data) => post(`${r1}/preprepare?counts=no`, { data })),
    );
    const answers = rounds.map(({ text }) => JSON.parse(text));
    deepEqual(
      answers.map(({ result }) => result),
      [1, 2, 3, 4, 5, 6],
    );
    deepEqual([...new Set(answers.map(({ client }) => client))].sort(), ["c4", "c5", "c6", "c7"]);
    equal(new Set(answers.map(({ sequence }) => sequence)).size, 6);
  });

  test("a request that nobody can accept in time ends with a reason", async () => {
    const { status, text } = await post(`${r0}/preprepare?patienceMs=0`, { data: 1 });
    equal(status, 504);
    const { error } = JSON.parse(text);
    equal(error.code, "not-accepted");
    match(error.message, /not accepted within 0 ms/);
    match(error.digest, /^[0-9a-f]{64}$/);
    equal(error.client, "c0");
    // The lane is free again.
    equal((await post(`${r0}/preprepare?lane=0`, { data: 2 })).status, 200);
  });

  test("/metrics is text for Prometheus", async () => {
    const response = await fetch(`${r0}/metrics`);
    match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    match(text, /^quorumlab_up\{node="r0",protocol="pbft"\} 1$/m);
    match(
      text,
      /^quorumlab_messages_sent_total\{kind="pre-prepare",node="r0",protocol="pbft"\} \d+$/m,
    );
    match(text, /^# TYPE quorumlab_messages_lost_total counter$/m);
  });

  test("/events tells what happens, as it happens", async () => {
    const abort = new AbortController();
    const response = await fetch(`${r1}/events`, { signal: abort.signal });
    match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    const reader = (response.body ?? new ReadableStream()).getReader();
    const decoder = new TextDecoder();
    let text = "";
    const posted = post(`${r0}/preprepare?counts=no`, { data: "watched" });
    while (!text.includes("event: deliver")) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    await posted;
    abort.abort();
    for (const name of ["received", "sent", "mark", "deliver"]) {
      ok(text.includes(`event: ${name}\n`), name);
    }
    // What arrived is shown as it came: it can be posted again, and is refused as what it is.
    const [, line = "{}"] = /event: received\ndata: (.*)/.exec(text) ?? [];
    const { envelope } = JSON.parse(line).detail;
    equal((await post(`${r1}/${envelope.message.kind}`, envelope)).status, 202);
  });

  test("nobody controls it: that has to be asked for", async () => {
    for (const path of ["crash", "recover", "fault"]) {
      equal((await post(`${r0}/control/${path}`)).status, 403);
    }
    equal((await get(`${r0}/status`)).role, "primary");
  });
});

describe("a node under control", () => {
  let cluster: Cluster;
  let urls: readonly string[] = [];
  const at = (index: number) => urls[index] ?? "";

  beforeAll(async () => {
    cluster = await startHttpCluster(sampleSpec("pbft", 4, { hasControl: true }));
    urls = cluster.members.map(({ url }) => url ?? "");
    await post(`${at(0)}/preprepare`, { data: "before" });
  });
  afterAll(() => cluster.close());

  test("that crashes answers nobody; its peers' posts are lost, and they show it", async () => {
    equal((await post(`${at(3)}/control/crash`, {})).status, 200);
    let isDeaf = false;
    await fetch(`${at(3)}/status`).catch(() => {
      isDeaf = true;
    });
    ok(isDeaf);

    const { text } = await post(`${at(0)}/preprepare`, { data: "without r3" });
    const { replies, nodes, safety } = JSON.parse(text);
    deepEqual(replies, { correct: 3, corrupt: 0, missing: 1 });
    deepEqual(
      nodes.map(({ state }: { state: string }) => state),
      ["up", "up", "up", "offline"],
    );
    equal(safety, "ok");

    const { transport } = await get(`${at(0)}/status`);
    ok(transport.lost > 0);
    deepEqual(transport.lostByReason, { "connection reset": transport.lost });
    const metrics = await (await fetch(`${at(0)}/metrics`)).text();
    match(
      metrics,
      /^quorumlab_messages_lost_total\{reason="connection reset",node="r0",.*\} \d+$/m,
    );
    const reports = await cluster.reports();
    equal(reports.find(({ id }) => id === "r0")?.transport.lost, transport.lost);
    equal(
      reports.find(({ id }) => id === "r3"),
      undefined,
    );
  });

  test("comes back when it is told to, and takes part again", async () => {
    equal((await post(`${at(3)}/control/recover`)).status, 200);
    equal((await post(`${at(3)}/control/recover`)).status, 200);
    const { text } = await post(`${at(3)}/preprepare`, { data: "with r3" });
    deepEqual(JSON.parse(text).replies.missing, 0);
  });

  test("lies when it is told to", async () => {
    const { status } = await post(`${at(2)}/control/fault`, { fault: "malicious" });
    equal(status, 200);
    const { text } = await post(`${at(0)}/preprepare`, { data: "with a liar" });
    const { replies, nodes, safety } = JSON.parse(text);
    deepEqual(replies, { correct: 3, corrupt: 1, missing: 0 });
    deepEqual(nodes[0].votes, { correct: 3, corrupt: 1, missing: 0 });
    deepEqual(nodes[2].faults, ["malicious"]);
    equal(safety, "ok");
    const { witnesses } = await get(`${at(2)}/status`);
    ok(witnesses[0].fired > 0);
  });

  const bad = [
    [{ fault: "nonsense" }, /there is no mode/],
    [{ fault: "crash" }, /use \/control\/crash/],
    [{ fault: 7 }, /must be a string/],
    [{ mode: "malicious" }, /is not a field/],
    [{}, /is expected/],
  ] as const;
  for (const [value, message] of bad) {
    test(`is not told ${JSON.stringify(value)}`, async () => {
      const { status, text } = await post(`${at(1)}/control/fault`, value);
      equal(status, 400);
      match(JSON.parse(text).error.message, message);
    });
  }

  test("does not listen to a page of somebody else's", async () => {
    const { status } = await post(`${at(1)}/control/crash`, {}, { origin: "http://evil.example" });
    equal(status, 403);
  });
});

describe("a cluster with a node that is not there", () => {
  test("posts to it are refused, lost and shown; clients of all nodes are served", async () => {
    const offline = { mode: "offline", args: [], nodes: ["r0"], fromMs: 0, untilMs: Infinity };
    const settings = { batch: 1, timeoutMs: 300, checkpointInterval: 128 };
    const spec = sampleSpec("pbft", 4, { faults: [offline], settings });
    const cluster = await startHttpCluster(spec, {
      ...benchOptions,
      limits: { kept: Infinity, patienceMs: 30_000 },
    });
    try {
      deepEqual(cluster.clients, ["c0"]);
      const { url: gone, faults } = cluster.members[0] ?? {};
      deepEqual(faults, ["offline"]);
      let code = "";
      await fetch(`${gone}/status`).catch((error) => {
        code = error.cause.code;
      });
      equal(code, "ECONNREFUSED");

      const { outcome, view, client } = await cluster.submit(0, "a", 30_000);
      deepEqual({ outcome, client }, { outcome: "committed", client: "c0" });
      ok(view !== undefined && view > 0);
      ok(await cluster.drain(10_000));
      const reports = await cluster.reports();
      const lost = reports.filter(({ transport }) => transport.lost > 0).map(({ id }) => id);
      deepEqual(lost, ["r1", "r2", "r3", "c0"]);
      const { transport } = await get(`${cluster.members[1]?.url}/status`);
      deepEqual(transport.lostByReason, { "connection refused": transport.lost });
      const { text } = await post(`${cluster.members[2]?.url}/preprepare`, { data: 1 });
      equal(JSON.parse(text).nodes[0].state, "offline");
    } finally {
      await cluster.close();
    }
  });
});
