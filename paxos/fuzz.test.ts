import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { NodeId } from "../core/ids.ts";
import type { Random } from "../core/random.ts";
import { createKeyValue } from "../services/kv.ts";
import { Jury } from "../sim/judge.ts";
import {
  duplicating,
  lossy,
  type Network,
  type Partition,
  partitioned,
  uniformDelay,
} from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { paxos } from "./index.ts";
import type { PaxosMessage } from "./messages.ts";

/** What is not answered so long after the healing never will be. */
const patienceMs = 60_000;

interface Drawn {
  readonly healedAtMs: number;
  readonly n: number;
  readonly clients: number;
  readonly batch: number;
  readonly checkpointInterval: number;
  readonly timeoutMs: number;
  /** How long a record takes to be on disk. */
  readonly diskMs: number;
  readonly loss: number;
  /** Of accept, accepted and chosen. */
  readonly lossOfProposals: number;
  readonly duplication: number;
  readonly slowestMs: number;
  readonly partitions: readonly Partition[];
  readonly crashes: readonly Crash[];
  readonly requests: readonly {
    readonly at: number;
    readonly client: NodeId;
    readonly text: string;
  }[];
}

interface Crash {
  readonly node: NodeId;
  readonly from: number;
  readonly until: number;
}

/**
 * Leaders change all the time, and most of what they propose gets through to few: many values are
 * accepted in one slot, in different ballots, before one is chosen.
 */
function drawStorm(random: Random): Drawn {
  const n = random.integer(1, 2) * 2 + 1;
  const clients = random.integer(3, 8);
  return {
    healedAtMs: 1_500,
    n,
    clients,
    batch: 1,
    checkpointInterval: random.integer(2, 8),
    timeoutMs: random.integer(30, 60),
    diskMs: random.integer(0, 1) * 5,
    loss: 0.1,
    lossOfProposals: random.integer(3, 8) / 10,
    duplication: 0.5,
    slowestMs: random.integer(20, 60),
    partitions: [],
    crashes: Array.from({ length: random.integer(0, 5) }, () => {
      const from = random.integer(0, 1_500);
      return { node: `r${random.integer(0, n - 1)}`, from, until: from + random.integer(1, 100) };
    }),
    requests: Array.from({ length: 20 }, (_, index) => ({
      at: random.integer(0, 1_500),
      client: `c${random.integer(0, clients - 1)}`,
      text: JSON.stringify({ key: `k${index % 3}`, op: "append", value: `${index};` }),
    })),
  };
}

function draw(random: Random): Drawn {
  const healedAtMs = 5_000;
  const n = random.integer(1, 6);
  const members = paxos.members(n).map(({ id }) => id);
  const clients = random.integer(1, 6);
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: random.integer(0, most) }, (_, index) => make(index));
  const window = () => {
    const from = random.integer(0, healedAtMs - 1);
    return { from, until: Math.min(healedAtMs, from + random.integer(50, 3_000)) };
  };
  return {
    healedAtMs,
    n,
    clients,
    batch: random.integer(1, 4),
    checkpointInterval: random.integer(1, 8),
    // Shorter than some messages take: then leaders change all the time.
    timeoutMs: random.chance(0.5) ? 60 : 300,
    diskMs: random.integer(0, 1) * 5,
    loss: random.integer(0, 3) / 10,
    lossOfProposals: 0,
    duplication: random.integer(0, 3) / 10,
    slowestMs: random.integer(2, 200),
    partitions: some(4, () => {
      const { from: fromMs, until: untilMs } = window();
      const group = random.sample(members, random.integer(1, n));
      return { fromMs, untilMs, groups: [group, members.filter((id) => !group.includes(id))] };
    }),
    crashes: some(4, () => ({ node: `r${random.integer(0, n - 1)}`, ...window() })),
    requests: Array.from({ length: random.integer(1, 40) }, (_, index) => ({
      at: random.integer(0, healedAtMs),
      client: `c${random.integer(0, clients - 1)}`,
      text: JSON.stringify({ key: `k${index % 3}`, op: "append", value: `${index};` }),
    })),
  };
}

/** Everything goes wrong until the cluster heals; then all must be well again. */
function run(drawn: Drawn, seed: number) {
  const { n, clients, batch, checkpointInterval, timeoutMs } = drawn;
  const jury = new Jury(paxos.members(n).map(({ id }) => id));
  const heard = jury.observer<PaxosMessage>();
  let accepted = 0;
  const simulation = new Simulation<PaxosMessage>({
    protocol: paxos,
    n,
    clients,
    seed,
    settings: { batch, checkpointInterval, timeoutMs },
    network: networkOf(drawn),
    diskMs: drawn.diskMs,
    createService: createKeyValue,
    observer: {
      ...heard,
      effect: (node, effect, now) => {
        heard.effect?.(node, effect, now);
        if (effect.kind === "accept") accepted += 1;
      },
    },
  });
  for (const { at, client, text } of drawn.requests) {
    simulation.at(at, () => {
      jury.submitted(client, text);
      simulation.request(client, text);
    });
  }
  for (const { node, from, until } of drawn.crashes) {
    simulation.at(from, () => simulation.crash(node));
    simulation.at(until, () => simulation.restart(node));
  }
  simulation.run(drawn.healedAtMs);
  simulation.run(patienceMs, () => accepted === drawn.requests.length);
  const last = { key: "k0", op: "get" };
  // One more request shows everybody how far the others are.
  jury.submitted("c0", JSON.stringify(last));
  simulation.request("c0", JSON.stringify(last));
  simulation.run(simulation.now + 20 * timeoutMs);
  return { simulation, verdict: jury.verdict() };
}

const proposing: ReadonlySet<string> = new Set(["accept", "accepted", "chosen"]);

function networkOf(drawn: Drawn): Network {
  const { healedAtMs, loss, lossOfProposals, duplication, slowestMs, partitions } = drawn;
  const calm = uniformDelay(1, 20);
  const rough = lossy(loss, duplicating(duplication, uniformDelay(1, slowestMs)));
  const storm: Network = (passage) =>
    proposing.has(passage.kind) && passage.random.chance(lossOfProposals) ? [] : rough(passage);
  const cut = partitioned(partitions, storm);
  return (passage) => (passage.now < healedAtMs ? cut : calm)(passage);
}

const seeds = Number(process.env["SEEDS"] ?? 150);
const firstSeed = Number(process.env["SEED"] ?? 0);

for (const [weather, drawRun] of [
  ["loss, delay, duplication, partitions and crashes", draw],
  ["a storm of leaders", drawStorm],
] as const) {
  test(`${seeds} seeds of ${weather}: safe, then all answered, then all equal`, () => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      const drawn = drawRun(createRandom(`paxos fuzz ${seed}`));
      const { simulation, verdict } = run(drawn, seed);
      const story = () => `seed ${seed}: ${verdict.reasons.join("; ")}\n${JSON.stringify(drawn)}`;
      ok(verdict.safety === "ok" && verdict.liveness === "ok", story());
      const slots = new Set(simulation.members.map((id) => slotOf(simulation, id)));
      equal(slots.size, 1, `everybody is at the same slot, ${[...slots]}: ${story()}`);
    }
  });
}

const slotOf = (simulation: Simulation<PaxosMessage>, id: NodeId) =>
  simulation.node(id)?.machine.status().slot;
