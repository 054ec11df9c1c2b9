/**
 * Rough runs of every protocol, each drawn from a seed and judged: what is lost, late, doubled, cut,
 * crashed and lied about, then healing. FUZZ_SEEDS: how many for each protocol; FUZZ_FROM: the first
 * one; FUZZ_SEED: one only; FUZZ_PROTOCOL: one protocol only.
 */

import { deepEqual, fail } from "node:assert/strict";
import { test } from "vitest";
import { protocols } from "../bench/protocols.ts";
import { clientIds, type NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import { faultsOf, lifeOf } from "../faults/chain.ts";
import { modes } from "../faults/modes.ts";
import type { PlacedFault } from "../faults/placed-fault.ts";
import { createKeyValue } from "../services/kv.ts";
import type { Verdict } from "./judge.ts";
import {
  duplicating,
  lossy,
  type Network,
  type Partition,
  partitioned,
  uniformDelay,
} from "./network.ts";
import { createRandom } from "./random.ts";
import type { SimulationObserver } from "./simulation.ts";
import { createTail, createTranscript } from "./transcript.ts";
import { runTrial, type TimedCrash, type TimedRequest } from "./trial.ts";

/** What a protocol is drawn for, and what must hold then. */
interface Expectation {
  readonly sizes: readonly number[];
  /** Ways in which up to f nodes fail. */
  readonly modes: readonly string[];
  readonly isSafe: boolean;
  readonly isLive: boolean;
  /** Marks that runs must come to, or they try nothing: CASES A6, negative controls. */
  readonly reached: readonly string[];
}

/** A crash is one that loses the disk: whoever keeps it is not faulty. */
const everyMode = modes.map(({ name }) => name).filter((name) => name !== "offline");
// Not "crash", as drawn here: an acceptor that forgets what it promised breaks it.
const omissions = ["dark", "delay", "bad-signature"];
/** Whoever only fails in these ways never says anything wrong: what it executes is judged. */
const harmless = new Set([...omissions, "crash", "replay"]);

const hybrid = {
  sizes: [6, 6, 7, 8, 9],
  modes: everyMode,
  reached: ["completed", "suspected", "epoch opened", "state transferred", "rolled back"],
};

const expectations: ReadonlyMap<string, Expectation> = new Map([
  [
    "pbft",
    {
      sizes: [4, 4, 5, 6, 7, 10],
      modes: everyMode,
      isSafe: true,
      isLive: true,
      reached: [
        "committed",
        "stable checkpoint",
        "new view",
        "state transferred",
        "recovered",
        "equivocation",
      ],
    },
  ],
  ["ccro-safe", { ...hybrid, isSafe: true, isLive: true }],
  // As published they fork: shown, not failed.
  ["ccro", { ...hybrid, isSafe: false, isLive: false }],
  ["ccro-certified", { ...hybrid, isSafe: false, isLive: false }],
  [
    "paxos",
    {
      sizes: [3, 3, 4, 5, 7],
      modes: omissions,
      isSafe: true,
      isLive: true,
      reached: ["chosen", "leader elected", "checkpoint", "state transferred"],
    },
  ],
  ["flood", { sizes: [2, 3, 4], modes: everyMode, isSafe: true, isLive: false, reached: [] }],
]);

/** Everything that a seed decides. */
interface Draw {
  readonly n: number;
  readonly settings: {
    readonly batch: number;
    readonly timeoutMs: number;
    readonly checkpointInterval: number;
  };
  readonly delayMs: readonly [number, number];
  readonly loss: number;
  /** Lost besides, more than others: what was decided by some stays unknown to most. */
  readonly lostKinds: readonly { readonly kind: string; readonly loss: number }[];
  readonly duplication: number;
  readonly diskMs: number;
  readonly partitions: readonly Partition[];
  readonly faults: readonly PlacedFault[];
  readonly crashes: readonly {
    readonly node: NodeId;
    readonly atMs: number;
    readonly untilMs: number;
  }[];
  readonly clients: number;
  readonly requests: readonly TimedRequest[];
}

const healedMs = 1500;
const patienceMs = 120_000;
// Where no progress is promised there is no point in waiting for it.
const shortPatienceMs = 10_000;

function draw(protocol: Protocol, expected: Expectation, seed: number): Draw {
  const random = createRandom(`fuzz ${protocol.name} ${seed}`);
  const pick = <T>(name: string, items: readonly T[]): T => {
    const [item] = random.fork(name).sample(items, 1);
    if (item === undefined) throw new Error(`nothing to pick a ${name} from`);
    return item;
  };
  const n = pick("n", expected.sizes);
  const members = protocol.members(n);
  const replicas = members.filter(({ isReplica }) => isReplica).map(({ id }) => id);
  const others = members.filter(({ isReplica }) => !isReplica).map(({ id }) => id);
  const faults = [
    ...drawFaults(protocol, expected, n, replicas, random.fork("faults")),
    ...drawControlFaults(protocol, expected, others, random.fork("control")),
  ];
  const faulty = new Set(faults.flatMap(({ nodes }) => nodes));
  const clients = pick("clients", [1, 2, 4]);
  return {
    n,
    settings: {
      batch: pick("batch", [1, 1, 2, 8]),
      timeoutMs: pick("timeout", [60, 200]),
      checkpointInterval: pick("checkpoint", [2, 3, 8, 128]),
    },
    delayMs: pick("delay", [
      [1, 10],
      [5, 5],
      [0.1, 40],
    ]),
    loss: pick("loss", [0, 0, 0.02, 0.15]),
    lostKinds: drawLostKinds(protocol.kinds, random.fork("kinds")),
    duplication: pick("duplication", [0, 0, 0.1]),
    diskMs: pick("disk", [0, 0, 3]),
    partitions: drawPartitions(
      members.map(({ id }) => id),
      random.fork("partitions"),
    ),
    faults,
    crashes: drawCrashes(
      members.map(({ id }) => id).filter((id) => !faulty.has(id)),
      random.fork("crashes"),
    ),
    clients,
    requests: drawRequests(clients, random.fork("requests")),
  };
}

/** Up to f replicas, each in one or two modes, for the whole run or for a while. */
function drawFaults(
  protocol: Protocol,
  expected: Expectation,
  n: number,
  replicas: readonly NodeId[],
  random: Random,
): readonly PlacedFault[] {
  const most = protocol.faultsTolerated(n);
  const count = random.chance(0.7) ? most : random.integer(0, most);
  // The first members hold the special roles.
  const leaders = random.chance(0.5) ? random.sample(replicas.slice(0, 2), 1) : [];
  const others = replicas.filter((id) => !leaders.includes(id));
  const faulty = [...leaders, ...random.sample(others, count)].slice(0, count);
  return faulty.flatMap((node) => drawModes(protocol, expected, node, random));
}

/** Whoever only runs the cluster may lie, too: then progress is not promised. */
function drawControlFaults(
  protocol: Protocol,
  expected: Expectation,
  nodes: readonly NodeId[],
  random: Random,
): readonly PlacedFault[] {
  return nodes.flatMap((node) =>
    random.chance(0.15) ? drawModes(protocol, expected, node, random) : [],
  );
}

function drawModes(
  { lies }: Protocol,
  expected: Expectation,
  node: NodeId,
  random: Random,
): readonly PlacedFault[] {
  const possible = expected.modes.filter(
    (mode) => mode !== "spam-view-change" || canSpam(lies, node),
  );
  return random.sample(possible, random.integer(1, 2)).map((mode) => {
    const isLasting = mode !== "crash" && random.chance(0.6);
    const [fromMs = 0, untilMs = Infinity] = isLasting ? [] : drawWindow(random);
    return { mode, args: drawArgs(mode, random), nodes: [node], fromMs, untilMs };
  });
}

function drawArgs(mode: string, random: Random): readonly string[] {
  if (mode === "delay") return [`${random.integer(5, 150)}ms`];
  return mode === "crash" ? ["lose-disk"] : [];
}

const canSpam = (lies: Protocol["lies"], self: NodeId): boolean =>
  lies.spam(1, {
    self,
    digest: (text) => text,
    seal: (message) => ({ from: self, message, signature: "" }),
    requests: [],
  }) !== undefined;

function drawWindow(random: Random): readonly [fromMs: number, untilMs: number] {
  const fromMs = random.integer(0, healedMs - 1);
  return [fromMs, random.integer(fromMs + 1, healedMs)];
}

function drawLostKinds(kinds: readonly string[], random: Random): Draw["lostKinds"] {
  const count = random.chance(0.5) ? 0 : random.integer(1, 2);
  return random.sample(kinds, count).map((kind) => ({ kind, loss: random.integer(3, 10) / 10 }));
}

function drawPartitions(ids: readonly NodeId[], random: Random): readonly Partition[] {
  return Array.from({ length: random.chance(0.6) ? 0 : random.integer(1, 3) }, () => {
    const [fromMs, untilMs] = drawWindow(random);
    const some = random.sample(ids, random.integer(1, ids.length - 1));
    return { fromMs, untilMs, groups: [some, ids.filter((id) => !some.includes(id))] };
  });
}

/** Nodes that are not faulty may stop and come back with their disks. */
function drawCrashes(replicas: readonly NodeId[], random: Random): Draw["crashes"] {
  const isEverybody = random.chance(0.1);
  const count = isEverybody ? replicas.length : Math.max(0, random.integer(-3, 3));
  return random.sample(replicas, count).map((node) => {
    const [atMs, untilMs] = drawWindow(random);
    return { node, atMs, untilMs };
  });
}

function drawRequests(clients: number, random: Random): Draw["requests"] {
  return Array.from({ length: random.integer(2, 6 * clients) }, (_, number) => {
    const [client = "c0"] = random.sample(clientIds(clients), 1);
    const atMs = random.integer(0, random.chance(0.5) ? 60 : healedMs + 200);
    const operation = `{"key":"k","op":"append","value":"${number}"}`;
    return { atMs, client, operation };
  });
}

function run(
  protocol: Protocol,
  drawn: Draw,
  seed: number,
  isLive: boolean,
  observer: SimulationObserver<Message>,
): Verdict {
  const faulty = new Set(drawn.faults.flatMap(({ nodes }) => nodes));
  const { verdict } = runTrial<Message>({
    ...drawn,
    protocol,
    seed,
    observer,
    network: roughNetwork(drawn),
    createService: createKeyValue,
    faults: new Map([...faulty].map((id) => [id, faultsOf<Message>(drawn.faults, id)])),
    liars: drawn.faults.filter(({ mode }) => !harmless.has(mode)).flatMap(({ nodes }) => nodes),
    crashes: crashesIn(drawn),
    endsAtMs: isLive ? patienceMs : shortPatienceMs,
  });
  return verdict;
}

const crashesIn = ({ crashes, faults }: Draw): readonly TimedCrash[] => [
  ...crashes.map((crash) => ({ ...crash, losesDisk: false })),
  ...faults.flatMap(({ nodes: [node = ""] }) =>
    lifeOf(faults, node).crashes.map((crash) => ({ ...crash, node })),
  ),
];

/** Rough until it heals. */
function roughNetwork({ delayMs, loss, lostKinds, duplication, partitions }: Draw): Network {
  const healed = uniformDelay(1, 10);
  const usual = duplicating(duplication, uniformDelay(...delayMs));
  const lossByKind = new Map(lostKinds.map(({ kind, loss: more }) => [kind, more]));
  const rough = partitioned(partitions, (passage) =>
    lossy(lossByKind.get(passage.kind) ?? loss, usual)(passage),
  );
  return (passage) => (passage.now < healedMs ? rough : healed)(passage);
}

const setting = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined || text === "" ? undefined : Number(text);
};

const seedsEach = setting("FUZZ_SEEDS") ?? 200;
const firstSeed = setting("FUZZ_SEED") ?? setting("FUZZ_FROM") ?? 1;
const lastSeed = setting("FUZZ_SEED") ?? firstSeed + seedsEach - 1;

/** Progress is promised while nobody lies who runs the cluster without being a replica. */
function isProgressPromised({ isLive }: Expectation, protocol: Protocol, { n, faults }: Draw) {
  const replicas = protocol.members(n).filter(({ isReplica }) => isReplica);
  const faulty = faults.flatMap(({ nodes }) => nodes);
  return isLive && faulty.every((node) => replicas.some(({ id }) => id === node));
}

function complaintAbout(verdict: Verdict, isSafe: boolean, isLive: boolean): string | undefined {
  if (isSafe && verdict.safety === "violated") return "is not safe";
  return isLive && verdict.liveness !== "ok" ? "makes no progress after healing" : undefined;
}

for (const protocol of protocols) {
  const expected = expectations.get(protocol.name);
  if (expected === undefined) continue;
  if (![undefined, protocol.name].includes(process.env["FUZZ_PROTOCOL"])) continue;
  test(`${protocol.name} keeps what it promises, whatever happens, on seeds ${firstSeed} to ${lastSeed}`, () => {
    const outcomes = new Map<string, number>();
    const reached = new Map<string, number>();
    const failures: Failure[] = [];
    for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
      const drawn = draw(protocol, expected, seed);
      const marks = new Set<string>();
      const isLive = isProgressPromised(expected, protocol, drawn);
      const verdict = run(protocol, drawn, seed, isLive, {
        effect: (_node, effect) => {
          if (effect.kind === "mark") marks.add(effect.mark.name);
        },
      });
      countUp(outcomes, `safety ${verdict.safety}, liveness ${verdict.liveness}`);
      for (const mark of marks) countUp(reached, mark);
      const complaint = complaintAbout(verdict, expected.isSafe, isLive);
      if (complaint !== undefined) failures.push({ seed, drawn, isLive, complaint });
    }
    report(protocol.name, outcomes, reached);
    const [first, ...others] = failures;
    if (first !== undefined) fail(tell(protocol, first, others));
    if (lastSeed - firstSeed < 50) return;
    deepEqual(
      expected.reached.filter((mark) => !reached.has(mark)),
      [],
      "marks that no run came to",
    );
  });
}

const countUp = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

function report(name: string, ...counts: readonly ReadonlyMap<string, number>[]): void {
  const told = counts.map((each) =>
    [...each].map(([what, count]) => `${count} ${what}`).join(", "),
  );
  process.stdout.write(`${name}, runs: ${told.join("; ")}\n`);
}

interface Failure {
  readonly seed: number;
  readonly drawn: Draw;
  readonly isLive: boolean;
  readonly complaint: string;
}

/** Everything that somebody needs who was not there: seed, what was drawn, the end of the run. */
function tell(
  protocol: Protocol,
  { seed, drawn, isLive, complaint }: Failure,
  others: readonly Failure[],
): string {
  const tail = createTail(30);
  const transcript = createTranscript<Message>((line) => tail.write(line));
  const verdict = run(protocol, drawn, seed, isLive, transcript);
  const { faults, crashes, partitions, requests, ...rest } = drawn;
  return [
    `${protocol.name} ${complaint}, seed ${seed}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    `  drawn: ${JSON.stringify(rest)}`,
    ...[...faults, ...crashes, ...partitions, ...requests].map(
      (item) => `    ${JSON.stringify(item)}`,
    ),
    "  the last events:",
    ...tail.lines().map((line) => `    ${line}`),
    ...(others.length === 0
      ? []
      : [`  other seeds: ${others.map((other) => `${other.seed} ${other.complaint}`).join(", ")}`]),
    `  again: FUZZ_PROTOCOL=${protocol.name} FUZZ_SEED=${seed} npx vitest run sim/fuzz.test.ts`,
  ].join("\n");
}
