import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Effect } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import { LeaderChanges } from "./leader-changes.ts";

const mark = (name: string, view: number): Effect<Message> => ({
  kind: "mark",
  mark: { name, view },
});

const delivery = (view: number): Effect<Message> => ({
  kind: "deliver",
  delivery: { slot: 1, view, digest: "d", executed: [], history: "h" },
});

function after(...steps: readonly (readonly [atMs: number, effect: Effect<Message>])[]) {
  const changes = new LeaderChanges();
  for (const [atMs, effect] of steps) changes.note(effect, atMs);
  const { begun, ended, totalMs, lastMs } = changes.toJSON();
  return { begun, ended, totalMs, lastMs };
}

const cases = [
  ["nothing happens in a quiet run", [[5, delivery(0)]], [0, 0, 0, undefined]],
  [
    "PBFT: from its view change to the new view",
    [
      [10, mark("view change", 1)],
      [35, mark("new view", 1)],
    ],
    [1, 1, 25, 25],
  ],
  [
    "a second attempt belongs to the first",
    [
      [10, mark("view change", 1)],
      [20, mark("view change", 2)],
      [40, mark("new view", 2)],
      [50, delivery(2)],
    ],
    [2, 1, 30, 30],
  ],
  [
    "CCRO and Paxos: whoever does not lead hears of it with the next delivery",
    [
      [5, delivery(3)],
      [10, mark("suspected", 3)],
      [15, delivery(3)],
      [40, delivery(4)],
      [50, mark("campaign", 9)],
      [56, delivery(9)],
    ],
    [2, 2, 36, 6],
  ],
  [
    "one that has not ended yet is begun, and has taken no time",
    [[10, mark("campaign", 1)]],
    [1, 0, 0, undefined],
  ],
  [
    "a new leader that nobody here waited for is no change of this node's",
    [[10, mark("leader elected", 1)]],
    [0, 0, 0, undefined],
  ],
  ["other marks are nothing", [[10, mark("committed", 1)]], [0, 0, 0, undefined]],
] as const;

for (const [claim, steps, [begun, ended, totalMs, lastMs]] of cases) {
  test(claim, () => {
    deepEqual(after(...steps), { begun, ended, totalMs, lastMs });
  });
}

test("whoever goes down does not wait for a leader any more", () => {
  const changes = new LeaderChanges();
  changes.note(mark("view change", 1), 10);
  changes.stop();
  changes.note(mark("new view", 1), 10_000);
  deepEqual([changes.toJSON().ended, changes.toJSON().totalMs], [0, 0]);
});

test("only the latest moments are kept", () => {
  const changes = new LeaderChanges();
  for (let view = 1; view <= 1000; view += 1) changes.note(mark("view change", view), view);
  const { moments, begun } = changes.toJSON();
  deepEqual([begun, moments.length], [1000, 64]);
  equal(moments.at(-1)?.view, 1000);
});
