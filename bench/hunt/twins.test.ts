/** Twins (CASES A4): the fixed scenarios, and three seeded bugs that two views of Twins must show. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import type { NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import { pbft } from "../../pbft/index.ts";
import { createEcho } from "../../services/echo.ts";
import { createRandom } from "../../sim/random.ts";
import { runSchedule } from "../../sim/run-schedule.ts";
import { Simulation } from "../../sim/simulation.ts";
import { countTwinSchedules, twinSchedule } from "../../sim/twin-schedules.ts";
import { mutants } from "../mutants/catalogue.ts";
import { loadPbftMutant } from "../mutants/load.ts";
import { toolsFor } from "./ground.ts";
import { twinsPlan } from "./twins.ts";

/** Each life of r0 hears of one client's request, so that the two propose different values. */
const isOthersRequest = (from: NodeId, to: NodeId): boolean =>
  (from === "c0" && to === "r0'") || (from === "c1" && to === "r0");

/** What everybody executes in slot 1 of view 0, while instances hear those of their own part only. */
function executedIn(
  parts: readonly (readonly NodeId[])[],
  twins: readonly NodeId[] = [],
): ReadonlyMap<NodeId, string> {
  const executed = new Map<NodeId, string>();
  const partOf = (instance: NodeId) => parts.find((part) => part.includes(instance));
  const simulation = new Simulation<Message>({
    protocol: pbft,
    n: 4,
    clients: 2,
    seed: 1,
    settings: { batch: 1, timeoutMs: 10_000, checkpointInterval: 128 },
    network: ({ from, to }) =>
      partOf(from) === partOf(to) && !isOthersRequest(from, to) ? [1] : [],
    createService: createEcho,
    twins,
    observer: {
      effect: (node, effect) => {
        if (effect.kind === "deliver" && effect.delivery.slot === 1) {
          executed.set(node, effect.delivery.digest);
        }
      },
    },
  });
  simulation.request("c0", "0");
  simulation.request("c1", "1");
  simulation.run(5_000);
  return executed;
}

describe("fixed scenarios", () => {
  test("T1: three of four commit without the fourth, which commits nothing", () => {
    const executed = executedIn([["r2"], ["r0", "r1", "r3", "c0"]]);
    deepEqual([...executed.keys()].sort(), ["r0", "r1", "r3"]);
    equal(new Set(executed.values()).size, 1);
  });

  test("T2: two lives and one more are three messages and two replicas: nobody commits", () => {
    const parts = [
      ["r1", "r3"],
      ["r0", "r0'", "r2", "c0"],
    ];
    deepEqual([...executedIn(parts, ["r0"])], []);
  });

  test("T3: both lives lead, all hear all: nothing, or one value at every node", () => {
    const everybody = ["r0", "r0'", "r1", "r2", "r3", "c0", "c1"];
    const executed = executedIn([everybody], ["r0"]);
    ok(new Set(executed.values()).size <= 1);
    ok(executed.size > 0, "the race has a winner here");
  });
});

const root = fileURLToPath(new URL("../../", import.meta.url));
const sampled = 500;

/** How many schedules of a seeded sample over two views it takes to see this, if they show it at all. */
function schedulesUntil(judge: string, protocol: Protocol): number | undefined {
  const plan = twinsPlan(protocol, 2);
  const random = createRandom("twins");
  for (let tried = 1; tried <= sampled; tried += 1) {
    const schedule = twinSchedule(plan, random.integer(0, countTwinSchedules(plan) - 1));
    const { violations } = runSchedule(schedule, toolsFor(protocol)).verdict;
    if (violations.some((violation) => violation.judge === judge)) return tried;
  }
  return undefined;
}

describe("seeded bugs within two views", () => {
  test("there are 50,625 schedules to draw from", () => {
    equal(countTwinSchedules(twinsPlan(pbft, 2)), 50_625);
  });

  const bugs = [
    "all quorums one too small",
    "prepared with one prepare too few",
    "the new primary ignores certificates",
  ];
  for (const name of bugs) {
    test(`"${name}" forks`, async () => {
      const mutant = mutants.find((known) => known.name === name);
      ok(mutant !== undefined);
      const { protocol, folder } = await loadPbftMutant(root, mutant);
      try {
        ok(schedulesUntil("agreement", protocol) !== undefined);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  test("the paper's rules break nothing", () => {
    const plan = twinsPlan(pbft, 2);
    const random = createRandom("sound");
    for (let tried = 0; tried < 100; tried += 1) {
      const number = random.integer(0, countTwinSchedules(plan) - 1);
      const { verdict } = runSchedule(twinSchedule(plan, number), toolsFor(pbft));
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], `schedule ${number}`);
    }
  });
});
