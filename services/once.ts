/**
 * Operations with an id of the user's: executed once, whoever sends them how often, through whichever
 * node. The ids are part of the replicated state, so they survive view changes, state transfers and
 * restarts with it. Only the latest are kept; an id that was forgotten is a new one.
 */

import { type Check, isExactly, isShape } from "../core/decode.ts";
import { canonical, type Json } from "../core/encoding.ts";
import type { Operation, Result } from "../core/ids.ts";
import type { Execution, Service } from "../core/service.ts";
import { failed, invalid, nothingToUndo, readOperation } from "./operation.ts";

/** Do this unless it was done under this id; the answer says where it was, and what came of it. */
interface Once {
  readonly op: "once";
  readonly id: string;
  readonly operation: Json;
}

/** So many ids are kept at most, and so many characters of ids, operations and answers. */
export const mostIds = 10_000;
export const mostCharacters = 1_000_000;

const reusedId = "the id belongs to another operation";

const longestId = 128;

const isId: Check = (value) =>
  typeof value === "string" && /^[\x20-\x7e]+$/.test(value) && value.length <= longestId
    ? undefined
    : `must be 1 to ${longestId} printable ASCII characters`;

/** An operation of the service, or such a one under an id. */
export function isOnceOr(isOperation: Check): Check {
  const isOnce = isShape<Once>({ op: isExactly("once"), id: isId, operation: isOperation });
  return (value) => (isTagged(value) ? isOnce(value) : isOperation(value));
}

const isTagged = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "op" in value && value.op === "once";

// An id stands at the same place in every canonical text: others need not be read twice.
const mayBeOnce = (text: Operation): boolean => text.startsWith('{"id":');

interface Remembered {
  readonly operation: Operation;
  readonly answer: Result;
}

type Entry = readonly [id: string, remembered: Remembered];

/** The same service, which also understands `once` for each of its operations. */
export function withIds(service: Service, isOperation: Check): Service {
  const known = new Ids();
  const check = isOnceOr(isOperation);
  return {
    execute(text, slot = 0) {
      if (!mayBeOnce(text)) return service.execute(text, slot);
      const { operation, complaint } = readOperation<Once>(text, check);
      if (complaint !== undefined) return { result: invalid(complaint), undo: nothingToUndo };
      return executeOnce(service, known, operation, slot);
    },
    // One line of ids, then the snapshot as it is: quoting it once more would double its quotes.
    snapshot: () => `${JSON.stringify([...known.entries()])}\n${service.snapshot()}`,
    restore: (snapshot) => {
      const end = snapshot.indexOf("\n");
      known.replace(JSON.parse(snapshot.slice(0, end)) as Entry[]);
      service.restore(snapshot.slice(end + 1));
    },
    view: () => service.view(),
  };
}

function executeOnce(
  service: Service,
  known: Ids,
  { id, operation: inner }: Once,
  slot: number,
): Execution {
  const operation = canonical(inner);
  const before = known.get(id);
  if (before !== undefined) {
    const isSame = before.operation === operation;
    return { result: isSame ? before.answer : failed(reusedId), undo: nothingToUndo };
  }
  const { result, undo } = service.execute(operation, slot);
  // A result is canonical, so this is, however deep it is nested.
  const answer = `{"result":${result},"slot":${slot},"status":"ok"}`;
  const forget = known.add(id, { operation, answer });
  return {
    result: answer,
    undo: () => {
      forget();
      undo();
    },
  };
}

/** Ids in the order in which they came; the oldest leave first. */
class Ids {
  #byId = new Map<string, Remembered>();
  #characters = 0;

  get(id: string): Remembered | undefined {
    return this.#byId.get(id);
  }

  entries(): Iterable<Entry> {
    return this.#byId.entries();
  }

  replace(entries: readonly Entry[]): void {
    this.#byId = new Map(entries);
    this.#characters = entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
  }

  /** The newest stays, however long it is. The answer takes it back. */
  add(id: string, remembered: Remembered): () => void {
    this.#byId.set(id, remembered);
    this.#characters += lengthOf([id, remembered]);
    const gone: Entry[] = [];
    for (const entry of this.#byId) {
      if (!this.#isTooMuch || this.#byId.size === 1) break;
      gone.push(entry);
      this.#byId.delete(entry[0]);
      this.#characters -= lengthOf(entry);
    }
    return () => {
      this.#byId.delete(id);
      this.replace([...gone, ...this.#byId]);
    };
  }

  get #isTooMuch(): boolean {
    return this.#byId.size > mostIds || this.#characters > mostCharacters;
  }
}

const lengthOf = ([id, { operation, answer }]: Entry): number =>
  id.length + operation.length + answer.length;
