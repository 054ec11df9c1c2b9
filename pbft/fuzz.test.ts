import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import type { Fault } from "../core/fault.ts";
import { clientIds, type NodeId, replicaIds } from "../core/ids.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";
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
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

// Whole clusters on random seeds: loss, duplicates, delays, partitions, crashes, lies; then healing.
// More: FUZZ_SEEDS=20000 npx vitest run pbft/fuzz.test.ts. One again: FUZZ_SEED=7 npx vitest run …
const timeoutMs = 200;
const mostDisturbedMs = 5000;
// Time-outs have doubled a few times by then, and some more doublings must do.
const patienceMs = 40_000;
const aftermathMs = 8_000;

const modes = [
  "offline",
  "crash",
  "amnesia",
  "corrupt",
  "equivocate",
  "forge",
  "dark",
  "withhold",
  "delay",
  "bad seal",
  "spam",
] as const;
type Mode = (typeof modes)[number];
/** These run the protocol as it is, so they must be where everybody is in the end. */
const catchesUp = new Set<Mode | undefined>([undefined, "amnesia", "spam"]);

interface Trial {
  readonly seed: number;
  readonly n: number;
  readonly clients: number;
  readonly batch: number;
  readonly checkpointInterval: number;
  readonly healedAtMs: number;
  readonly loss: number;
  readonly duplication: number;
  readonly slowestMs: number;
  readonly partitions: readonly Partition[];
  /** Kinds of messages most of which get lost. */
  readonly lostKinds: readonly string[];
  readonly faulty: ReadonlyMap<NodeId, Mode>;
  /** Crashes of anybody who is not faulty; all come back with their disks. */
  readonly crashes: readonly {
    readonly id: NodeId;
    readonly at: number;
    readonly backAt: number;
  }[];
  readonly diskMs: number;
}

const pick = <T>(random: Random, items: readonly T[]): T => random.sample(items, 1)[0] as T;
const some = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: random.integer(0, most) }, make);

function draw(seed: number): Trial {
  const random = createRandom(`pbft ${seed}`);
  const n = pick(random, [1, 2, 3, 4, 4, 4, 5, 6, 7, 7, 10]);
  const ids = replicaIds(n);
  const healedAtMs = random.integer(500, mostDisturbedMs);
  const window = () => {
    const from = random.integer(0, healedAtMs - 1);
    return { from, until: Math.min(healedAtMs, from + random.integer(50, 2500)) };
  };
  const faulty = new Map(drawFaulty(random, ids).map((id) => [id, pick(random, modes)]));
  const restarts = random.chance(0.4);
  return {
    seed,
    n,
    clients: random.integer(1, 5),
    batch: pick(random, [1, 1, 2, 8]),
    checkpointInterval: pick(random, [1, 2, 4, 8, 128]),
    healedAtMs,
    loss: random.chance(0.5) ? 0.2 * random.fraction() : 0,
    duplication: random.chance(0.5) ? 0.1 : 0,
    slowestMs: pick(random, [2, 10, 40, 150]),
    partitions: some(random, 3, () => {
      const { from, until } = window();
      const shuffled = random.sample(ids, n);
      const cut = random.integer(1, n);
      return {
        fromMs: from,
        untilMs: until,
        groups: [shuffled.slice(0, cut), shuffled.slice(cut)],
      };
    }),
    lostKinds: random.chance(0.3) ? random.sample(pbft.kinds, random.integer(1, 3)) : [],
    faulty,
    crashes: some(random, restarts ? 8 : 0, () => {
      const { from, until } = window();
      return { id: pick(random, ids), at: from, backAt: until };
    }).filter(({ id }) => !faulty.has(id)),
    diskMs: restarts && random.chance(0.5) ? random.integer(1, 30) : 0,
  };
}

/** Up to f of them, the first primary rather often. */
function drawFaulty(random: Random, ids: readonly NodeId[]): readonly NodeId[] {
  const count = random.integer(0, pbft.faultsTolerated(ids.length));
  const drawn = random.sample(ids, count);
  return count > 0 && random.chance(0.4) ? [...new Set(["r0", ...drawn])].slice(0, count) : drawn;
}

function faultOf(
  mode: Mode,
  random: Random,
  ids: readonly NodeId[],
): Fault<PbftMessage> | undefined {
  const victims = new Set(random.sample(ids, random.integer(1, ids.length)));
  const kinds = new Set(random.sample(pbft.kinds, 3));
  const since = random.chance(0.5) ? 0 : random.integer(0, mostDisturbedMs);
  const name = mode;
  switch (mode) {
    case "corrupt":
    case "equivocate":
    case "forge":
      return {
        name,
        onSend(envelope, { now, lies, tools }) {
          const isSpared = mode === "equivocate" && !victims.has(envelope.to);
          if (now < since || isSpared) return [envelope];
          const message = lies[mode](envelope.message, tools);
          return [
            message === undefined ? envelope : { ...envelope, message, forwarded: undefined },
          ];
        },
      };
    case "dark":
      return { name, onSend: (envelope) => (victims.has(envelope.to) ? [] : [envelope]) };
    case "withhold":
      return { name, onSend: (envelope) => (kinds.has(envelope.message.kind) ? [] : [envelope]) };
    case "delay":
      return { name, onSend: (envelope) => [{ ...envelope, delayMs: 0.8 * timeoutMs }] };
    case "bad seal":
      return {
        name,
        onSend: (envelope, { now }) => [{ ...envelope, isBadlySealed: now >= since }],
      };
    case "spam":
      return {
        name,
        everyMs: 50,
        onSend: (envelope) => [envelope],
        onTick: ({ peers, view, lies, tools }) =>
          peers.flatMap((to) => {
            const message = lies.spam(view + random.integer(0, 3), tools);
            return message === undefined ? [] : [{ to, message, delayMs: 0, isBadlySealed: false }];
          }),
      };
    default:
      return undefined;
  }
}

/** Results tell the order in which operations were executed. */
function createCounter(): Service {
  let count = 0;
  return {
    execute(operation) {
      count += 1;
      return {
        result: JSON.stringify([count, operation]),
        undo: () => {
          count -= 1;
        },
      };
    },
    snapshot: () => String(count),
    restore: (snapshot) => {
      count = Number(snapshot);
    },
    view: () => count,
  };
}

/** What was wrong in the end; nothing, if all is well. */
function run(trial: Trial): readonly string[] {
  const { seed, n, clients, healedAtMs, faulty, crashes } = trial;
  const { batch, checkpointInterval } = trial;
  const random = createRandom(`pbft ${seed} run`);
  const ids = replicaIds(n);
  const jury = new Jury(ids.filter((id) => !faulty.has(id)));
  const disturbed = partitioned(
    trial.partitions,
    duplicating(trial.duplication, lossy(trial.loss, uniformDelay(1, trial.slowestMs))),
  );
  const healed = duplicating(trial.duplication, uniformDelay(1, 10));
  const isLost = ({ kind, random: draws }: Parameters<Network>[0]) =>
    trial.lostKinds.includes(kind) && draws.chance(0.7);
  const network: Network = (passage) => {
    if (passage.now >= healedAtMs) return healed(passage);
    return isLost(passage) ? [] : disturbed(passage);
  };
  const faults = new Map(
    [...faulty].flatMap(([id, mode]) => {
      const fault = faultOf(mode, random, ids);
      return fault === undefined ? [] : [[id, [fault]] as const];
    }),
  );
  let asked = 0;
  let accepted = 0;
  const judged = jury.observer<PbftMessage>();
  const simulation = new Simulation<PbftMessage>({
    protocol: pbft,
    n,
    clients,
    seed,
    settings: { batch, timeoutMs, checkpointInterval },
    network,
    createService: createCounter,
    offline: [...faulty].flatMap(([id, mode]) => (mode === "offline" ? [id] : [])),
    faults,
    observer: {
      ...judged,
      effect(node, effect, now) {
        judged.effect?.(node, effect, now);
        if (effect.kind === "accept") accepted += 1;
      },
    },
    diskMs: trial.diskMs,
    keepsDisks: crashes.length > 0,
  });
  const ask = (client: NodeId) => {
    asked += 1;
    jury.submitted(client, String(asked));
    simulation.request(client, String(asked));
  };
  for (const client of clientIds(clients)) {
    for (const at of some(random, 8, () => random.integer(0, healedAtMs))) {
      simulation.at(at, () => ask(client));
    }
    for (const later of [0, 50, 100]) {
      simulation.at(healedAtMs + 4000 + later, () => ask(client));
    }
  }
  for (const { id, at, backAt } of crashes) {
    simulation.at(at, () => simulation.crash(id));
    simulation.at(backAt, () => simulation.restart(id));
  }
  for (const [id, mode] of faulty) {
    if (mode !== "crash" && mode !== "amnesia") continue;
    const at = random.integer(0, healedAtMs);
    simulation.at(at, () => simulation.crash(id));
    if (mode === "crash") continue;
    simulation.at(at + random.integer(0, 1500), () => simulation.restart(id, { losesDisk: true }));
  }
  simulation.run(healedAtMs + 4200);
  simulation.run(healedAtMs + patienceMs, () => accepted === asked);
  simulation.run(simulation.now + aftermathMs);
  return [...jury.verdict().reasons, ...stragglers(simulation, faulty)];
}

function stragglers(
  simulation: Simulation<PbftMessage>,
  faulty: ReadonlyMap<NodeId, Mode>,
): readonly string[] {
  const places = simulation.members
    .filter((id) => catchesUp.has(faulty.get(id)))
    .map((id) => ({ id, slot: simulation.node(id)?.machine.status().slot ?? 0 }));
  const furthest = Math.max(...places.map(({ slot }) => slot));
  return places
    .filter(({ slot }) => slot < furthest)
    .map(({ id, slot }) => `${id} stays at slot ${slot} of ${furthest}`);
}

const only = process.env["FUZZ_SEED"];
const count = Number(process.env["FUZZ_SEEDS"] ?? 300);
const seeds =
  only === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(only)];

test(`${seeds.length} disturbed clusters: safe all the time, live once healed`, {
  timeout: 86_400_000,
}, () => {
  const failures = seeds.flatMap((seed) => {
    const trial = draw(seed);
    const problems = run(trial);
    if (problems.length === 0) return [];
    const drawn = JSON.stringify({ ...trial, faulty: [...trial.faulty] });
    const again = `FUZZ_SEED=${seed} npx vitest run pbft/fuzz.test.ts`;
    return [`${problems.join("; ")}\n  ${drawn}\n  ${again}`];
  });
  deepEqual(failures, []);
});
