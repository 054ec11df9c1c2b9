import { deepEqual, equal, notEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { canonical, encodeCanonical, type Json } from "../core/encoding.ts";
import { ledger, services } from "./services.ts";

fc.configureGlobal({ seed: 20261121 });

const keys = ["", "a", "A", "__proto__", "constructor", "hasOwnProperty", "toString", "🙂", "10"];
const key = fc.constantFrom(...keys);
const json = fc.jsonValue().filter((value) => encodeCanonical(value).problem === undefined);
const text = fc.string({ unit: "grapheme", maxLength: 5 });
const amount = fc.constantFrom(1, 2, 9, 10, 11, Number.MAX_SAFE_INTEGER);

const keyValue = fc.oneof(
  fc.record({ op: fc.constant("put"), key, value: json }),
  fc.record({ op: fc.constantFrom("get", "delete"), key }),
  fc.record({ op: fc.constant("append"), key, value: text }),
  fc.record({ op: fc.constant("cas"), key, from: fc.constantFrom(1, "", "x"), to: json }),
);
const id = fc.constantFrom("1", "2", "3");

const goodOperations: Record<string, fc.Arbitrary<unknown>> = {
  kv: fc.oneof(
    { weight: 3, arbitrary: keyValue },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("once"), id, operation: keyValue }) },
  ),
  bank: fc.oneof(
    fc.record({ op: fc.constant("transfer"), from: key, to: key, amount }),
    fc.record({ op: fc.constant("deposit"), account: key, amount }),
    fc.record({ op: fc.constant("balance"), account: key }),
  ),
  echo: json,
  ledger: fc.oneof(
    fc.record({ op: fc.constantFrom("deposit", "withdraw"), account: key, amount }),
    fc.record({ op: fc.constant("transfer"), account: key, to: key, amount }),
    fc.record({ op: fc.constant("set"), values: fc.dictionary(key, text, { minKeys: 1 }) }),
    fc.record({ op: fc.constant("abort"), transaction: text }),
  ),
};

/** Texts of all kinds: operations, JSON that is none, and what is not even JSON. */
const textFor = (good: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 8, arbitrary: good.map((value) => canonical(value as Json)) },
    { weight: 1, arbitrary: json.map((value) => canonical(value as Json)) },
    { weight: 1, arbitrary: fc.string() },
  );

for (const { name, create, checkOperation } of [...services, ledger]) {
  const good = goodOperations[name] ?? fc.constant(undefined);
  const texts = fc.array(textFor(good), { maxLength: 30 });

  describe(`${name}`, () => {
    test("equal operations give equal results and equal snapshots", () => {
      fc.assert(
        fc.property(texts, (operations) => {
          const [one, other] = [create(), create()];
          for (const operation of operations) {
            equal(one.execute(operation).result, other.execute(operation).result);
          }
          equal(one.snapshot(), other.snapshot());
          deepEqual(one.view(), other.view());
        }),
      );
    });

    test("taking everything back, last first, leads through the same states back", () => {
      fc.assert(
        fc.property(texts, (operations) => {
          const service = create();
          const past = operations.map((operation) => {
            const before = service.snapshot();
            return { before, undo: service.execute(operation).undo };
          });
          for (const { before, undo } of past.toReversed()) {
            undo();
            equal(service.snapshot(), before);
          }
        }),
      );
    });

    test("a service restored from a snapshot answers as the one it was taken of", () => {
      fc.assert(
        fc.property(texts, texts, (before, after) => {
          const [one, other] = [create(), create()];
          for (const operation of before) one.execute(operation);
          // What the other one held is replaced, not mixed in.
          other.execute(canonical({ op: "put", key: "left over", value: 1 }));
          other.execute(canonical({ op: "deposit", account: "left over", amount: 1 }));
          other.restore(one.snapshot());
          equal(other.snapshot(), one.snapshot());
          for (const operation of after) {
            equal(other.execute(operation).result, one.execute(operation).result);
          }
          equal(other.snapshot(), one.snapshot());
        }),
      );
    });

    test("the snapshot does not change when the service goes on", () => {
      fc.assert(
        fc.property(texts, texts, (before, after) => {
          const service = create();
          for (const operation of before) service.execute(operation);
          const snapshot = service.snapshot();
          for (const operation of after) service.execute(operation);
          service.restore(snapshot);
          equal(service.snapshot(), snapshot);
        }),
      );
    });

    test("every result is canonical JSON, whatever the operation", () => {
      fc.assert(
        fc.property(texts, (operations) => {
          const service = create();
          for (const operation of operations) {
            // Echo answers with the very text; the others never with what they cannot read.
            if (name === "echo" && !isJson(operation)) continue;
            const { result } = service.execute(operation);
            equal(canonical(JSON.parse(result) as Json), result);
          }
        }),
      );
    });

    test("what passes the check is never answered with invalid, and the rest always is", () => {
      fc.assert(
        fc.property(fc.oneof(good, json), (value) => {
          const { result } = create().execute(canonical(value as Json));
          const isInvalid = name !== "echo" && result.endsWith('"status":"invalid"}');
          equal(isInvalid, checkOperation(value) !== undefined);
        }),
      );
    });
  });
}

test("snapshots do not depend on the order in which keys came", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(keys, { minLength: keys.length }), (order) => {
      for (const { name, create } of services) {
        const [sorted, shuffled] = [create(), create()];
        const fill = (key: string) =>
          name === "kv"
            ? canonical({ op: "put", key, value: key })
            : canonical({ op: "deposit", account: key, amount: 1 });
        for (const key of keys) sorted.execute(fill(key));
        for (const key of order) shuffled.execute(fill(key));
        equal(shuffled.snapshot(), sorted.snapshot());
        notEqual(shuffled.snapshot(), create().snapshot());
      }
    }),
  );
});

function isJson(operation: string): boolean {
  try {
    return canonical(JSON.parse(operation) as Json) === operation;
  } catch {
    return false;
  }
}
