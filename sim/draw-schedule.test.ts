/** Each concern draws from its own generator: changing one shifts no other. */

import { deepEqual, notDeepEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { sequencer } from "../test-support/sequencer.ts";
import { drawSchedule, type HuntingGround } from "./draw-schedule.ts";
import type { Network } from "./network.ts";
import type { Schedule, ScheduleEvent } from "./schedule.ts";
import { Simulation } from "./simulation.ts";

const ground: HuntingGround = {
  protocol: { ...sequencer, faultsTolerated: (n) => Math.floor((n - 1) / 3) },
  sizes: [7],
  modes: ["malicious", "dark", "replay"],
  hasTwins: true,
  scenes: [],
};
const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const schedulesIn = (place: HuntingGround): readonly Schedule[] =>
  seeds.map((seed) => drawSchedule(place, seed));

const concerns: Readonly<Record<string, readonly ScheduleEvent["kind"][]>> = {
  load: ["request"],
  network: ["lose", "slow", "duplicate", "partition"],
  clocks: ["clock"],
  faults: ["fault", "mutation", "crash"],
};
const eventsOf = (schedules: readonly Schedule[], concern: string) =>
  schedules.map(({ events }) => events.filter(({ kind }) => concerns[concern]?.includes(kind)));

describe("drawing schedules", () => {
  const usual = schedulesIn(ground);

  test("every concern is drawn", () => {
    for (const name of Object.keys(concerns))
      ok(
        eventsOf(usual, name).some(({ length }) => length > 0),
        name,
      );
  });

  const changes: readonly (readonly [what: string, change: Partial<HuntingGround>])[] = [
    ["other ways to fail", { modes: [] }],
    ["no twins", { hasTwins: false }],
    ["nobody who fails", { protocol: { ...ground.protocol, faultsTolerated: () => 0 } }],
  ];
  for (const [what, change] of changes) {
    const others = schedulesIn({ ...ground, ...change });
    test(`${what}: other faults, the same load, network and clocks`, () => {
      for (const name of ["load", "network", "clocks"]) {
        deepEqual(eventsOf(others, name), eventsOf(usual, name), name);
      }
      notDeepEqual(eventsOf(others, "faults"), eventsOf(usual, "faults"));
    });
  }
});

describe("a running cluster", () => {
  /** What each node's own generator gives in a run under this network. */
  const drawnByNodes = (network: Network, nodes = 3): ReadonlyMap<string, number> => {
    const drawn = new Map<string, number>();
    const simulation = new Simulation({
      protocol: {
        ...sequencer,
        createMember: (setup) => {
          const machine = sequencer.createMember(setup);
          return {
            status: () => machine.status(),
            log: (from, to) => machine.log(from, to),
            step(input, now) {
              if (input.kind === "message") drawn.set(setup.id, setup.tools.random.integer(0, 1e9));
              return machine.step(input, now);
            },
          };
        },
      },
      n: nodes,
      clients: 1,
      seed: 5,
      settings: { batch: 1, timeoutMs: 1_000, checkpointInterval: 128 },
      network,
      createService: createEcho,
    });
    simulation.request("c0", "1");
    simulation.run(50);
    return drawn;
  };

  const quiet: Network = () => [1];
  test("a network that draws shifts no node", () => {
    const busy: Network = ({ random }) => [1 + random.integer(0, 5) / 1_000];
    deepEqual(drawnByNodes(busy), drawnByNodes(quiet));
  });

  test("one more node shifts no other, and all draw differently", () => {
    const [few, more] = [drawnByNodes(quiet, 3), drawnByNodes(quiet, 4)];
    deepEqual([...more].slice(0, 3), [...few]);
    ok(new Set(more.values()).size === 4);
  });

  test("nodes that draw shift no network", () => {
    const delaysUnder = (extraDraws: number) => {
      const delays: number[] = [];
      const noisy = {
        ...sequencer,
        createMember: (setup: Parameters<typeof sequencer.createMember>[0]) => {
          for (let draw = 0; draw < extraDraws; draw += 1) setup.tools.random.fraction();
          return sequencer.createMember(setup);
        },
      };
      const simulation = new Simulation({
        protocol: noisy,
        n: 3,
        clients: 1,
        seed: 5,
        settings: { batch: 1, timeoutMs: 1_000, checkpointInterval: 128 },
        network: ({ random }) => {
          const delay = random.integer(1, 9);
          delays.push(delay);
          return [delay];
        },
        createService: createEcho,
      });
      simulation.request("c0", "1");
      simulation.run(100);
      return delays;
    };
    ok(delaysUnder(0).length > 5);
    deepEqual(delaysUnder(7), delaysUnder(0));
  });
});
