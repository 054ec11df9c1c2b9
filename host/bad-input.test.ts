import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Pool } from "undici";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { Cluster } from "../bench/cluster.ts";
import { directoryOf } from "../bench/clusters/assembly.ts";
import { startHttpCluster } from "../bench/clusters/http-cluster.ts";
import { sampleSpec } from "../bench/clusters/sample-spec.ts";
import type { Message } from "../core/messages.ts";
import { createKeyring } from "./crypto.ts";

const read = <T>(name: string): readonly T[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8"));

const jsonFiles = read<{ readonly name: string; readonly kind: string; readonly base64: string }>(
  "json-parsing.json",
);
const byteSequences = read<{ readonly id: string; readonly valid: boolean; readonly hex: string }>(
  "utf8.json",
);
const naughtyStrings = read<string>("naughty-strings.json");
const rawRequests = read<{ readonly title: string; readonly raw: string }>("http-raw.json");

const maxBodyBytes = 200_000;
const requestTimeoutMs = 1000;
const patienceMs = 20_000;
const spec = sampleSpec("pbft", 4, { hasControl: true });

let cluster: Cluster;
let pool: Pool;
let origin = "";

beforeAll(async () => {
  cluster = await startHttpCluster(spec, {
    firstTimestamp: () => 1,
    limits: { kept: Number.POSITIVE_INFINITY, maxBodyBytes, requestTimeoutMs },
  });
  origin = cluster.members[0]?.url ?? "";
  pool = new Pool(origin, { connections: 16 });
});

afterAll(async () => {
  await pool.destroy();
  await cluster.close();
});

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
}

async function post(
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
): Promise<Reply> {
  const response = await pool.request({ path, method: "POST", headers, body });
  return replyOf(response.statusCode, await response.body.text());
}

async function get(path: string): Promise<Reply> {
  const response = await pool.request({ path, method: "GET" });
  return replyOf(response.statusCode, await response.body.text());
}

/** Every complaint is JSON and says something. */
function replyOf(status: number, text: string): Reply {
  if (status < 400) return { status, text, code: undefined };
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  match(error.code, /^[a-z][a-z-]+$/);
  ok(error.message.length > 10);
  return { status, text, code: error.code };
}

/** As many at a time as the pool has connections. */
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(run));
}

const isRefusal = (status: number): boolean => status >= 400 && status < 500;

const peerRoutes = ["/messages", "/clients/c0/messages", "/relay"].concat(
  spec.protocol.kinds.map((kind) => `/${kind}`),
);
// An empty object is all that /control/crash needs.
const postRoutes = [...peerRoutes, "/preprepare", "/control/fault"];

/** After all that, a request commits and everybody votes for it. */
async function stillVotes(): Promise<void> {
  const { status, text } = await post("/preprepare", '{"data": "still there?"}');
  equal(status, 200);
  const { replies, nodes, safety } = JSON.parse(text);
  deepEqual(replies, { correct: 4, corrupt: 0, missing: 0 });
  for (const { votes } of nodes) deepEqual(votes, { correct: 4, corrupt: 0, missing: 0 });
  equal(safety, "ok");
}

describe("bodies from the JSON test suite", () => {
  for (const route of postRoutes) {
    test(`none of them is good for ${route}`, async () => {
      await forEach(jsonFiles, async ({ name, base64 }) => {
        const { status } = await post(route, Buffer.from(base64, "base64"));
        ok(isRefusal(status), `${name} at ${route}: ${status}`);
      });
    });
  }

  // Good JSON that says something twice, or a whole number beyond 2^53.
  const ambiguous = ["y_object_duplicated_key.json", "y_number_real_exponent.json"];

  test("as data of a request, what is good JSON commits and what is not is refused", async () => {
    for (const { name, kind, base64 } of jsonFiles) {
      const data = Buffer.from(base64, "base64");
      const body = Buffer.concat([Buffer.from('{"data":'), data, Buffer.from("}")]);
      const { status } = await post("/preprepare?counts=no", body);
      if (kind === "y") equal(status, ambiguous.includes(name) ? 400 : 200, name);
      else if (kind === "n") equal(status, 400, name);
      else ok(status === 200 || status === 400, `${name}: ${status}`);
    }
  });

  test("the nodes still vote", stillVotes);
});

const lossy = [
  ["a number with too many digits", "9007199254740993", "loses digits"],
  ["a fraction with too many digits", "0.12345678901234567890", "loses digits"],
  ["a number that is too large", "1e999", "loses digits"],
  ["a number that is too small", "1e-999", "loses digits"],
  ["two equal keys", '{"a": 1, "a": 2}', "twice"],
  ["two equal keys with equal values", '{"a": 1, "a": 1}', "twice"],
  ["two equal keys, written differently", '{"a": 1, "\\u0061": 2}', "twice"],
  ["two __proto__ keys", '{"__proto__": 1, "__proto__": 2}', "twice"],
  ["a lone surrogate", '"\\ud800"', "lone surrogate"],
  ["a lone surrogate in a key", '{"\\udc00": 1}', "lone surrogate"],
  ["deep nesting", `${"[".repeat(65)}${"]".repeat(65)}`, "nested deeper"],
  ["very deep nesting", `${"[".repeat(90_000)}${"]".repeat(90_000)}`, "nested deeper"],
] as const;

describe("data that two readers could understand differently", () => {
  for (const [what, data, complaint] of lossy) {
    test(`${what} is refused and said`, async () => {
      const { status, text } = await post("/preprepare", `{"data": ${data}}`);
      equal(status, 400);
      match(text, new RegExp(complaint));
    });
  }

  test("minus zero is another number than zero, and comes back as it went", async () => {
    const { text } = await post("/preprepare?counts=no", '{"data": [-0, 0]}');
    match(text, /"result":\[-0,0\]/);
  });

  for (const key of ["__proto__", "constructor", "hasOwnProperty", "toString", ""]) {
    test(`${JSON.stringify(key)} is a key like any other`, async () => {
      const data = `{${JSON.stringify(key)}:{"polluted":true}}`;
      const { text } = await post("/preprepare?counts=no", `{"data": ${data}}`);
      ok(text.includes(`"result":${data}`));
      equal((Object.prototype as { polluted?: boolean }).polluted, undefined);
    });
  }
});

describe("bytes that are no UTF-8", () => {
  for (const route of postRoutes) {
    test(`are refused at ${route}`, async () => {
      await forEach(
        byteSequences.filter(({ valid }) => !valid),
        async ({ id, hex }) => {
          const body = Buffer.concat([quote, Buffer.from(hex, "hex"), quote]);
          const { status, code } = await post(route, body);
          deepEqual([id, status, code], [id, 400, "bad-encoding"]);
        },
      );
    });
  }

  test("and good ones come back as they went", async () => {
    for (const { id, hex } of byteSequences.filter(({ valid }) => valid)) {
      const bytes = Buffer.from(hex, "hex");
      const data = Buffer.concat([quote, bytes, quote]);
      const body = Buffer.concat([Buffer.from('{"data":'), data, Buffer.from("}")]);
      const { status, text } = await post("/preprepare?counts=no", body);
      // Strings of JSON hold no control characters.
      const isGood = !bytes.some((byte) => byte < 0x20);
      equal(status, isGood ? 200 : 400, id);
      equal(text.includes(`"result":${data}`), isGood, id);
    }
  });

  const quote = Buffer.from('"');
});

describe("naughty strings", () => {
  test("commit as data, as values and as keys", async () => {
    await forEach(naughtyStrings, async (text) => {
      const data = { [text]: text };
      const { status } = await post("/preprepare?counts=no", JSON.stringify({ data }));
      equal(status, 200, JSON.stringify(text));
    });
  });

  test("are refused as bodies, as senders, as kinds", async () => {
    await forEach(naughtyStrings, async (text) => {
      for (const route of ["/messages", "/prepare", "/preprepare"]) {
        ok(isRefusal((await post(route, text)).status), `${text} at ${route}`);
      }
      const envelopes = [
        { from: text, message: { kind: "fetch" }, signature: "" },
        { from: "r1", message: { kind: text }, signature: "" },
        { from: "r1", message: {}, signature: text },
      ];
      for (const envelope of envelopes) {
        ok(isRefusal((await post("/messages", JSON.stringify(envelope))).status), text);
      }
    });
  });

  test("are refused in addresses", async () => {
    await forEach(naughtyStrings, async (text) => {
      const word = encodeURIComponent(text.toWellFormed());
      const isNumber = /^\d{1,15}$/.test(text);
      equal((await get(`/log?from=${word}`)).status, isNumber ? 200 : 400, text);
      equal((await get(`/log?to=${word}`)).status, isNumber ? 200 : 400, text);
      equal((await get(`/log?${word}=1`)).status, 400, text);
      equal((await get(`/deliveries?from=${word}`)).status, isNumber ? 200 : 400, text);
      ok(isRefusal((await get(`/clients/${word}/log`)).status), text);
      ok(isRefusal((await post(`/clients/${word}/messages`, "{}")).status), text);
      ok(isRefusal((await post(`/${word}`, "{}")).status), text);
    });
  });

  test("the nodes still vote", stillVotes);
});

const keyring = createKeyring({
  auth: "ed25519",
  seed: spec.seed,
  knows: (id) => directoryOf(spec).knows(id),
});

/** As r1 would send it. */
function signed(message: Message, from = "r1") {
  return {
    from,
    message,
    signature: keyring.cryptoOf(from).sign(spec.protocol.signedText(message)),
  };
}

const digest = "ab".repeat(32);
const prepare = { kind: "prepare", view: 0, sequence: 1, digest, replica: "r1" };

describe("envelopes", () => {
  test("a good one is taken in, and answered before it is handled", async () => {
    equal((await post("/prepare", JSON.stringify(signed(prepare)))).status, 202);
    equal((await post("/messages", JSON.stringify(signed(prepare)))).status, 202);
    equal((await post("/messages", JSON.stringify([signed(prepare)]))).status, 202);
  });

  const wrongValues = [null, [], {}, "", "1", "\ud800", 1.5, -1, true, 2 ** 53, -0];
  const fields = ["kind", "view", "sequence", "digest", "replica"] as const;

  for (const field of fields) {
    test(`a wrong ${field} is refused`, async () => {
      for (const value of wrongValues) {
        const changed = { ...signed(prepare), message: { ...prepare, [field]: value } };
        // −0 is written as 0, which is another number than 1: the signature says so.
        const { status } = await post("/messages", JSON.stringify(changed));
        if (Object.is(value, -0) && field === "view") equal(status, 202);
        else ok(isRefusal(status), `${field} ${JSON.stringify(value)}: ${status}`);
      }
    });
  }

  for (const field of ["from", "message", "signature"] as const) {
    test(`a wrong ${field} around it is refused`, async () => {
      for (const value of wrongValues) {
        const { status } = await post(
          "/messages",
          JSON.stringify({ ...signed(prepare), [field]: value }),
        );
        ok(isRefusal(status), `${field} ${JSON.stringify(value)}: ${status}`);
      }
    });
  }

  const body = (envelope: unknown) => JSON.stringify(envelope);
  const { view: _, ...withoutView } = prepare;
  const refused = [
    ["of nobody we know", body({ ...signed(prepare), from: "r9" }), 401, "unknown-sender"],
    ["of a client nobody has", body({ ...signed(prepare), from: "c999" }), 401, "unknown-sender"],
    ["under another name", body({ ...signed(prepare), from: "r2" }), 401, "bad-signature"],
    ["without a signature", body({ ...signed(prepare), signature: "" }), 401, "bad-signature"],
    ["without a field", body({ ...signed(prepare), message: withoutView }), 400, "bad-message"],
    [
      "with a field too many",
      body({ ...signed(prepare), message: { ...prepare, more: 1 } }),
      400,
      "bad-message",
    ],
    ["with a field around it too many", body({ ...signed(prepare), more: 1 }), 400, "bad-message"],
    [
      "with a __proto__",
      body(signed(prepare)).replace('"kind"', '"__proto__":{"kind":"commit"},"kind"'),
      400,
      "bad-message",
    ],
    [
      "of an unknown kind",
      body({ ...signed(prepare), message: { kind: "nonsense" } }),
      400,
      "bad-message",
    ],
    ["in an empty list", "[]", 400, "bad-message"],
    ["beside a bad one", body([signed(prepare), 1]), 400, "bad-message"],
    ["in a list in a list", body([[signed(prepare)]]), 400, "bad-message"],
    [
      "of another kind than the route",
      body(signed({ ...prepare, kind: "commit" })),
      400,
      "bad-message",
    ],
  ] as const;

  for (const [what, text, status, code] of refused) {
    test(`one ${what} is refused as ${code}`, async () => {
      const route = what.includes("route") ? "/prepare" : "/messages";
      const reply = await post(route, text);
      deepEqual([reply.status, reply.code], [status, code]);
    });
  }

  test("what was refused is counted under /status", async () => {
    const { refusedInput, counters } = JSON.parse((await get("/status")).text);
    for (const code of ["bad-message", "malformed-json", "bad-encoding", "bad-signature"]) {
      ok(refusedInput[code] > 0, code);
    }
    ok(counters.refused["bad signature"] > 0);
    ok(counters.refused["unknown sender"] > 0);
  });
});

describe("requests", () => {
  const wrong = [
    ["without data", "{}", "bad-request"],
    ["with another field", '{"data": 1, "date": 2}', "bad-request"],
    ["that is a list", '[{"data": 1}]', "bad-request"],
    ["that is null", "null", "bad-request"],
  ] as const;
  for (const [what, body, code] of wrong) {
    test(`one ${what} is refused as ${code}`, async () => {
      const reply = await post("/preprepare", body);
      deepEqual([reply.status, reply.code], [400, code]);
    });
  }

  const json = { "content-type": "application/json" };
  const types = [
    [{}, 415],
    [{ "content-type": "text/plain" }, 415],
    [{ "content-type": "application/x-www-form-urlencoded" }, 415],
    [{ "content-type": "application/jsonp" }, 415],
    [{ "content-type": "application/json; charset=latin1" }, 415],
    [{ ...json, "content-encoding": "gzip" }, 415],
    [{ "content-type": "application/json; charset=UTF-8" }, 200],
    [{ "content-type": "Application/JSON" }, 200],
  ] as const;
  for (const [headers, status] of types) {
    test(`with the headers ${JSON.stringify(headers)} one is answered with ${status}`, async () => {
      equal((await post("/preprepare?counts=no", '{"data": 1}', headers)).status, status);
    });
  }

  for (const route of postRoutes.filter((path) => !path.startsWith("/control"))) {
    test(`an empty one is refused at ${route}`, async () => {
      const reply = await post(route, "");
      deepEqual([reply.status, reply.code], [400, "empty-body"]);
    });

    test(`one over the limit is refused at ${route}, and the connection closed`, async () => {
      const body = `"${"x".repeat(maxBodyBytes)}"`;
      for (const head of [`content-length: ${body.length}\r\n\r\n`, chunkedHead]) {
        const chunk = head === chunkedHead ? `${body.length.toString(16)}\r\n` : "";
        const text = await exchange(`${headOf(route)}${head}${chunk}${body}`);
        match(text, /^HTTP\/1.1 413 /);
        match(text, /connection: close/i);
        match(text, /body-too-large/);
      }
    });
  }

  const queries = [
    "lane=4",
    "lane=-1",
    "lane=x",
    "counts=maybe",
    "patienceMs=1.5",
    "count=no",
    "counts=no&counts=no",
  ];
  for (const query of queries) {
    test(`the query ${query} is refused`, async () => {
      const reply = await post(`/preprepare?${query}`, '{"data": 1}');
      deepEqual([reply.status, reply.code], [400, "bad-query"]);
    });
  }

  test("a log that ends before it begins is refused", async () => {
    equal((await get("/log?from=2&to=1")).status, 400);
    equal((await get("/log?from=1&to=9007199254740993")).status, 400);
  });

  test("what is not there is not found, and what cannot be done is said", async () => {
    equal((await get("/nothing")).status, 404);
    equal((await post("/nothing", "{}")).status, 404);
    equal((await get("/preprepare")).status, 405);
    equal((await get("/prepare")).status, 405);
    equal((await post("/status", "{}")).status, 405);
    equal((await get("/%zz")).status, 404);
  });
});

const chunkedHead = "transfer-encoding: chunked\r\n\r\n";
const headOf = (route: string): string =>
  `POST ${route} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`;

/** Writes bytes, reads until the server is done with them. */
function exchange(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port) });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      // It has an answer; a connection that is kept open would wait for more.
      socket.end();
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

describe("what is hardly HTTP", () => {
  test("raw requests get an answer below 500, or the connection closed, in time", async () => {
    const answers = await Promise.all(
      rawRequests.map(async ({ title, raw }) => ({
        title,
        text: await exchange(Buffer.from(raw, "base64")),
      })),
    );
    for (const { title, text } of answers) {
      for (const [, status] of text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
        ok(Number(status) < 500, `${title}: ${status}`);
      }
    }
    const answered = answers.filter(({ text }) => text !== "");
    ok(answered.length > 60, `${answered.length} of ${answers.length} were answered`);
  });

  const stuck = [
    ["a body that never comes", `${headOf("/messages")}content-length: 10\r\n\r\n`],
    ["a body that stops", `${headOf("/preprepare")}content-length: 100\r\n\r\n{"data": `],
    ["chunks that stop", `${headOf("/prepare")}${chunkedHead}5\r\n{"dat\r\n`],
    ["headers that stop", "POST /messages HTTP/1.1\r\nhost: a\r\ncontent-"],
    ["a line that stops", "GET /sta"],
  ] as const;
  for (const [what, bytes] of stuck) {
    test(`${what} ends with 408 and a closed connection`, async () => {
      const text = await exchange(bytes);
      match(text, /^HTTP\/1.1 408 /);
      match(text, /"code":"request-timeout"/);
    });
  }

  test("a body that is cut off changes nothing", async () => {
    const { hostname, port } = new URL(origin);
    await new Promise<void>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(`${headOf("/messages")}content-length: 1000\r\n\r\n{"from": `, () => {
          socket.destroy();
          resolve();
        });
      });
    });
  });

  test("a host that is none is a bad request", async () => {
    match(await exchange("GET /status HTTP/1.1\r\nhost: a b\r\n\r\n"), /^HTTP\/1.1 400 /);
    match(await exchange("GET /status HTTP/1.1\r\n\r\n"), /^HTTP\/1.1 400 /);
  });

  test("headers without end are too large", async () => {
    const headers = Array.from({ length: 1000 }, (_, index) => `x${index}: ${"y".repeat(40)}\r\n`);
    match(
      await exchange(`GET /status HTTP/1.1\r\nhost: a\r\n${headers.join("")}`),
      /^HTTP\/1.1 431 /,
    );
  });

  test("the nodes still vote, and nobody lost a message", async () => {
    await stillVotes();
    ok(await cluster.drain(patienceMs));
    for (const { transport } of await cluster.reports()) equal(transport.lost, 0);
  });
});
