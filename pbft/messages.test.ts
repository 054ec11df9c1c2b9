import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { pbft } from "./index.ts";
import { batchDigest, type PbftMessage, signedText } from "./messages.ts";

const request = {
  from: "c0",
  signature: "sc",
  message: { kind: "request", operation: '"a|b"', timestamp: 3, client: "c0" },
} as const;
const prePrepare = {
  kind: "pre-prepare",
  view: 1,
  sequence: 2,
  digest: "aa",
  batch: [request],
} as const;
const prepare = { kind: "prepare", view: 1, sequence: 2, digest: "aa", replica: "r2" } as const;
const commit = { kind: "commit", view: 1, sequence: 2, digest: "aa", replica: "r2" } as const;
const checkpoint = { kind: "checkpoint", sequence: 8, digest: "bb", replica: "r2" } as const;
const sign = <M>(from: string, message: M) => ({ from, message, signature: `s-${from}` });
const viewChange = {
  kind: "view-change",
  view: 2,
  stable: 8,
  proof: [sign("r1", checkpoint)],
  prepared: [{ prePrepare: sign("r1", prePrepare), prepares: [sign("r2", prepare)] }],
  replica: "r3",
} as const;

const examples: readonly PbftMessage[] = [
  request.message,
  prePrepare,
  prepare,
  commit,
  { kind: "reply", view: 1, sequence: 2, timestamp: 3, client: "c0", replica: "r1", result: '"a"' },
  checkpoint,
  viewChange,
  {
    kind: "new-view",
    view: 2,
    viewChanges: [sign("r3", viewChange)],
    prePrepares: [sign("r2", { ...prePrepare, batch: [] })],
  },
  {
    kind: "fetch",
    view: 1,
    isViewChanging: false,
    viewChanges: ["r2"],
    stable: 8,
    executed: 9,
    supplier: "r1",
    replica: "r2",
  },
  {
    kind: "committed",
    slots: [
      { view: 1, sequence: 2, digest: "aa", batch: [request], commits: [sign("r2", commit)] },
    ],
    replica: "r1",
  },
  {
    kind: "state",
    sequence: 8,
    proof: [sign("r1", checkpoint)],
    snapshot: '["x|y"]',
    replica: "r1",
  },
];

/** Each way to change one leaf of a value, with the path to it. */
function* changed(value: unknown, path: string): Generator<readonly [string, unknown]> {
  if (typeof value === "number") yield [path, value + 1];
  else if (typeof value === "boolean") yield [path, !value];
  else if (typeof value === "string") yield [path, `${value}0`];
  else if (Array.isArray(value)) {
    yield [`${path}[]`, value.slice(1)];
    for (const [index, item] of value.entries()) {
      for (const [where, other] of changed(item, `${path}[${index}]`)) {
        yield [where, value.with(index, other)];
      }
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      // Kinds are no free text, and a batch is covered by the digest that names it.
      if (name === "kind" || name === "batch") continue;
      for (const [where, other] of changed(item, `${path}.${name}`)) {
        yield [where, { ...value, [name]: other }];
      }
    }
  }
}

describe("what a signature covers", () => {
  for (const message of examples) {
    test(`every field of a ${message.kind}, evidence inside of it included`, () => {
      const text = signedText(message);
      for (const [where, other] of changed(message, message.kind)) {
        notEqual(signedText(other as PbftMessage), text, where);
      }
    });
  }

  test("different kinds never share a text", () => {
    equal(new Set(examples.map(signedText)).size, examples.length);
  });

  test("a batch by the digest of its requests, in order", () => {
    const digest = (text: string) => `<${text}>`;
    const other = { ...request, message: { ...request.message, timestamp: 4 } };
    const digests = [
      [],
      [request],
      [other],
      [request, other],
      [other, request],
      [request, request],
    ];
    equal(new Set(digests.map((batch) => batchDigest(batch, digest))).size, digests.length);
  });
});

describe("what is a message at all", () => {
  for (const message of examples) {
    test(`a ${message.kind} is`, () => equal(pbft.check(message), undefined));
    test(`a ${message.kind} that came as JSON is`, () => {
      equal(pbft.check(JSON.parse(JSON.stringify(message))), undefined);
    });
    test(`a ${message.kind} with one field more, or one less, is not`, () => {
      notEqual(pbft.check({ ...message, more: 1 }), undefined);
      for (const name of Object.keys(message)) {
        const { [name as "kind"]: _, ...less } = message;
        notEqual(pbft.check(less), undefined, name);
      }
    });
    test(`a ${message.kind} with a value of another type is not`, () => {
      for (const name of Object.keys(message)) {
        for (const wrong of [null, [[]], {}, 1.5, -1, Number.NaN]) {
          notEqual(pbft.check({ ...message, [name]: wrong }), undefined, `${name} ${wrong}`);
        }
      }
    });
  }

  // D10
  for (const sequence of [-1, 1.5, "1", null, 2 ** 53]) {
    test(`a pre-prepare at sequence ${JSON.stringify(sequence)} is not`, () => {
      notEqual(pbft.check({ ...prePrepare, sequence }), undefined);
    });
  }

  test("nor is something without a kind, or of another kind", () => {
    for (const value of [null, 1, "prepare", [], {}, { kind: "vote" }, { kind: "__proto__" }]) {
      notEqual(pbft.check(value), undefined, JSON.stringify(value));
    }
  });
});

test("every kind of message is listed", () => {
  deepEqual(new Set(pbft.kinds), new Set(examples.map(({ kind }) => kind)));
  for (const kind of pbft.controlKinds) equal(pbft.kinds.includes(kind), true);
});
