import { deepEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../core/ids.ts";
import type { Effect } from "../core/machine.ts";
import type { Reply } from "../core/messages.ts";
import { createRandom } from "../sim/random.ts";
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

const settings = { batch: 1, timeoutMs: 500, checkpointInterval: 4 };

function clientOf(n: number) {
  const machine = pbft.createClient({
    id: "c0",
    n,
    f: pbft.faultsTolerated(n),
    settings,
    firstTimestamp: 1,
    tools: {
      digest: (text) => text,
      seal: (message) => ({ from: "c0", message, signature: "" }),
      isAuthentic: () => true,
      random: createRandom(1),
    },
  });
  const told = (from: NodeId, change: Partial<Reply> = {}) => {
    const message: Reply = {
      kind: "reply",
      view: 0,
      sequence: 1,
      timestamp: 1,
      client: "c0",
      replica: from,
      result: '"right"',
      ...change,
    };
    return machine.step({ kind: "message", signed: { from, message, signature: "" } }, 0);
  };
  return { machine, told };
}

const acceptedIn = (effects: readonly Effect<PbftMessage>[]) =>
  effects.flatMap((effect) => (effect.kind === "accept" ? [effect.acceptance.result] : []));
const objectionsIn = (effects: readonly Effect<PbftMessage>[]) =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

describe("a client (§4.1)", () => {
  // n and f + 1.
  for (const [n, needed] of [
    [1, 1],
    [3, 1],
    [4, 2],
    [6, 2],
    [7, 3],
    [10, 4],
  ] as const) {
    test(`of ${n} replicas believes ${needed} that say the same, not one less`, () => {
      const { machine, told } = clientOf(n);
      machine.step({ kind: "request", operation: "1" }, 0);
      const accepted = Array.from({ length: needed }, (_, index) => acceptedIn(told(`r${index}`)));
      deepEqual(
        accepted.flatMap((each) => each.length),
        [...Array(needed - 1).fill(0), 1],
      );
    });
  }

  test("D12 is not taken in by a liar that answers first and twice", () => {
    const { machine, told } = clientOf(4);
    machine.step({ kind: "request", operation: "1" }, 0);
    told("r3", { result: '"wrong"' });
    deepEqual(objectionsIn(told("r3", { result: '"wrong"' })), ["second reply"]);
    deepEqual(acceptedIn(told("r0")), []);
    deepEqual(acceptedIn(told("r1")), ['"right"']);
  });

  test("asks the primary first, then everybody, then the primary of the view it was told of", () => {
    const { machine, told } = clientOf(4);
    const first = machine.step({ kind: "request", operation: "1" }, 0);
    deepEqual(
      first.flatMap((effect) => (effect.kind === "send" ? [effect.to] : [])),
      ["r0"],
    );
    const second = machine.step({ kind: "time-out", timer: "patience" }, 500);
    deepEqual(
      second.flatMap((effect) => (effect.kind === "broadcast" ? effect.to : [])),
      ["r0", "r1", "r2", "r3"],
    );
    for (const replica of ["r1", "r2"]) told(replica, { view: 5 });
    const third = machine.step({ kind: "request", operation: "2" }, 600);
    deepEqual(
      third.flatMap((effect) => (effect.kind === "send" ? [effect.to] : [])),
      ["r1"],
    );
  });

  const refused = [
    ["not a member", "c1", { replica: "c1" }],
    ["not a member", "r4", { replica: "r4" }],
    ["not its own name", "r1", { replica: "r2" }],
    ["reply to another client", "r1", { client: "c1" }],
    ["reply to another request", "r1", { timestamp: 2 }],
  ] as const;
  for (const [objection, from, change] of refused) {
    test(`does not count a reply of ${from} with ${JSON.stringify(change)}: ${objection}`, () => {
      const { machine, told } = clientOf(4);
      machine.step({ kind: "request", operation: "1" }, 0);
      deepEqual(objectionsIn(told(from, { replica: from, ...change })), [objection]);
    });
  }

  test("does not listen to anything but replies", () => {
    const { machine } = clientOf(4);
    const message: PbftMessage = {
      kind: "prepare",
      view: 0,
      sequence: 1,
      digest: "d",
      replica: "r1",
    };
    const effects = machine.step(
      { kind: "message", signed: { from: "r1", message, signature: "" } },
      0,
    );
    deepEqual(objectionsIn(effects), ["not for a client"]);
  });
});
