/**
 * All schedules of a Twins run (Bano et al., OPODIS 2021), translated to views: in each view, the
 * proposal and its votes pass under one partition of the instances, the second votes under another.
 */

import { clientIds, type NodeId } from "../core/ids.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import type { LinkEvent, PartitionEvent, Schedule } from "./schedule.ts";
import { twinOf } from "./twins.ts";

export interface TwinsPlan {
  readonly protocol: Protocol;
  readonly n: number;
  /** Who lives twice: the primary of view 0, usually. */
  readonly twins: readonly NodeId[];
  /** How many views run under partitions; later ones run undisturbed. */
  readonly views: number;
  /** In how many parts the instances are split. */
  readonly parts: number;
  /** The kinds of each sub-round of a view, such as proposal and prepares, then commits. */
  readonly subRounds: readonly (readonly string[])[];
  /** Kinds that nobody hears before the cluster heals, such as state transfer: rounds must suffice. */
  readonly silenced: readonly string[];
  readonly settings: Settings;
}

/** S(items, parts), the Stirling number of the second kind: how many ways to split. */
export function countPartitions(items: number, parts: number): number {
  if (parts === 0) return items === 0 ? 1 : 0;
  if (items === 0) return 0;
  return parts * countPartitions(items - 1, parts) + countPartitions(items - 1, parts - 1);
}

/** All ways to split the items into so many non-empty groups, in a fixed order. */
export function partitionsOf<T>(items: readonly T[], parts: number): readonly T[][][] {
  const [first, ...rest] = items;
  if (first === undefined) return parts === 0 ? [[]] : [];
  const joining = partitionsOf(rest, parts).flatMap((groups) =>
    groups.map((_, chosen) =>
      groups.map((group, index) => (index === chosen ? [first, ...group] : group)),
    ),
  );
  const alone = partitionsOf(rest, parts - 1).map((groups) => [[first], ...groups]);
  return [...joining, ...alone];
}

export const countTwinSchedules = ({ n, twins, parts, views, subRounds }: TwinsPlan): number =>
  countPartitions(n + twins.length, parts) ** (views * subRounds.length);

/** The schedule with this number, from 0 on: its digits say which partition each sub-round has. */
export function twinSchedule(plan: TwinsPlan, number: number): Schedule {
  const { protocol, n, twins, settings } = plan;
  const replicas = protocol
    .members(n)
    .filter(({ isReplica }) => isReplica)
    .map(({ id }) => id);
  const choices = partitionsOf([...replicas, ...twins.map(twinOf)], plan.parts);
  const healedAtMs = 20 * settings.timeoutMs;
  return {
    protocol: protocol.name,
    n,
    seed: number,
    clients: 3,
    settings,
    delayMs: [1, 1],
    twins,
    healedAtMs,
    endsAtMs: healedAtMs + 100 * settings.timeoutMs,
    events: [
      // The first two clients start with another of the twins each, so that they propose different values.
      ...clientIds(3).map((client, index) => ({
        kind: "request" as const,
        atMs: 0,
        client,
        operation: `"${index}"`,
      })),
      ...separateClients(twins, settings),
      ...silenceAroundTwins(twins, settings, healedAtMs),
      ...plan.silenced.map((message) => ({
        kind: "lose" as const,
        fromMs: 0,
        untilMs: healedAtMs,
        message,
      })),
      ...partitionEvents(plan, choices, number, healedAtMs),
    ],
  };
}

function separateClients(twins: readonly NodeId[], { timeoutMs }: Settings): PartitionEvent[] {
  return twins.map((twin) => ({
    kind: "partition",
    fromMs: 0,
    untilMs: timeoutMs / 2,
    groups: [
      ["c0", twin],
      ["c1", twinOf(twin)],
    ],
    messages: ["request"],
  }));
}

/**
 * The twins hear of no request but their own first one. So the others wait for that of the third client
 * in vain, and every schedule comes to its later views.
 */
function silenceAroundTwins(
  twins: readonly NodeId[],
  { timeoutMs }: Settings,
  untilMs: number,
): LinkEvent[] {
  const to = twins.flatMap((twin) => [twin, twinOf(twin)]);
  return [
    { kind: "lose", fromMs: 0, untilMs, from: ["c2"], to, message: "request" },
    { kind: "lose", fromMs: timeoutMs / 2, untilMs, to, message: "request" },
  ];
}

function partitionEvents(
  { views, subRounds }: TwinsPlan,
  choices: readonly (readonly NodeId[][])[],
  number: number,
  untilMs: number,
): PartitionEvent[] {
  let digits = number;
  const events: PartitionEvent[] = [];
  for (let view = 0; view < views; view += 1) {
    for (const messages of subRounds) {
      const groups = choices[digits % choices.length] ?? [];
      digits = Math.floor(digits / choices.length);
      events.push({ kind: "partition", fromMs: 0, untilMs, groups, view, messages });
    }
  }
  return events;
}
