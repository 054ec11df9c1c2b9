import { deepEqual, equal, throws } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { environmentNameOf, nodeJsonSchema, readNodeConfig } from "./node-config.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(text: string | undefined, environment: Record<string, string> = {}) {
  if (text === undefined) return readNodeConfig(undefined, environment);
  const path = join(folder, "r1.yaml");
  writeFileSync(path, text);
  return readNodeConfig(path, environment);
}

const good = `protocol: pbft
id: r1
peers:
  r0: http://127.0.0.1:10000
  r1: http://127.0.0.1:10001
  r2: http://127.0.0.1:10002
  r3: http://127.0.0.1:10003
timeoutMs: 700
log: protocol=info
`;
const peers = '{"r0":"http://h:1","r1":"http://h:2","r2":"http://h:3","r3":"http://h:4"}';

test("a file says what a node is, and what it does not say is as usual", () => {
  const { id, timeoutMs, service, log, batch } = read(good);
  deepEqual(
    { id, timeoutMs, service, log, batch },
    { id: "r1", timeoutMs: 700, service: "kv", log: "protocol=info", batch: 1 },
  );
});

test("JSON says it as well, with the schema that editors look for", () => {
  const text = `{"$schema":"node.schema.json","protocol":"pbft","id":"r2","peers":${peers}}`;
  equal(read(text).id, "r2");
  equal(Object.hasOwn(read(text), "$schema"), false);
});

test("the environment alone says it, and overrules a file", () => {
  const environment = {
    QUORUMLAB_ID: "r3",
    QUORUMLAB_LOG: "http=debug",
    QUORUMLAB_TIMEOUT_MS: "9",
  };
  const whole = { ...environment, QUORUMLAB_PROTOCOL: "pbft", QUORUMLAB_PEERS: peers };
  for (const { id, log, timeoutMs } of [read(good, environment), read(undefined, whole)]) {
    deepEqual([id, log, timeoutMs], ["r3", "http=debug", 9]);
  }
  equal(environmentNameOf("maxBodyBytes"), "QUORUMLAB_MAX_BODY_BYTES");
});

const wrong = [
  [
    "protocol: pbft",
    "protocol: pbtf",
    /^r1\.yaml:1: protocol must be .*, not "pbtf": did you mean pbft\?$/,
  ],
  [
    "timeoutMs: 700",
    "timeoutMS: 700",
    /^r1\.yaml:8: timeoutMS is not a key .*: did you mean timeoutMs\?$/,
  ],
  [
    "timeoutMs: 700",
    "timeoutMs: -1",
    /^r1\.yaml:8: timeoutMs must be a whole number from 1 to 3600000, not -1$/,
  ],
  [
    "http://127.0.0.1:10001",
    "ftp://x",
    /^r1\.yaml:5: peers\.r1 must be an address such as .*, not "ftp:\/\/x"$/,
  ],
  ["  r2: http://127.0.0.1:10002\n", "", /^r1\.yaml:4: peers must say where r2 listens$/],
  ["id: r1", "id: r9", /^r1\.yaml:2: id must be r0, r1, r2 or r3, not "r9"/],
  ["id: r1\n", "", /^r1\.yaml:1: id is needed: in the config, or as QUORUMLAB_ID$/],
  [
    "protocol=info",
    "protocl=info",
    /^r1\.yaml:9: log must be a level for all, or such as .*, not "protocl=info"$/,
  ],
  ["id: r1", "id: r1\nid: r2", /^r1\.yaml:3: Map keys must be unique/],
  [good, "- 1", /^r1\.yaml:1: a config must be a map of keys and values$/],
] as const;

describe("what is wrong is told with its line, and with the nearest word", () => {
  for (const [part, instead, message] of wrong) {
    test(JSON.stringify(instead.slice(0, 40) || `without ${part}`), () => {
      throws(() => read(good.replace(part, instead)), { name: "UsageError", message });
    });
  }

  test("or with its variable, where it comes from the environment", () => {
    throws(() => read(good, { QUORUMLAB_SERVICE: "bnak" }), {
      name: "UsageError",
      message:
        'QUORUMLAB_SERVICE: service must be kv, bank or echo, not "bnak": did you mean bank?',
    });
  });
});

test("the JSON Schema for editors is that of the code", () => {
  const path = join(import.meta.dirname, "..", "data", "node.schema.json");
  const text = `${JSON.stringify(nodeJsonSchema(), null, 2)}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  equal(
    readFileSync(path, "utf8"),
    text,
    "run UPDATE=1 npx vitest run bench/configuration/node-config.test.ts",
  );
});
