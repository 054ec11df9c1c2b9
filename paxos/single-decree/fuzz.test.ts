import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { clientIds, type NodeId } from "../../core/ids.ts";
import type { Random } from "../../core/random.ts";
import { createEcho } from "../../services/echo.ts";
import { duplicating, lossy, uniformDelay } from "../../sim/network.ts";
import { createRandom } from "../../sim/random.ts";
import { Simulation } from "../../sim/simulation.ts";
import { type SingleDecreeMessage, singleDecree } from "./index.ts";
import { seatsOf } from "./roles.ts";

interface Drawn {
  readonly proposers: number;
  readonly acceptors: number;
  readonly learners: number;
  readonly clients: number;
  readonly loss: number;
  readonly duplication: number;
  readonly slowestMs: number;
  readonly asked: readonly number[];
  readonly outages: readonly Outage[];
}

/** A node that stops, and comes back with its disk or never. */
interface Outage {
  readonly node: NodeId;
  readonly from: number;
  readonly until: number | undefined;
}

const drawShape = (random: Random) => ({
  proposers: random.integer(1, 5),
  acceptors: random.integer(3, 5),
  learners: random.integer(1, 2),
  clients: random.integer(1, 8),
});

function drawCalm(random: Random): Drawn {
  const shape = drawShape(random);
  const asked = clientIds(shape.clients).map(() => random.integer(0, 100));
  return { ...shape, loss: 0, duplication: 0, slowestMs: 20, asked, outages: [] };
}

/** Fewer than half of the acceptors, and all proposers but one, fail somewhere on the way. */
function drawRough(random: Random): Drawn {
  const shape = drawShape(random);
  const seats = seatsOf(shape);
  const failing = [
    ...random.sample(seats.acceptors, random.integer(0, Math.floor((shape.acceptors - 1) / 2))),
    ...random.sample(seats.proposers, random.integer(0, shape.proposers - 1)),
  ];
  return {
    ...shape,
    loss: random.integer(0, 20) / 100,
    duplication: random.integer(0, 20) / 100,
    slowestMs: random.integer(2, 300),
    asked: clientIds(shape.clients).map(() => random.integer(0, 2_000)),
    outages: failing.map((node) => {
      const from = random.integer(0, 2_000);
      return {
        node,
        from,
        until: random.chance(0.5) ? from + random.integer(1, 3_000) : undefined,
      };
    }),
  };
}

function run(drawn: Drawn, seed: number) {
  const { clients, loss, duplication, slowestMs, ...counts } = drawn;
  const answers: (readonly [NodeId, string])[] = [];
  const learned = new Set<string>();
  const simulation = new Simulation<SingleDecreeMessage>({
    protocol: singleDecree(counts),
    n: counts.proposers + counts.acceptors + counts.learners,
    clients,
    seed,
    settings: { batch: 1, timeoutMs: 500, checkpointInterval: 128 },
    network: lossy(loss, duplicating(duplication, uniformDelay(1, slowestMs))),
    createService: createEcho,
    observer: {
      effect: (node, effect) => {
        if (effect.kind === "accept") answers.push([node, effect.acceptance.result]);
        if (effect.kind !== "deliver") return;
        for (const { operation } of effect.delivery.executed) learned.add(operation);
      },
    },
  });
  for (const [index, at] of drawn.asked.entries()) {
    simulation.at(at, () => simulation.request(`c${index}`, String(100 + index)));
  }
  for (const { node, from, until } of drawn.outages) {
    simulation.at(from, () => simulation.crash(node));
    if (until !== undefined) simulation.at(until, () => simulation.restart(node));
  }
  simulation.run(300_000, () => answers.length === clients);
  return { answers, learned };
}

const runs = Number(process.env["SEEDS"] ?? 1_000);

describe(`${runs} of ${runs} runs give every client the same value`, () => {
  for (const [weather, draw] of [
    ["in calm weather", drawCalm],
    [
      "with loss, duplication, delays, a minority of acceptors and most proposers failing",
      drawRough,
    ],
  ] as const) {
    test(weather, () => {
      for (let seed = 0; seed < runs; seed += 1) {
        const drawn = draw(createRandom(`single decree ${seed}`));
        const { answers, learned } = run(drawn, seed);
        const story = `seed ${seed}: ${JSON.stringify(drawn)}`;
        deepEqual(answers.map(([client]) => client).sort(), clientIds(drawn.clients), story);
        deepEqual(new Set(answers.map(([, value]) => value)), learned, story);
        equal(learned.size, 1, story);
      }
    });
  }
});
