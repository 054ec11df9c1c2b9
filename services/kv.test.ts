import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { canonical, type Json } from "../core/encoding.ts";
import { createKeyValue } from "./kv.ts";

const ok = { status: "ok" };
const missing = { status: "missing" };
const found = (value: Json) => ({ status: "ok", value });

/** Runs operations on a fresh store; the answer holds their results. */
function run(...operations: readonly Json[]): readonly Json[] {
  const store = createKeyValue();
  return operations.map((operation) => JSON.parse(store.execute(canonical(operation)).result));
}

const histories: readonly (readonly [string, ...(readonly [operation: Json, result: Json])[]])[] = [
  [
    "what was put is got",
    [{ op: "put", key: "a", value: { b: [1, null, -0] } }, ok],
    [{ op: "get", key: "a" }, found({ b: [1, null, -0] })],
  ],
  ["a key that was never put is missing", [{ op: "get", key: "a" }, missing]],
  [
    "null is a value, not an absence",
    [{ op: "put", key: "a", value: null }, ok],
    [{ op: "get", key: "a" }, found(null)],
  ],
  [
    "a deleted key is missing, and cannot be deleted again",
    [{ op: "put", key: "a", value: 1 }, ok],
    [{ op: "delete", key: "a" }, ok],
    [{ op: "get", key: "a" }, missing],
    [{ op: "delete", key: "a" }, missing],
  ],
  [
    "appending begins with the empty string",
    [{ op: "append", key: "a", value: "x" }, ok],
    [{ op: "append", key: "a", value: "y" }, ok],
    [{ op: "get", key: "a" }, found("xy")],
  ],
  [
    "nothing is appended to a value that is no string",
    [{ op: "put", key: "a", value: 1 }, ok],
    [
      { op: "append", key: "a", value: "x" },
      { status: "failed", reason: "it holds no string to append to" },
    ],
    [{ op: "get", key: "a" }, found(1)],
  ],
  [
    "compare and set changes what it expects",
    [{ op: "put", key: "a", value: { x: 1, y: 2 } }, ok],
    [{ op: "cas", key: "a", from: { y: 2, x: 1 }, to: "new" }, ok],
    [{ op: "get", key: "a" }, found("new")],
  ],
  [
    "compare and set leaves anything else",
    [{ op: "put", key: "a", value: 1 }, ok],
    [
      { op: "cas", key: "a", from: "1", to: 2 },
      { status: "failed", reason: "it holds another value" },
    ],
    [{ op: "get", key: "a" }, found(1)],
  ],
  [
    "compare and set needs a key that is there",
    [{ op: "cas", key: "a", from: null, to: 2 }, missing],
  ],
];

describe("kv", () => {
  for (const [claim, ...steps] of histories) {
    test(claim, () => {
      deepEqual(
        run(...steps.map(([operation]) => operation)),
        steps.map(([, result]) => result),
      );
    });
  }

  for (const key of [
    "",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "toString",
    "🙂",
    "\0",
    "1",
  ]) {
    test(`${JSON.stringify(key)} is a key like any other`, () => {
      const [before, , after] = run(
        { op: "get", key },
        { op: "put", key, value: "here" },
        { op: "get", key },
      );
      deepEqual([before, after], [missing, found("here")]);
    });
  }

  test("the view shows every key as its own", () => {
    const store = createKeyValue();
    store.execute('{"key":"__proto__","op":"put","value":{"__proto__":1}}');
    equal(JSON.stringify(store.view()), '{"__proto__":{"__proto__":1}}');
  });
});

const invalid = [
  ["", "the operation is not JSON"],
  ["{", "the operation is not JSON"],
  ["null", 'the operation must be an object with an "op"'],
  ["[]", 'the operation must be an object with an "op"'],
  ["{}", "the operation's .op must be one of put, get, delete, append, cas"],
  ['{"op":"toString"}', "the operation's .op must be one of put, get, delete, append, cas"],
  ['{"op":1}', "the operation's .op must be one of put, get, delete, append, cas"],
  ['{"op":"put","value":1}', "the operation's .key must be a string of well-formed Unicode"],
  ['{"key":1,"op":"get"}', "the operation's .key must be a string of well-formed Unicode"],
  ['{"key":"a","op":"put"}', "the operation's .value must be given"],
  ['{"key":"a","op":"get","value":1}', "the operation's .value is not a field of it"],
  ['{"__proto__":1,"key":"a","op":"get"}', "the operation's .__proto__ is not a field of it"],
  [
    '{"key":"a","op":"append","value":1}',
    "the operation's .value must be a string of well-formed Unicode",
  ],
  ['{"op":"get","key":"a"}', "the operation is not canonical JSON"],
  ['{"key":"a", "op":"get"}', "the operation is not canonical JSON"],
  ['{"key":"a","key":"b","op":"get"}', "the operation is not canonical JSON"],
  ['{"key":"a","op":"put","value":1e0}', "the operation is not canonical JSON"],
  [
    '{"key":"a","op":"put","value":9007199254740993}',
    "the operation has no canonical text: a whole number beyond 2^53, which loses digits",
  ],
  [
    '{"key":"\\ud800","op":"get"}',
    "the operation has no canonical text: a string with a lone surrogate",
  ],
  [
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    "the operation has no canonical text: nested deeper than 64 levels",
  ],
] as const;

for (const [text, reason] of invalid) {
  test(`kv answers ${JSON.stringify(text.slice(0, 40))} with "${reason}" and keeps its state`, () => {
    const store = createKeyValue();
    store.execute('{"key":"a","op":"put","value":1}');
    const before = store.snapshot();
    const { result, undo } = store.execute(text);
    deepEqual(JSON.parse(result), { status: "invalid", reason });
    undo();
    equal(store.snapshot(), before);
  });
}
