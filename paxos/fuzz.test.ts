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

const healedAtMs = 8_000;
const endsAtMs = 120_000;
const timeoutMs = 300;

interface Drawn {
  readonly n: number;
  readonly clients: number;
  readonly batch: number;
  readonly checkpointInterval: number;
  readonly loss: number;
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

function draw(random: Random): Drawn {
  const n = random.integer(1, 7);
  const members = paxos.members(n).map(({ id }) => id);
  const clients = random.integer(1, 4);
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: random.integer(0, most) }, (_, index) => make(index));
  const window = () => {
    const from = random.integer(0, healedAtMs - 1);
    return { from, until: Math.min(healedAtMs, from + random.integer(50, 3_000)) };
  };
  return {
    n,
    clients,
    batch: random.integer(1, 4),
    checkpointInterval: random.integer(1, 8),
    loss: random.integer(0, 3) / 10,
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
function run(seed: number) {
  const drawn = draw(createRandom(`paxos fuzz ${seed}`));
  const { n, clients, batch, checkpointInterval } = drawn;
  const jury = new Jury(paxos.members(n).map(({ id }) => id));
  const simulation = new Simulation<PaxosMessage>({
    protocol: paxos,
    n,
    clients,
    seed,
    settings: { batch, checkpointInterval, timeoutMs },
    network: networkOf(drawn),
    createService: createKeyValue,
    observer: jury.observer(),
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
  simulation.run(endsAtMs);
  const last = { op: "get", key: "k0" };
  // One more request shows everybody how far the others are.
  jury.submitted("c0", JSON.stringify(last));
  simulation.request("c0", JSON.stringify(last));
  simulation.run(endsAtMs + 20 * timeoutMs);
  return { drawn, simulation, verdict: jury.verdict() };
}

function networkOf({ loss, duplication, slowestMs, partitions }: Drawn): Network {
  const calm = uniformDelay(1, 20);
  const rough = lossy(loss, duplicating(duplication, uniformDelay(1, slowestMs)));
  const cut = partitioned(partitions, rough);
  return (passage) => (passage.now < healedAtMs ? cut : calm)(passage);
}

const seeds = Number(process.env["SEEDS"] ?? 300);
const firstSeed = Number(process.env["SEED"] ?? 0);

test(`${seeds} seeds of loss, delay, duplication, partitions and crashes: safe, then all answered`, () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { drawn, simulation, verdict } = run(seed);
    const story = () => `seed ${seed}: ${verdict.reasons.join("; ")}\n${JSON.stringify(drawn)}`;
    ok(verdict.safety === "ok" && verdict.liveness === "ok", story());
    const slots = new Set(simulation.members.map((id) => slotOf(simulation, id)));
    equal(slots.size, 1, `everybody is at the same slot, ${[...slots]}: ${story()}`);
  }
});

const slotOf = (simulation: Simulation<PaxosMessage>, id: NodeId) =>
  simulation.node(id)?.machine.status().slot;
