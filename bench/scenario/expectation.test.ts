import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../../core/ids.ts";
import { protocolNamed } from "../protocols.ts";
import { expectationOf } from "./expectation.ts";
import type { Attack, ScenarioSet } from "./scenario.ts";

interface Case {
  readonly down?: readonly NodeId[];
  readonly byzantine?: readonly NodeId[];
  readonly attack?: Attack["kind"];
  readonly leadersFail?: number;
}

function expected(protocol: string, n: number, each: Case) {
  const { down = [], byzantine = [], attack, leadersFail = 0 } = each;
  const failing = { kind: "leader fails", text: "LF", line: 2 } as const;
  const set: ScenarioSet = {
    number: 1,
    line: 2,
    steps: Array.from({ length: leadersFail }, () => failing),
    live: undefined,
    byzantine,
    attacks: attack === undefined ? [] : [{ kind: attack, targets: [] }],
  };
  return expectationOf(protocolNamed(protocol), n, set, down);
}

describe("everything commits with at most f faults, nothing with more that do not vote", () => {
  const rows = [
    ["pbft", 7, {}, "all", 0],
    ["pbft", 7, { down: ["r5", "r6"] }, "all", 2],
    ["pbft", 7, { down: ["r6"], byzantine: ["r1"], attack: "crash" }, "all", 2],
    ["pbft", 7, { down: ["r5", "r6"], byzantine: ["r2"], attack: "sign" }, "none", 3],
    ["pbft", 7, { down: ["r5", "r6"], byzantine: ["r2"] }, "none", 3],
    ["pbft", 7, { down: ["r4", "r5", "r6"] }, "none", 3],
    // A Byzantine node that is down counts once.
    ["pbft", 7, { down: ["r5", "r6"], byzantine: ["r6"], attack: "sign" }, "all", 2],
    // It still votes, so others may get there with it.
    ["pbft", 7, { down: ["r5", "r6"], byzantine: ["r2"], attack: "time" }, "open", 3],
    // Six nodes have one to spare.
    ["pbft", 6, { down: ["r4", "r5"] }, "open", 2],
    ["pbft", 7, { down: ["r5", "r6"], leadersFail: 1 }, "open", 3],
    ["paxos", 5, { leadersFail: 1 }, "all", 1],
    ["paxos", 5, { down: ["r2", "r3", "r4"] }, "none", 3],
    ["ccro-safe", 9, { down: ["r5", "r6"] }, "all", 2],
    ["ccro-safe", 9, { down: ["r5", "r6"], byzantine: ["r2"], attack: "sign" }, "none", 3],
  ] as const;

  for (const [protocol, n, each, commits, faults] of rows) {
    test(`${protocol} n=${n} ${JSON.stringify(each)}: ${commits}`, () => {
      const expectation = expected(protocol, n, each);
      deepEqual([expectation.commits, expectation.faults], [commits, faults]);
      equal(expectation.excuse, undefined);
    });
  }
});

describe("a protocol is held to what it promises, and to no more", () => {
  const two = ["r0", "r1"];
  const rows = [
    ["flood", 7, {}, "it decides nothing"],
    ["ccro", 9, {}, undefined],
    ["ccro", 9, { down: ["r8"] }, "it promises nothing once a node fails"],
    ["paxos", 5, { byzantine: ["r0"], attack: "time" }, undefined],
    ["paxos", 5, { byzantine: ["r0"], attack: "equivocation" }, "it tolerates crashes, not lies"],
    ["paxos", 5, { down: ["r0"], byzantine: ["r0"], attack: "equivocation" }, undefined],
    ["pbft", 7, { byzantine: two, attack: "equivocation" }, undefined],
    ["pbft", 4, { byzantine: two, attack: "equivocation" }, "2 Byzantine, and it tolerates 1"],
  ] as const;

  for (const [protocol, n, each, excuse] of rows) {
    test(`${protocol} n=${n} ${JSON.stringify(each)}: ${excuse ?? "held to it"}`, () => {
      equal(expected(protocol, n, each).excuse, excuse);
    });
  }
});
