import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { type Incident, recoveryOf, timelineOf } from "./timeline.ts";

const isEnd = (name: string) => name === "new view";

/** A commit each 10 ms from −2 s to the fault, none for 730 ms, then one each `everyMs`. */
const incident = (everyMs: number): Incident => ({
  acceptedMs: [...times(-2000, -5, 10), ...times(725, 3000, everyMs)],
  fromMs: -2000,
  untilMs: 3000,
  moments: [
    { name: "view change", view: 1, atMs: 512 },
    { name: "view change", view: 1, atMs: 515 },
    { name: "new view", view: 1, atMs: 640 },
    { name: "new view", view: 1, atMs: 690 },
    { name: "new view", view: 0, atMs: -1900 },
  ],
});

const times = (from: number, until: number, every: number) =>
  Array.from({ length: Math.ceil((until - from) / every) }, (_, index) => from + index * every);

test("a fault's gap, its first suspicion, its new leader and its first commit are told", () => {
  const { gapMs, firstCommitMs, suspectedMs, newLeaderMs, goodputBeforePerS } = recoveryOf(
    incident(10),
    isEnd,
  );
  deepEqual(
    { gapMs, firstCommitMs, suspectedMs, newLeaderMs },
    { gapMs: 735, firstCommitMs: 725, suspectedMs: 512, newLeaderMs: 640 },
  );
  equal(Math.round(goodputBeforePerS ?? 0), 100);
});

const backs = [
  ["as before", 10, 725],
  ["nine tenths as good", 11, 725],
  ["four fifths as good", 12.5, Number.POSITIVE_INFINITY],
] as const;

for (const [how, everyMs, expected] of backs) {
  test(`a service that goes on ${how} is back ${expected === Infinity ? "never" : "at once"}`, () => {
    equal(recoveryOf(incident(everyMs), isEnd).backMs, expected);
  });
}

test("a service that is slow for a second is back after it", () => {
  const slow = {
    ...incident(10),
    acceptedMs: [...times(-2000, -5, 10), ...times(725, 1700, 50), ...times(1700, 3000, 10)],
  };
  equal(recoveryOf(slow, isEnd).backMs, 1625);
});

test("the gap is the longest that ends after the fault, wherever it lies", () => {
  const late = {
    ...incident(10),
    acceptedMs: [...times(-2000, -1500, 10), ...times(-300, 900, 10), ...times(1400, 3000, 10)],
  };
  deepEqual(recoveryOf(late, isEnd).gapMs, 510);
});

test("a service that never comes back has an infinite gap, and is never as good", () => {
  const dead = { ...incident(10), acceptedMs: times(-2000, -5, 10), moments: [] };
  const { gapMs, backMs, suspectedMs } = recoveryOf(dead, isEnd);
  deepEqual([gapMs, backMs, suspectedMs], [Infinity, Infinity, undefined]);
  equal(
    timelineOf(dead).some(({ marks }) => marks.includes("first commit")),
    false,
  );
});

test("commits that were under way do not hide that nothing came after them", () => {
  const dying = { ...incident(10), acceptedMs: [...times(-2000, 40, 10)], moments: [] };
  deepEqual(recoveryOf(dying, isEnd).gapMs, Infinity);
});

test("the timeline counts every commit once, in buckets of 100 ms, with its marks", () => {
  const buckets = timelineOf(incident(10));
  equal(buckets.length, 50);
  equal(
    buckets.reduce((sum, { committed }) => sum + committed, 0),
    incident(10).acceptedMs.length,
  );
  deepEqual(
    buckets.filter(({ marks }) => marks.length > 0),
    [
      { atMs: 0, committed: 0, marks: ["fault"] },
      { atMs: 500, committed: 0, marks: ["view change"] },
      { atMs: 600, committed: 0, marks: ["new view"] },
      { atMs: 700, committed: 8, marks: ["first commit"] },
    ],
  );
});
