/** The key-value store. Any string is a key, any JSON is a value. */

import { unreachable } from "../core/assert.ts";
import { type Check, isExactly, isShape, isText } from "../core/decode.ts";
import { canonical, type Json } from "../core/encoding.ts";
import type { Execution, Service } from "../core/service.ts";
import {
  done,
  failed,
  invalid,
  isJson,
  isOperationOf,
  nothingToUndo,
  readOperation,
} from "./operation.ts";

interface Put {
  readonly op: "put";
  readonly key: string;
  readonly value: Json;
}

interface Get {
  readonly op: "get";
  readonly key: string;
}

interface Delete {
  readonly op: "delete";
  readonly key: string;
}

/** Adds to the end of a string; a missing key holds the empty one. */
interface Append {
  readonly op: "append";
  readonly key: string;
  readonly value: string;
}

/** Compare and set: puts `to` if the key holds `from`. */
interface CompareAndSet {
  readonly op: "cas";
  readonly key: string;
  readonly from: Json;
  readonly to: Json;
}

export type KeyValueOperation = Put | Get | Delete | Append | CompareAndSet;

export const isKeyValueOperation: Check = isOperationOf({
  put: isShape<Put>({ op: isExactly("put"), key: isText, value: isJson }),
  get: isShape<Get>({ op: isExactly("get"), key: isText }),
  delete: isShape<Delete>({ op: isExactly("delete"), key: isText }),
  append: isShape<Append>({ op: isExactly("append"), key: isText, value: isText }),
  cas: isShape<CompareAndSet>({ op: isExactly("cas"), key: isText, from: isJson, to: isJson }),
});

// Values as canonical text: nobody can change them from outside, and equal values compare equal.
type State = Map<string, string>;

const missing = canonical({ status: "missing" });

export function createKeyValue(): Service {
  let values: State = new Map();
  return {
    execute(text) {
      const { operation, complaint } = readOperation<KeyValueOperation>(text, isKeyValueOperation);
      return complaint === undefined
        ? execute(values, operation)
        : { result: invalid(complaint), undo: nothingToUndo };
    },
    snapshot: () => JSON.stringify([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
    restore: (snapshot) => {
      values = new Map(JSON.parse(snapshot) as [string, string][]);
    },
    view: () =>
      Object.fromEntries([...values].map(([key, value]) => [key, JSON.parse(value) as Json])),
  };
}

function execute(values: State, operation: KeyValueOperation): Execution {
  switch (operation.op) {
    case "put":
      return set(values, operation.key, canonical(operation.value));
    case "get":
      return told(read(values, operation.key));
    case "delete":
      return remove(values, operation.key);
    case "append":
      return append(values, operation);
    case "cas":
      return compareAndSet(values, operation);
    default:
      return unreachable(operation);
  }
}

const told = (result: string): Execution => ({ result, undo: nothingToUndo });

function read(values: State, key: string): string {
  const value = values.get(key);
  // Both are canonical, so the result is, without reading the value first.
  return value === undefined ? missing : `{"status":"ok","value":${value}}`;
}

function remove(values: State, key: string): Execution {
  const before = values.get(key);
  if (before === undefined) return told(missing);
  values.delete(key);
  return {
    result: done(),
    undo: () => {
      values.set(key, before);
    },
  };
}

function append(values: State, { key, value: tail }: Append): Execution {
  const head: unknown = JSON.parse(values.get(key) ?? '""');
  if (typeof head !== "string") return told(failed("it holds no string to append to"));
  return set(values, key, canonical(head + tail));
}

function compareAndSet(values: State, { key, from, to }: CompareAndSet): Execution {
  const value = values.get(key);
  if (value === undefined) return told(missing);
  if (value !== canonical(from)) return told(failed("it holds another value"));
  return set(values, key, canonical(to));
}

function set(values: State, key: string, value: string): Execution {
  const before = values.get(key);
  values.set(key, value);
  return {
    result: done(),
    undo: () => {
      if (before === undefined) values.delete(key);
      else values.set(key, before);
    },
  };
}
