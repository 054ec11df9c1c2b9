import { deepEqual, equal, match } from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Cluster } from "../../bench/cluster.ts";
import { benchOptions, startHttpCluster } from "../../bench/clusters/http-cluster.ts";
import { sampleSpec } from "../../bench/clusters/sample-spec.ts";

const json = { "content-type": "application/json" };

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  ask(`${url}/api/v1/kv`, { method: "POST", headers: { ...json, ...headers }, body });

const set = (url: string, key: string, value: unknown, headers: Record<string, string> = {}) =>
  post(url, JSON.stringify({ key, value }), headers);

const get = (url: string, key: string, headers: Record<string, string> = {}) =>
  ask(`${url}/api/v1/kv?key=${encodeURIComponent(key)}`, { headers });

const local = (url: string, key: string) =>
  ask(`${url}/api/v1/kv/local?key=${encodeURIComponent(key)}`);

const state = async (url: string) => JSON.parse((await ask(`${url}/api/v1/pbft/state`)).text);

const kvSpec = (n: number) => ({ ...sampleSpec("pbft", n), service: "kv" as const });

const urlsOf = (cluster: Cluster) => cluster.members.map(({ url }) => url ?? "");

describe("the key-value service of seed 001", () => {
  let cluster: Cluster;
  let [r0, r1, r2] = ["", "", ""];

  beforeAll(async () => {
    cluster = await startHttpCluster(kvSpec(4));
    [r0 = "", r1 = "", r2 = ""] = urlsOf(cluster);
  });
  afterAll(() => cluster.close());

  test("a key that was set at one node is read at any other, by consensus and from its copy", async () => {
    deepEqual(await set(r0, "test_key", "test_value"), {
      status: 200,
      text: '{"request_id":null,"operation_sequence":1,"key":"test_key","value":"test_value"}\n',
    });
    deepEqual(await get(r1, "test_key"), {
      status: 200,
      text: '{"request_id":null,"operation_sequence":2,"key":"test_key","value":"test_value","found":true}\n',
    });
    await cluster.drain(5000);
    deepEqual(await local(r2, "test_key"), {
      status: 200,
      text: '{"key":"test_key","value":"test_value","found":true}\n',
    });
  });

  test("a key that is missing is told from one that holds null", async () => {
    await set(r0, "null", null);
    const [missing, isNull] = [await get(r0, "nothing"), await get(r0, "null")];
    match(missing.text, /"value":null,"found":false}\n$/);
    match(isNull.text, /"value":null,"found":true}\n$/);
    match((await local(r0, "nothing")).text, /"value":null,"found":false}\n$/);
  });

  for (const key of ["", "__proto__", "constructor", "🙂", "a b+c&d=e", "\0", "%"]) {
    test(`${JSON.stringify(key)} is a key like any other`, async () => {
      equal((await set(r1, key, { __proto__x: key })).status, 200);
      const { key: said, value, found } = JSON.parse((await get(r2, key)).text);
      deepEqual([said, value, found], [key, { __proto__x: key }, true]);
    });
  }

  test("−0 and an own __proto__ come back as they were sent", async () => {
    await post(r0, '{"key":"odd","value":[-0,{"__proto__":1}]}');
    match((await get(r0, "odd")).text, /"value":\[-0,\{"__proto__":1\}\]/);
  });

  test("a request under an id is executed once, whichever node it is sent to again", async () => {
    const before = (await state(r0)).last_applied;
    const first = await set(r0, "once", 1, { "request-id": "id-1" });
    await set(r0, "once", 2);
    deepEqual(await set(r1, "once", 1, { "request-id": "id-1" }), first);
    const { request_id, operation_sequence } = JSON.parse(first.text);
    deepEqual([request_id, operation_sequence], ["id-1", before + 1]);
    match((await get(r2, "once")).text, /"value":2/);
  });

  test("a read under an id is answered as it was the first time", async () => {
    await set(r0, "read", "old");
    const first = await get(r0, "read", { "request-id": "read-1" });
    match(first.text, /"request_id":"read-1".*"value":"old","found":true/);
    await set(r0, "read", "new");
    deepEqual(await get(r1, "read", { "request-id": "read-1" }), first);
  });

  test("an id of another operation is refused", async () => {
    equal((await set(r0, "reuse", 1, { "request-id": "id-2" })).status, 200);
    for (const other of [
      await set(r1, "reuse", 2, { "request-id": "id-2" }),
      await get(r1, "reuse", { "request-id": "id-2" }),
    ]) {
      equal(other.status, 400);
      deepEqual(JSON.parse(other.text).error, {
        code: "request-id-reused",
        message: 'request-id "id-2" was used for another operation: choose a new one',
      });
    }
    match((await get(r0, "reuse")).text, /"value":1/);
  });

  test("the state has the shape of the seed, for the leader and for the others", async () => {
    const { text } = await ask(`${r0}/api/v1/pbft/state`);
    match(
      text,
      /^\{"replica_state":\{"Leader":\{"sequence":\d+\}\},"view":0,"last_applied":\d+,"last_stable_checkpoint_sequence":null\}\n$/,
    );
    equal((await state(r1)).replica_state, "Replica");
  });

  const badBodies = [
    ["", "empty-body", "a JSON body is expected"],
    ["{", "malformed-json", "the body is not JSON"],
    ["[]", "bad-request", "an object {"],
    ["null", "bad-request", "an object {"],
    ["{}", "bad-request", "key is missing"],
    ['{"key":"a"}', "bad-request", "value is missing"],
    ['{"value":1}', "bad-request", "key is missing"],
    ['{"key":1,"value":1}', "bad-request", "key must be a string, not 1"],
    ['{"key":null,"value":1}', "bad-request", "key must be a string, not null"],
    ['{"key":"a","value":1,"ttl":1}', "bad-request", '"ttl" is not a field of it'],
    ['{"key":"a","value":1,"__proto__":1}', "bad-request", '"__proto__" is not a field of it'],
    ['{"key":"a","key":"b","value":1}', "malformed-json", "stands twice"],
    ['{"key":"\\ud800","value":1}', "malformed-json", "a string with a lone surrogate"],
    ['{"key":"a","value":"\\udc00"}', "malformed-json", "a string with a lone surrogate"],
    ['{"key":"a","value":9007199254740993}', "malformed-json", "loses digits"],
  ] as const;
  for (const [body, code, message] of badBodies) {
    test(`the body ${JSON.stringify(body)} is refused with a reason`, async () => {
      const { status, text } = await post(r0, body);
      const { error } = JSON.parse(text);
      deepEqual([status, error.code], [400, code]);
      equal(error.message.includes(message), true, error.message);
    });
  }

  const badQueries = ["", "?", "?key", "?Key=a", "?key=a&key=b", "?key=a&x=1", "?x=1", "?key=%ff"];
  for (const path of ["/api/v1/kv", "/api/v1/kv/local"]) {
    for (const query of badQueries) {
      test(`GET ${path}${query} is refused with a reason`, async () => {
        const { status, text } = await ask(`${r0}${path}${query}`);
        deepEqual([status, JSON.parse(text).error.code], [400, "bad-query"]);
      });
    }
  }

  for (const [why, id] of [
    ["empty", ""],
    ["too long", "x".repeat(129)],
    ["not ASCII", "\u00fc"],
  ] as const) {
    test(`a request-id that is ${why} is refused`, async () => {
      const { status, text } = await set(r0, "a", 1, { "request-id": id });
      deepEqual([status, JSON.parse(text).error.code], [400, "bad-request-id"]);
    });
  }

  test("a body that is not called JSON is refused, and so is a method that is not there", async () => {
    const form = await ask(`${r0}/api/v1/kv`, { method: "POST", body: "key=a&value=1" });
    equal(form.status, 415);
    equal((await ask(`${r0}/api/v1/kv`, { method: "DELETE" })).status, 405);
    equal((await ask(`${r0}/api/v1/kv/local`, { method: "POST" })).status, 405);
  });
});

test("where something else is replicated, there is no key-value store", async () => {
  const cluster = await startHttpCluster(sampleSpec("pbft", 1));
  const [url = ""] = urlsOf(cluster);
  for (const { status, text } of [
    await set(url, "a", 1),
    await get(url, "a"),
    await local(url, "a"),
  ]) {
    deepEqual([status, JSON.parse(text).error.code], [404, "no-key-value-store"]);
  }
  equal((await state(url)).replica_state.Leader.sequence, 0);
  await cluster.close();
});

test("other protocols serve the store, and have no state of PBFT", async () => {
  const cluster = await startHttpCluster({ ...sampleSpec("paxos", 3), service: "kv" });
  const [url = ""] = urlsOf(cluster);
  equal((await set(url, "a", 1)).status, 200);
  match((await get(url, "a")).text, /"value":1,"found":true/);
  const { status, text } = await ask(`${url}/api/v1/pbft/state`);
  deepEqual([status, JSON.parse(text).error.code], [404, "not-pbft"]);
  await cluster.close();
});

describe("when the leader dies", () => {
  let cluster: Cluster;
  let urls: readonly string[] = [];
  const crash = (url = "") => ask(`${url}/control/crash`, { method: "POST" });

  beforeAll(async () => {
    const base = kvSpec(4);
    const settings = { ...base.settings, timeoutMs: 1000 };
    cluster = await startHttpCluster(
      { ...base, settings, hasControl: true },
      { ...benchOptions, limits: { patienceMs: 8000 } },
    );
    urls = urlsOf(cluster);
  });
  afterAll(() => cluster.close());

  test("the same request is answered in the next view, without being sent again", async () => {
    const [r0 = "", r1 = ""] = urls;
    const first = await set(r0, "kept", "before", { "request-id": "over-views" });
    equal(first.status, 200);
    await crash(r0);
    match((await get(r1, "kept")).text, /"value":"before","found":true/);
    deepEqual(
      await set(r1, "kept", "before", { "request-id": "over-views" }),
      first,
      "the id is known in the new view",
    );
    equal((await set(r1, "kept", "other", { "request-id": "over-views" })).status, 400);
    const { replica_state, view } = await state(r1);
    equal(view, 1);
    equal(typeof replica_state.Leader.sequence, "number");
  });

  test("the view change stands in /metrics, with the time that it took", async () => {
    const { text } = await ask(`${urls[1]}/metrics`);
    const figure = (name: string) =>
      Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "m").exec(text)?.[1]);
    equal(figure("quorumlab_view"), 1);
    equal(figure("quorumlab_new_views_total"), 1);
    const seconds = figure("quorumlab_last_view_change_seconds");
    equal(seconds > 0 && seconds < 10, true, text);
    equal(figure("quorumlab_view_change_seconds_total"), seconds);
    for (const name of [
      "quorumlab_requests_waiting",
      "quorumlab_slots_in_flight",
      "quorumlab_gateway_requests_running",
      "quorumlab_gateway_requests_waiting",
    ]) {
      equal(figure(name), 0, name);
    }
    equal(figure("quorumlab_log_slots"), (await state(urls[1] ?? "")).last_applied);
  });

  test("without a quorum the answer is 504 with the reason", async () => {
    const [, r1 = "", r2 = ""] = urls;
    await crash(r2);
    const { status, text } = await ask(`${r1}/api/v1/kv?key=kept`);
    equal(status, 504);
    const { error } = JSON.parse(text);
    equal(error.code, "not-accepted");
    match(
      error.message,
      /only 2 of 4 nodes can be reached from here, and PBFT needs 3 to promise an answer/,
    );
    match((await local(r1, "kept")).text, /"value":"before"/, "its own copy still answers");
  });
});
