import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { canonical, type Json } from "../core/encoding.ts";
import type { Service } from "../core/service.ts";
import { mostCharacters, mostIds } from "./once.ts";
import { serviceNamed } from "./services.ts";

const { create, checkOperation } = serviceNamed("kv");

const once = (id: string, operation: Json) => canonical({ op: "once", id, operation });
const put = (value: Json) => ({ op: "put", key: "a", value });
const get = { op: "get", key: "a" };
const append = { op: "append", key: "a", value: "x" };

const tell = (service: Service, text: string, slot = 0): Json =>
  JSON.parse(service.execute(text, slot).result);

const held = (service: Service): Json => tell(service, canonical(get));

describe("an operation under an id", () => {
  test("is executed once, and answered with the same words every time", () => {
    const store = create();
    const first = store.execute(once("i", append), 7).result;
    equal(store.execute(once("i", append), 9).result, first);
    deepEqual(JSON.parse(first), { status: "ok", slot: 7, result: { status: "ok" } });
    deepEqual(held(store), { status: "ok", value: "x" });
  });

  test("answers a read as it did then", () => {
    const store = create();
    store.execute(canonical(put(1)));
    const first = store.execute(once("r", get), 2).result;
    store.execute(canonical(put(2)));
    equal(store.execute(once("r", get), 4).result, first);
    deepEqual(held(store), { status: "ok", value: 2 });
  });

  test("fails under an id that belongs to another operation, and changes nothing", () => {
    const store = create();
    store.execute(once("i", put(1)), 1);
    const before = store.snapshot();
    deepEqual(tell(store, once("i", put(2)), 2), {
      status: "failed",
      reason: "the id belongs to another operation",
    });
    equal(store.snapshot(), before);
    deepEqual(held(store), { status: "ok", value: 1 });
  });

  test("a refusal is an answer, too: it stays one when the reason is gone", () => {
    const store = create();
    const swap = { op: "cas", key: "a", from: 1, to: 2 };
    const first = tell(store, once("c", swap), 1);
    store.execute(canonical(put(1)));
    deepEqual(tell(store, once("c", swap), 3), first);
    deepEqual(held(store), { status: "ok", value: 1 });
  });

  test("is known to whoever restores a snapshot", () => {
    const [one, other] = [create(), create()];
    const first = one.execute(once('i"', append), 7).result;
    other.restore(one.snapshot());
    equal(other.execute(once('i"', append), 9).result, first);
    equal(other.snapshot(), one.snapshot());
  });

  test("is forgotten when it is taken back", () => {
    const store = create();
    const before = store.snapshot();
    const { undo } = store.execute(once("i", put(1)), 1);
    notEqual(store.snapshot(), before);
    undo();
    equal(store.snapshot(), before);
    deepEqual(tell(store, once("i", put(2)), 2), {
      status: "ok",
      slot: 2,
      result: { status: "ok" },
    });
  });

  test("may read a value of any depth that a store holds", () => {
    const store = create();
    const deep: Json = JSON.parse(`${"[".repeat(63)}${"]".repeat(63)}`);
    store.execute(canonical(put(deep)));
    deepEqual(tell(store, once("d", get), 2), {
      status: "ok",
      slot: 2,
      result: { status: "ok", value: deep },
    });
  });
});

describe("ids are kept within bounds", () => {
  test(`the oldest of more than ${mostIds} is forgotten, and comes back when the newest is taken back`, () => {
    const store = create();
    for (let id = 0; id < mostIds; id += 1) store.execute(once(String(id), append), id);
    const full = store.snapshot();
    const { undo } = store.execute(once("new", append), mostIds);
    undo();
    equal(store.snapshot(), full);
    store.execute(once("new", append), mostIds);
    deepEqual(tell(store, once("1", append), 0), { ...appended, slot: 1 }, "the second is known");
    deepEqual(tell(store, once("0", append), 20_000), { ...appended, slot: 20_000 });
  });

  test("long operations leave less room, but the newest is always kept", () => {
    const store = create();
    store.execute(once("short", append), 1);
    const long = put("x".repeat(mostCharacters));
    store.execute(once("long", long), 2);
    deepEqual(tell(store, once("long", long), 3), { ...appended, slot: 2 });
    deepEqual(tell(store, once("short", append), 4), { ...appended, slot: 4 });
  });
});

const appended = { status: "ok", result: { status: "ok" } };

const isId = ".id must be 1 to 128 printable ASCII characters";
const refused = [
  [{ op: "once", operation: get }, isId],
  [{ op: "once", id: "", operation: get }, isId],
  [{ op: "once", id: "x".repeat(129), operation: get }, isId],
  [{ op: "once", id: "a\n", operation: get }, isId],
  [{ op: "once", id: "ü", operation: get }, isId],
  [{ op: "once", id: 1, operation: get }, isId],
  [{ op: "once", id: "a" }, '.operation must be an object with an "op"'],
  [{ op: "once", id: "a", operation: { op: "get" } }, ".operation .key must be a string"],
  [{ op: "once", id: "a", operation: { op: "once", id: "b", operation: get } }, ".op must be one"],
  [{ op: "once", id: "a", operation: get, more: 1 }, ".more is not a field of it"],
] as const;

for (const [value, expected] of refused) {
  test(`${JSON.stringify(value).slice(0, 90)} is no operation`, () => {
    equal(checkOperation(value)?.includes(expected), true, checkOperation(value));
    const store = create();
    const before = store.snapshot();
    equal(JSON.stringify(tell(store, canonical(value))).includes('"status":"invalid"'), true);
    equal(store.snapshot(), before);
  });
}
