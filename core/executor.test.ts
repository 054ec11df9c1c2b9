import { deepEqual, equal, notEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { Executor, emptyHistory } from "./executor.ts";
import type { Request } from "./messages.ts";
import type { Service } from "./service.ts";

/** Writes down what it is told; a result is how many it was told before. */
function createNotes(): Service & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    execute(operation) {
      notes.push(operation);
      const count = notes.length;
      return {
        result: String(count - 1),
        undo: () => {
          equal(notes.length, count, "only the last operation is taken back");
          notes.pop();
        },
      };
    },
    snapshot: () => JSON.stringify(notes),
    restore: (snapshot) => {
      notes.splice(0, notes.length, ...(JSON.parse(snapshot) as string[]));
    },
    view: () => notes,
  };
}

const digest = (text: string) => {
  let hash = 7;
  for (const unit of text) hash = (hash * 31 + unit.charCodeAt(0)) % 1_000_000_007;
  return hash.toString(16);
};

const request = (
  client: string,
  timestamp: number,
  operation = `${client}/${timestamp}`,
): Request => ({
  kind: "request",
  operation,
  timestamp,
  client,
});

function createToy() {
  const service = createNotes();
  return { service, executor: new Executor(service, digest) };
}

describe("execution", () => {
  test("delivers a slot with what was executed, in order, and its results", () => {
    const { executor, service } = createToy();
    const delivery = executor.execute(1, 4, "d1", [request("c0", 1), request("c1", 1)]);
    deepEqual(delivery, {
      slot: 1,
      view: 4,
      digest: "d1",
      executed: [
        { client: "c0", timestamp: 1, operation: "c0/1", result: "0" },
        { client: "c1", timestamp: 1, operation: "c1/1", result: "1" },
      ],
      history: executor.history,
    });
    deepEqual(service.notes, ["c0/1", "c1/1"]);
    equal(executor.slot, 1);
  });

  test("a null slot executes nothing and still counts", () => {
    const { executor } = createToy();
    deepEqual(executor.execute(1, 0, "null", []).executed, []);
    equal(executor.slot, 1);
    notEqual(executor.history, emptyHistory);
  });

  for (const slot of [0, 2, -1, 1.5]) {
    test(`slot ${slot} cannot be the first`, () => {
      throws(() => createToy().executor.execute(slot, 0, "d", []), /follows slot 0/);
    });
  }

  test("no slot is executed twice", () => {
    const { executor } = createToy();
    executor.execute(1, 0, "d", []);
    throws(() => executor.execute(1, 0, "d", []), /slot 1 follows slot 1/);
  });
});

describe("exactly once", () => {
  const rows: readonly (readonly [string, readonly Request[][], readonly string[]])[] = [
    ["the same request in two slots", [[request("c0", 1)], [request("c0", 1)]], ["c0/1"]],
    ["the same request twice in one slot", [[request("c0", 1), request("c0", 1)]], ["c0/1"]],
    [
      "the same timestamp with another operation",
      [[request("c0", 1)], [request("c0", 1, "x")]],
      ["c0/1"],
    ],
    ["an older request", [[request("c0", 5)], [request("c0", 4)]], ["c0/5"]],
    ["an older request in the same slot", [[request("c0", 5), request("c0", 4)]], ["c0/5"]],
    [
      "other clients' equal timestamps are other requests",
      [[request("c0", 1)], [request("c1", 1)]],
      ["c0/1", "c1/1"],
    ],
    ["timestamps may leave gaps", [[request("c0", 1)], [request("c0", 9)]], ["c0/1", "c0/9"]],
  ];
  for (const [claim, slots, notes] of rows) {
    test(`${claim}: ${notes.join(", ")}`, () => {
      const { executor, service } = createToy();
      for (const [index, requests] of slots.entries())
        executor.execute(index + 1, 0, "d", requests);
      deepEqual(service.notes, notes);
    });
  }

  test("the last reply of each client is known, with its slot", () => {
    const { executor } = createToy();
    executor.execute(1, 0, "d", [request("c0", 3)]);
    executor.execute(2, 0, "d", [request("c0", 3), request("c1", 1)]);
    deepEqual(executor.lastReply("c0"), { timestamp: 3, result: "0", slot: 1 });
    deepEqual(executor.lastReply("c1"), { timestamp: 1, result: "1", slot: 2 });
    equal(executor.lastReply("c2"), undefined);
  });

  test("a request is old once it or a newer one was executed", () => {
    const { executor } = createToy();
    executor.execute(1, 0, "d", [request("c0", 3)]);
    deepEqual(
      [2, 3, 4].map((timestamp) => executor.isOld(request("c0", timestamp))),
      [true, true, false],
    );
    equal(executor.isOld(request("c1", 1)), false);
  });

  test("whatever arrives, what is executed has growing timestamps for each client", () => {
    const requests = fc.array(
      fc
        .tuple(fc.constantFrom("c0", "c1"), fc.integer({ min: 1, max: 5 }))
        .map(([c, t]) => request(c, t)),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(requests), (slots) => {
        const { executor } = createToy();
        const newest = new Map<string, number>();
        for (const [index, batch] of slots.entries()) {
          for (const { client, timestamp } of executor.execute(index + 1, 0, "d", batch).executed) {
            equal(timestamp > (newest.get(client) ?? 0), true);
            newest.set(client, timestamp);
          }
        }
      }),
    );
  });
});

describe("taking back", () => {
  test("leaves everything as if the slot had not been executed", () => {
    const { executor, service } = createToy();
    executor.execute(1, 0, "d1", [request("c0", 1)]);
    const before = executor.snapshot();
    executor.execute(2, 0, "d2", [request("c0", 2), request("c1", 1), request("c0", 3)]);
    executor.undoLast();
    equal(executor.snapshot(), before);
    deepEqual(service.notes, ["c0/1"]);
    equal(executor.isOld(request("c0", 2)), false);
    deepEqual(executor.lastReply("c0"), { timestamp: 1, result: "0", slot: 1 });
    equal(executor.lastReply("c1"), undefined);
  });

  test("another value may then be executed in the same slot", () => {
    const { executor, service } = createToy();
    executor.execute(1, 0, "a", [request("c0", 1)]);
    executor.undoLast();
    const { history } = executor.execute(1, 1, "b", [request("c1", 1)]);
    deepEqual(service.notes, ["c1/1"]);
    const straight = createToy().executor;
    equal(straight.execute(1, 1, "b", [request("c1", 1)]).history, history);
  });

  test("goes back one slot only", () => {
    const { executor } = createToy();
    throws(() => executor.undoLast(), /there is a slot to take back/);
    executor.execute(1, 0, "a", []);
    executor.execute(2, 0, "b", []);
    executor.undoLast();
    throws(() => executor.undoLast(), /there is a slot to take back/);
  });

  test("is undone by nothing: executing and taking back, however often, changes nothing", () => {
    const batch = fc.array(fc.tuple(fc.constantFrom("c0", "c1"), fc.integer({ min: 1, max: 4 })));
    fc.assert(
      fc.property(fc.array(fc.tuple(batch, fc.nat({ max: 2 }))), (slots) => {
        const wavering = createToy().executor;
        const straight = createToy().executor;
        for (const [index, [pairs, times]] of slots.entries()) {
          const requests = pairs.map(([client, timestamp]) => request(client, timestamp));
          for (let count = 0; count < times; count += 1) {
            wavering.execute(index + 1, 0, "other", requests.toReversed());
            wavering.undoLast();
          }
          deepEqual(
            wavering.execute(index + 1, 0, `d${index}`, requests),
            straight.execute(index + 1, 0, `d${index}`, requests),
          );
        }
        equal(wavering.snapshot(), straight.snapshot());
      }),
    );
  });
});

describe("history", () => {
  const historyOf = (...digests: readonly string[]) => {
    const { executor } = createToy();
    for (const [index, name] of digests.entries()) executor.execute(index + 1, 0, name, []);
    return executor.history;
  };

  test("is equal for equal pasts and different for others", () => {
    equal(historyOf("a", "b"), historyOf("a", "b"));
    notEqual(historyOf("a", "b"), historyOf("b", "a"));
    notEqual(historyOf("a", "b"), historyOf("a"));
    notEqual(historyOf("a", "b", "c"), historyOf("x", "b", "c"));
    equal(historyOf(), emptyHistory);
  });
});

describe("snapshots", () => {
  test("another replica goes on from one as if it had executed all of it", () => {
    const { executor } = createToy();
    executor.execute(1, 0, "d1", [request("c1", 1), request("c0", 7)]);
    executor.execute(2, 0, "d2", [request("c1", 2)]);
    const other = createToy();
    other.executor.execute(1, 0, "left", [request("c9", 1)]);
    other.executor.restore(executor.snapshot());
    equal(other.executor.snapshot(), executor.snapshot());
    deepEqual([other.executor.slot, other.executor.history], [2, executor.history]);
    equal(other.executor.lastReply("c9"), undefined);
    deepEqual(
      other.executor.execute(3, 0, "d3", [request("c0", 7), request("c0", 8)]),
      executor.execute(3, 0, "d3", [request("c0", 7), request("c0", 8)]),
    );
  });

  test("do not depend on the order in which clients came", () => {
    const one = createToy().executor;
    const other = createToy().executor;
    one.execute(1, 0, "d", [request("c0", 1, "x"), request("c1", 1, "x")]);
    other.execute(1, 0, "d", [request("c1", 1, "x"), request("c0", 1, "x")]);
    const clientsOf = (snapshot: string) =>
      (JSON.parse(snapshot)[2] as [string, unknown][]).map(([client]) => client);
    deepEqual(clientsOf(one.snapshot()), clientsOf(other.snapshot()));
  });

  test("what was executed before one cannot be taken back after it", () => {
    const { executor } = createToy();
    executor.execute(1, 0, "d", []);
    executor.restore(executor.snapshot());
    throws(() => executor.undoLast(), /there is a slot to take back/);
  });
});
