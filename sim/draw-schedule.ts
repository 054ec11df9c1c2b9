/** Random schedules for the hunt: everything about one is drawn from its seed. */

import { clientIds, type Millis, type NodeId } from "../core/ids.ts";
import type { Member, Protocol } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import { createRandom } from "./random.ts";
import { type Cast, castScene, replicasIn, type Scene } from "./scenes.ts";
import type { CrashEvent, FaultEvent, MutationEvent, Schedule, ScheduleEvent } from "./schedule.ts";

export interface HuntingGround {
  readonly protocol: Protocol;
  /** Cluster sizes to draw from. */
  readonly sizes: readonly number[];
  /** Byzantine modes to draw from; none for protocols that only promise to survive crashes. */
  readonly modes: readonly string[];
  /** Whether a faulty node may live twice. */
  readonly hasTwins: boolean;
  /** Faults of roles; those of nodes that only run the cluster come besides. */
  readonly scenes: readonly Scene[];
  /** Whoever shares its faults: in each of these at most f misbehave. Absent: all are one. */
  quarters?(n: number): readonly Quarter[];
}

export interface Quarter {
  readonly members: readonly Member[];
  readonly f: number;
}

const timeoutMs = 100;
const healedAtMs = 2_000;
// Time-outs have doubled a few times by then; some more doublings must be enough.
const endsAtMs = healedAtMs + 1_000 * timeoutMs;

export function drawSchedule(ground: HuntingGround, seed: number): Schedule {
  const random = createRandom(`hunt ${ground.protocol.name} ${seed}`);
  const [n = 4] = random.fork("size").sample(ground.sizes, 1);
  const members = ground.protocol.members(n);
  const f = ground.protocol.faultsTolerated(n);
  const quarters = ground.quarters?.(n) ?? [{ members, f }];
  const [stage = { members, f }] = random.fork("stage").sample(quarters, 1);
  const played = drawScenes(ground, stage, random.fork("scenes"));
  const players = members.filter(({ id }) => played.some(({ node }) => node === id));
  const faulty = quarters.flatMap((quarter, index) =>
    drawOthers(quarter, players, random.fork(index === 0 ? "faulty" : `faulty ${index}`)),
  );
  const twins = ground.hasTwins && random.fork("twins").chance(0.2) ? faulty.slice(0, 1) : [];
  const clients = random.fork("clients").integer(1, 3);
  return {
    protocol: ground.protocol.name,
    n,
    seed,
    clients,
    settings: drawSettings(random.fork("settings")),
    delayMs: [1, 10],
    twins,
    healedAtMs,
    endsAtMs,
    events: [
      ...drawRequests(clients, random.fork("requests")),
      ...drawLinks(members, random.fork("links")),
      ...drawPartitions(members, random.fork("partitions")),
      ...drawSilences(ground.protocol, random.fork("silences")),
      ...drawClocks(members, random.fork("clocks")),
      ...faulty.flatMap((node) =>
        twins.includes(node) ? [] : drawMisbehaviour(ground, node, members, random.fork(node)),
      ),
      ...played,
    ],
  };
}

const isReplica = (member: Member): boolean => member.isReplica;

/** Half of all schedules have a scene of replicas, a quarter one of those who only run the cluster. */
function drawScenes(
  { scenes }: HuntingGround,
  { members, f }: Quarter,
  random: Random,
): readonly (FaultEvent | CrashEvent)[] {
  const cast: Cast = { members, healedAtMs, endsAtMs };
  const needs = (scene: Scene) => replicasIn(scene, members);
  const kinds = [
    { share: 0.5, possible: scenes.filter((scene) => needs(scene) > 0) },
    { share: 0.25, possible: scenes.filter((scene) => needs(scene) === 0) },
  ];
  return kinds.flatMap(({ share, possible }) => {
    if (!random.chance(share)) return [];
    const fitting = possible.filter((scene) => needs(scene) <= f);
    return random.sample(fitting, 1).flatMap((scene) => castScene(scene, cast, random));
  });
}

/** Who misbehaves besides those who play in a scene: with them at most f. */
function drawOthers(
  quarter: Quarter,
  players: readonly Member[],
  random: Random,
): readonly NodeId[] {
  const ids = new Set(quarter.members.filter(isReplica).map(({ id }) => id));
  const playing = players.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  return drawFaulty(quarter, random)
    .filter((id) => !playing.includes(id))
    .slice(0, quarter.f - playing.length);
}

/** At most f replicas misbehave, whatever their roles; the first members are drawn more often. */
function drawFaulty({ members, f }: Quarter, random: Random): readonly NodeId[] {
  const replicas = members.filter(isReplica).map(({ id }) => id);
  const count = random.integer(0, f);
  const leaders = random.chance(0.5) ? random.sample(replicas.slice(0, 2), 1) : [];
  const others = replicas.filter((id) => !leaders.includes(id));
  return [...leaders, ...random.sample(others, count)].slice(0, count);
}

function drawSettings(random: Random) {
  const [batch = 1] = random.sample([1, 1, 2, 8], 1);
  const [checkpointInterval = 128] = random.sample([2, 4, 128], 1);
  return { batch, timeoutMs, checkpointInterval };
}

function drawRequests(clients: number, random: Random): readonly ScheduleEvent[] {
  const count = random.integer(1, 6);
  return Array.from({ length: count }, (_, index) => {
    const [client = "c0"] = random.sample(clientIds(clients), 1);
    // Most come early, while leaders are still changing.
    const atMs = random.chance(0.7) ? random.integer(0, 50) : random.integer(0, healedAtMs);
    return { kind: "request", atMs, client, operation: `{"put":${index}}` };
  });
}

function drawWindow(random: Random): { readonly fromMs: Millis; readonly untilMs: Millis } {
  const fromMs = random.chance(0.3) ? 0 : random.integer(0, healedAtMs / 2);
  const lengthMs = random.chance(0.5) ? random.integer(1, 60) : random.integer(1, healedAtMs / 2);
  return { fromMs, untilMs: Math.min(fromMs + lengthMs, healedAtMs) };
}

function drawLinks(members: readonly Member[], random: Random): readonly ScheduleEvent[] {
  const ids = members.map(({ id }) => id);
  return Array.from({ length: random.integer(0, 6) }, () => {
    const [kind = "lose"] = random.sample(["lose", "slow", "duplicate"] as const, 1);
    const from = random.chance(0.7) ? random.sample(ids, random.integer(1, 2)) : undefined;
    const to = random.chance(0.7) ? random.sample(ids, random.integer(1, 3)) : undefined;
    const ms = kind === "slow" ? random.integer(10, 5 * timeoutMs) : undefined;
    return { kind, ...drawWindow(random), from, to, ms };
  });
}

function drawPartitions(members: readonly Member[], random: Random): readonly ScheduleEvent[] {
  return Array.from({ length: random.integer(0, 2) }, () => {
    const groups: [NodeId[], NodeId[]] = [[], []];
    for (const { id } of members) groups[random.integer(0, 1) === 0 ? 0 : 1].push(id);
    return { kind: "partition", ...drawWindow(random), groups };
  });
}

/** One kind gets lost everywhere for a while: what was nearly decided stays so when leaders change. */
function drawSilences({ kinds }: Protocol, random: Random): readonly ScheduleEvent[] {
  if (random.chance(0.7)) return [];
  const chosen = random.sample(
    kinds.filter((kind) => kind !== "request"),
    random.integer(1, 2),
  );
  return chosen.map((message) => ({ kind: "lose", ...drawWindow(random), message }));
}

/** A clock may lag, hurry and jump, at any node: that is no fault, only a hard time. */
function drawClocks(members: readonly Member[], random: Random): readonly ScheduleEvent[] {
  const ids = members.map(({ id }) => id);
  return Array.from({ length: Math.max(0, random.integer(-3, 2)) }, (): ScheduleEvent => {
    const [node = ""] = random.sample(ids, 1);
    const [rate = 1] = random.sample([0.2, 0.9, 1, 1.1, 5], 1);
    const [jumpMs = 0] = random.sample([0, 0, -300, 300, 1_000], 1);
    return { kind: "clock", node, atMs: random.integer(0, healedAtMs / 2), rate, jumpMs };
  });
}

function drawMisbehaviour(
  { protocol, modes }: HuntingGround,
  node: NodeId,
  members: readonly Member[],
  random: Random,
): readonly ScheduleEvent[] {
  if (modes.length === 0 || random.chance(0.3)) return [drawCrash(node, random)];
  if (random.chance(0.4)) return drawMutations(protocol, node, members, random);
  const chosen = random.sample(modes, random.integer(1, 2));
  return chosen.map((mode) => ({ kind: "fault", node, mode, args: [], ...drawWindow(random) }));
}

function drawCrash(node: NodeId, random: Random): ScheduleEvent {
  const atMs = random.integer(0, healedAtMs / 2);
  const untilMs = random.chance(0.5) ? random.integer(atMs + 1, healedAtMs) : undefined;
  return { kind: "crash", node, atMs, untilMs, losesDisk: false };
}

// What the messages of our protocols count in; a field that a message lacks stays absent.
const fields = ["view", "sequence", "digest", "epoch", "height", "ballot", "slot"] as const;

function drawMutations(
  protocol: Protocol,
  node: NodeId,
  members: readonly Member[],
  random: Random,
): readonly ScheduleEvent[] {
  const peers = members.map(({ id }) => id).filter((id) => id !== node);
  const kinds = protocol.kinds.filter((kind) => kind !== "request");
  return Array.from({ length: random.integer(1, 3) }, (): MutationEvent => {
    const [message = ""] = random.sample(kinds, 1);
    const [field = "view"] = random.sample(fields, 1);
    const [number = 1] = random.sample([1, -1, "omit"] as const, 1);
    const to = random.sample(peers, random.integer(1, peers.length));
    const by = field === "digest" && number !== "omit" ? "another" : number;
    return { kind: "mutation", node, message, to, field, by, ...drawWindow(random) };
  });
}
