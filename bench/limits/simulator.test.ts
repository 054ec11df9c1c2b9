import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { measureSimulator } from "./simulator.ts";

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

test("a cluster of 300 completes rounds", () => {
  const { accepted } = measureSimulator({
    protocol: "pbft",
    n: 300,
    messages: 600_000,
    isJudged: false,
  });
  ok(accepted >= 3);
});
