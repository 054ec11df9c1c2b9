import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "vitest";
import { measureSimulator, measureSimulatorAlone } from "./simulator.ts";

for (const isJudged of [false, true]) {
  test(`so many messages are sent, equally each time, ${isJudged ? "judged" : "unwatched"}`, () => {
    const options = { protocol: "pbft", n: 4, messages: 2_000, isJudged };
    const [first, second] = [measureSimulator(options), measureSimulator(options)];
    ok(first.sent >= 2_000 && first.sent < 2_100);
    // A request costs 24 messages, its own and its replies among them; checkpoints come on top.
    ok(Math.abs(first.sent / first.accepted - 29) < 3, `${first.sent / first.accepted}`);
    ok(first.perCpuSecond > 0 && first.heapMb > 0);
    equal(first.sent, second.sent);
    equal(first.accepted, second.accepted);
  });
}

test("in a thread of its own it sends as much, and can be stopped", async () => {
  const options = { protocol: "pbft", n: 4, messages: 2_000, isJudged: true };
  const here = measureSimulator(options);
  const { sent, accepted } = await measureSimulatorAlone(options, new AbortController().signal);
  deepEqual([sent, accepted], [here.sent, here.accepted]);
  await rejects(measureSimulatorAlone({ ...options, messages: 1e9 }, AbortSignal.timeout(500)));
});

test("a cluster of 300 completes rounds", () => {
  const { accepted } = measureSimulator({
    protocol: "pbft",
    n: 300,
    messages: 600_000,
    isJudged: false,
  });
  ok(accepted >= 3);
});
