import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import { Counters } from "./counters.ts";

test("counters count by name and are plain data in JSON", () => {
  const counters = new Counters();
  counters.sent("prepare");
  counters.sent("prepare");
  counters.sent("commit");
  counters.received("commit");
  counters.refused("second vote");
  counters.marked("prepared");
  counters.signatures += 3;
  counters.verifications += 4;
  counters.timeOuts += 1;
  counters.delivered += 2;
  deepEqual(JSON.parse(JSON.stringify(counters)), {
    signatures: 3,
    verifications: 4,
    timeOuts: 1,
    delivered: 2,
    sent: { prepare: 2, commit: 1 },
    received: { commit: 1 },
    refused: { "second vote": 1 },
    marks: { prepared: 1 },
  });
});

test("a view taken earlier does not change", () => {
  const counters = new Counters();
  counters.sent("prepare");
  const before = counters.toJSON();
  counters.sent("prepare");
  deepEqual([before.sent, counters.toJSON().sent], [{ prepare: 1 }, { prepare: 2 }]);
});

test("names that mean something to JavaScript are names", () => {
  const counters = new Counters();
  for (const name of ["constructor", "toString"]) counters.refused(name);
  deepEqual(Object.entries(counters.toJSON().refused), [
    ["constructor", 1],
    ["toString", 1],
  ]);
});
