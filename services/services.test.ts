import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "vitest";
import { canonical } from "../core/encoding.ts";
import { serviceNamed, services } from "./services.ts";

test("the services are known by their names", () => {
  deepEqual(
    services.map(({ name }) => name),
    ["kv", "bank", "echo"],
  );
  for (const service of services) equal(serviceNamed(service.name), service);
});

for (const name of ["", "KV", "toString", "redis"]) {
  test(`a service named ${JSON.stringify(name)} does not exist, and the user is told which do`, () => {
    throws(() => serviceNamed(name), {
      name: "UsageError",
      message: `there is no service ${JSON.stringify(name)}, only kv, bank, echo`,
    });
  });
}

for (const { name, help, example, create, checkOperation } of services) {
  test(`${name} understands its own example`, () => {
    equal(checkOperation(example), undefined);
    equal(create().execute(canonical(example)).result.includes("invalid"), false);
  });

  test(`${name}'s help is one line`, () => {
    equal(/^[^\n]{10,100}$/.test(help), true);
  });
}

const taken = [
  ["echo", "anything-here-doesnt-matter"],
  ["echo", null],
  ["echo", { op: "put" }],
  ["kv", { op: "get", key: "" }],
  ["kv", { op: "put", key: "__proto__", value: [{}] }],
  ["bank", { op: "balance", account: "A" }],
] as const;

for (const [service, value] of taken) {
  test(`${service} takes ${JSON.stringify(value)}`, () => {
    equal(serviceNamed(service).checkOperation(value), undefined);
  });
}

const put = 'for example {"op":"put","key":"a","value":1}';
const transfer = 'for example {"op":"transfer","from":"A","to":"B","amount":3}';

const refused = [
  ["kv", "very-important-data", `the operation for kv must be an object with an "op", ${put}`],
  ["kv", null, `the operation for kv must be an object with an "op", ${put}`],
  [
    "kv",
    { op: "transfer" },
    `the operation for kv's .op must be one of put, get, delete, append, cas, ${put}`,
  ],
  [
    "bank",
    { op: "put" },
    `the operation for bank's .op must be one of transfer, balance, deposit, ${transfer}`,
  ],
  [
    "bank",
    { op: "transfer", from: "A", to: "B", amount: "3" },
    `the operation for bank's .amount must be a whole number from 1 to 2^53 − 1, ${transfer}`,
  ],
  ["echo", undefined, 'the operation for echo must be given, for example "anything"'],
  [
    "echo",
    2 ** 60,
    'the operation for echo must have a canonical text: a whole number beyond 2^53, which loses digits, for example "anything"',
  ],
] as const;

for (const [service, value, complaint] of refused) {
  test(`${service} does not take ${JSON.stringify(value)} and says why`, () => {
    equal(serviceNamed(service).checkOperation(value), complaint);
  });
}
