/** The judge of histories, against histories whose verdicts are known. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  isLinearizable,
  isLinearizablePerKey,
  type Observed,
  type SequentialModel,
} from "./linearizability.ts";

interface RecordedOperation {
  readonly f: string;
  readonly key?: string;
  readonly arg?: unknown;
  readonly out?: unknown;
  readonly call: number;
  readonly ret: number | null;
}

interface RecordedHistory {
  readonly name: string;
  readonly linearizable: boolean;
  readonly ops: readonly RecordedOperation[];
}

const histories = (file: string): readonly RecordedHistory[] =>
  JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), "utf8"));

const observed = (operation: RecordedOperation): Observed<RecordedOperation> => ({
  operation,
  calledAt: operation.call,
  returnedAt: operation.ret ?? undefined,
});

/** etcd's register: starts empty; compare-and-set answers whether it did. */
const register: SequentialModel<unknown, RecordedOperation> = {
  initial: null,
  apply(state, { f, arg, out, ret }) {
    if (f === "read") return ret === null || out === state ? state : undefined;
    if (f === "write") return arg;
    const [from, to] = arg as readonly [unknown, unknown];
    const isSet = state === from;
    if (ret === null) return isSet ? to : state;
    if (out !== isSet) return undefined;
    return isSet ? to : state;
  },
  textOf: String,
};

const text: SequentialModel<string, RecordedOperation> = {
  initial: "",
  apply(state, { f, arg, out, ret }) {
    if (f === "get") return ret === null || out === state ? state : undefined;
    return f === "put" ? String(arg) : state + String(arg);
  },
  textOf: (state) => state,
};

for (const { name, linearizable, ops } of histories("linearizability-etcd.json")) {
  test(`etcd history ${name} is ${linearizable ? "" : "not "}linearizable`, () => {
    expect(isLinearizable(ops.map(observed), register)).toBe(linearizable);
  });
}

for (const { name, linearizable, ops } of histories("linearizability-kv.json")) {
  test(`key-value history ${name} is ${linearizable ? "" : "not "}linearizable`, () => {
    const history = ops.map(observed);
    expect(isLinearizablePerKey(history, ({ key }) => key ?? "", text)).toBe(linearizable);
  });
}

const cell = (f: string, call: number, ret: number | null, more: object): RecordedOperation => ({
  f,
  call,
  ret,
  ...more,
});

const small = [
  ["an empty history", [], true],
  [
    "a read of what was written",
    [cell("write", 1, 2, { arg: 1 }), cell("read", 3, 4, { out: 1 })],
    true,
  ],
  ["a stale read", [cell("write", 1, 2, { arg: 1 }), cell("read", 3, 4, { out: null })], false],
  [
    "a read during a write",
    [cell("write", 1, 4, { arg: 1 }), cell("read", 2, 3, { out: null })],
    true,
  ],
  [
    "a lost write that is seen",
    [cell("write", 1, null, { arg: 1 }), cell("read", 2, 3, { out: 1 })],
    true,
  ],
  [
    "a lost write that is not seen",
    [cell("write", 1, null, { arg: 1 }), cell("read", 2, 3, { out: null })],
    true,
  ],
  [
    "a lost write that is seen and then gone",
    [
      cell("write", 1, null, { arg: 1 }),
      cell("read", 2, 3, { out: 1 }),
      cell("read", 4, 5, { out: null }),
    ],
    false,
  ],
] as const;

for (const [what, ops, verdict] of small) {
  test(`${what} is ${verdict ? "" : "not "}linearizable`, () => {
    expect(isLinearizable(ops.map(observed), register)).toBe(verdict);
  });
}
