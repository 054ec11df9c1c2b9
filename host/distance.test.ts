import { deepEqual, equal } from "node:assert/strict";
import { afterEach, beforeEach, test, vi } from "vitest";
import type { Message, Signed } from "../core/messages.ts";
import { type Delays, Distance } from "./distance.ts";
import { Tally } from "./tally.ts";
import { WallClock } from "./time.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const letter = (kind: string): Signed<Message> => ({
  from: "r0",
  message: { kind },
  signature: "",
});

/** A transport from afar, and what left with it. */
function setUp(delays: Delays) {
  const left: string[] = [];
  const tally = new Tally();
  const distance = new Distance({
    time: new WallClock(),
    delays,
    isControl: (kind) => kind === "beat",
  });
  const near = {
    send: (_from: string, to: string, { message }: Signed<Message>) =>
      void left.push(`${message.kind} to ${to}`),
  };
  const { send } = distance.around(near, tally);
  return {
    left,
    tally,
    distance,
    send: (to: string, kind: string) => send("r0", to, letter(kind)),
  };
}

test("a message leaves after its delay, and counts as under way meanwhile", () => {
  const { left, tally, send } = setUp(() => [20]);
  send("r1", "a");
  vi.advanceTimersByTime(19);
  deepEqual([left, tally.underWay], [[], 1]);
  vi.advanceTimersByTime(1);
  deepEqual([left, tally.underWay], [["a to r1"], 0]);
});

test("equal delays keep the order, other delays overtake", () => {
  const { left, send } = setUp((_from, to) => [to === "r1" ? 20 : 5]);
  for (const kind of ["a", "b"]) for (const to of ["r1", "r2"]) send(to, kind);
  vi.advanceTimersByTime(20);
  deepEqual(left, ["a to r2", "b to r2", "a to r1", "b to r1"]);
});

test("delays are asked for by sender, receiver and message", () => {
  const asked: unknown[] = [];
  const { send } = setUp((from, to, { kind }) => {
    asked.push([from, to, kind]);
    return [];
  });
  send("r3", "a");
  deepEqual(asked, [["r0", "r3", "a"]]);
});

test("no delay at all leaves within the call", () => {
  const { left, tally, send } = setUp(() => [0]);
  send("r1", "a");
  deepEqual([left, tally.underWay], [["a to r1"], 0]);
});

test("what is lost is counted with its reason, what is doubled leaves twice", () => {
  const fates: Record<string, readonly number[]> = { lost: [], twice: [5, 10] };
  const { left, tally, send } = setUp((_from, _to, { kind }) => fates[kind] ?? [0]);
  send("r1", "lost");
  send("r1", "twice");
  equal(tally.underWay, 2);
  vi.advanceTimersByTime(10);
  deepEqual(left, ["twice to r1", "twice to r1"]);
  deepEqual(tally.toJSON().lostByReason, { "lost by the network": 1 });
});

test("control messages are as late, and not counted as under way", () => {
  const { left, tally, send } = setUp(() => [20]);
  send("m0", "beat");
  equal(tally.underWay, 0);
  vi.advanceTimersByTime(20);
  deepEqual([left, tally.underWay], [["beat to m0"], 0]);
});

test("once it is closed nothing that waits leaves", () => {
  const { left, distance, send } = setUp(() => [20]);
  send("r1", "a");
  distance.close();
  vi.advanceTimersByTime(100);
  deepEqual(left, []);
  equal(vi.getTimerCount(), 0);
});
