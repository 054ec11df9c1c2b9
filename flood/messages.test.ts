import { equal, notEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import type { LieTools } from "../core/fault.ts";
import { replyText, requestText } from "../core/messages.ts";
import { flood } from "./index.ts";
import { lies } from "./lies.ts";
import type { FloodMessage } from "./messages.ts";

fc.configureGlobal({ seed: 20261121 });

const { check, signedText } = flood;

const request = { kind: "request", operation: '{"a":"|"}', timestamp: 3, client: "c1" } as const;
const reply = {
  kind: "reply",
  view: 0,
  sequence: 2,
  timestamp: 3,
  client: "c1",
  replica: "r0",
  result: '"|"',
} as const;
const samples: readonly FloodMessage[] = [
  request,
  { kind: "pre-prepare", sequence: 2, request },
  { kind: "prepare", sequence: 2, request },
  { kind: "commit", sequence: 2, origin: "r1", request },
  reply,
];

test("there is a sample of every kind, in the order of a round", () => {
  equal(samples.map(({ kind }) => kind).join(), flood.kinds.join());
});

for (const message of samples) {
  describe(`a ${message.kind}`, () => {
    test("passes the check, and still does after a journey as JSON", () => {
      equal(check(message), undefined);
      equal(check(JSON.parse(JSON.stringify(message))), undefined);
    });

    for (const field of Object.keys(message)) {
      test(`without ${field} is refused`, () => {
        ok(check({ ...message, [field]: undefined }) !== undefined);
      });

      for (const wrong of [null, [], {}, -1, 1.5, true, "\ud800"]) {
        test(`with ${JSON.stringify(wrong)} as ${field} is refused`, () => {
          ok(check({ ...message, [field]: wrong }) !== undefined);
        });
      }
    }

    test("with a field more is refused", () => {
      ok(check({ ...message, more: 1 }) !== undefined);
      ok(check(JSON.parse(JSON.stringify(message).replace("{", '{"__proto__":1,'))) !== undefined);
    });
  });
}

for (const wrong of [undefined, null, 1, "prepare", [], {}, { kind: "view-change" }]) {
  test(`${JSON.stringify(wrong)} is no message`, () => {
    ok(check(wrong) !== undefined);
  });
}

const id = fc.constantFrom("r0", "r1", "c0", "c0|1");
const number = fc.nat(3);
const text = fc.constantFrom('"a"', '"a|1"', '"|"', "1", '"1|c0|1|1"');
const anyRequest = fc.record({
  kind: fc.constant("request" as const),
  operation: text,
  timestamp: number,
  client: fc.constantFrom("c0", "c1"),
});
const anyMessage: fc.Arbitrary<FloodMessage> = fc.oneof(
  anyRequest,
  fc.record({ kind: fc.constant("pre-prepare" as const), sequence: number, request: anyRequest }),
  fc.record({ kind: fc.constant("prepare" as const), sequence: number, request: anyRequest }),
  fc.record({
    kind: fc.constant("commit" as const),
    sequence: number,
    origin: id,
    request: anyRequest,
  }),
);

test("the signature covers every field: different messages have different texts", () => {
  fc.assert(
    fc.property(anyMessage, anyMessage, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      equal(signedText(one) === signedText(other), isSame);
    }),
    { numRuns: 2000 },
  );
});

for (const message of samples) {
  for (const [field, value] of Object.entries(message)) {
    if (field === "kind") continue;
    test(`the signature of a ${message.kind} covers its ${field}`, () => {
      const other = typeof value === "object" ? { ...request, timestamp: 4 } : `${value}1`;
      notEqual(signedText({ ...message, [field]: other }), signedText(message));
    });
  }
}

test("requests and replies are signed as everywhere", () => {
  equal(signedText(request), requestText(request));
  equal(signedText(reply), replyText(reply));
});

const tools: LieTools<FloodMessage> = {
  self: "r1",
  digest: (value) => value,
  seal: (message) => ({ from: "r1", message, signature: "" }),
  requests: [],
};

const lied = [
  ["corrupt", ["pre-prepare", "prepare", "reply"]],
  ["equivocate", ["pre-prepare", "prepare", "reply"]],
  ["forge", ["commit"]],
] as const;

describe("lies", () => {
  for (const [lie, kinds] of lied) {
    for (const message of samples) {
      const isTold = kinds.some((kind) => kind === message.kind);
      test(`there is ${isTold ? "a" : "no"} way to ${lie} a ${message.kind}`, () => {
        const said = lies[lie](message, tools);
        equal(said !== undefined, isTold);
        if (said === undefined) return;
        equal(check(said), undefined);
        notEqual(signedText(said), signedText(message));
        equal(signedText(lies[lie](message, tools) ?? message), signedText(said));
      });
    }
  }

  test("to some and lies to all are different lies", () => {
    const [, prePrepare] = samples;
    ok(prePrepare !== undefined);
    const [corrupt, other] = [lies.corrupt(prePrepare, tools), lies.equivocate(prePrepare, tools)];
    notEqual(JSON.stringify(corrupt), JSON.stringify(other));
  });

  test("about views do not exist", () => {
    equal(lies.spam(0, tools), undefined);
  });
});
