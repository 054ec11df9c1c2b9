/**
 * What a fault does to clients, over time: commits in buckets of 100 ms around it, how long nobody was
 * served, and when the service was as good as before. All times count from the fault.
 */

import type { Moment } from "../../host/leader-changes.ts";
import { medianOf } from "../statistics/median.ts";

export const bucketMs = 100;
/** The goodput at a moment is that of so long a time from there on. */
const windowMs = 500;
/** As good as before: this much of the goodput before the fault. */
const share = 0.9;
/** Right after the load begins, not all clients have sent yet. */
const settlingMs = 500;

export interface Incident {
  /** Moments at which clients accepted. */
  readonly acceptedMs: readonly number[];
  /** When the load began, before the fault, and when it ended. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Marks of the replicas about their leaders. */
  readonly moments: readonly Moment[];
}

export interface Bucket {
  /** Where it begins. */
  readonly atMs: number;
  readonly committed: number;
  /** What happened in it, first things first. */
  readonly marks: readonly string[];
}

export interface Recovery {
  readonly goodputBeforePerS: number | undefined;
  /** The longest time without a commit that ends after the fault; infinite when none came any more. */
  readonly gapMs: number;
  readonly firstCommitMs: number;
  /** When the first replica began to replace the leader, and when the first one had a new one. */
  readonly suspectedMs: number | undefined;
  readonly newLeaderMs: number | undefined;
  /** When goodput was back at 90 % of what it was; infinite when it never was. */
  readonly backMs: number;
}

export function timelineOf(incident: Incident): readonly Bucket[] {
  const first = Math.floor(incident.fromMs / bucketMs);
  const last = Math.ceil(incident.untilMs / bucketMs);
  const committed = new Map<number, number>();
  for (const atMs of incident.acceptedMs) {
    const bucket = Math.floor(atMs / bucketMs);
    committed.set(bucket, (committed.get(bucket) ?? 0) + 1);
  }
  const marks = marksOf(incident);
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => {
    const bucket = first + index;
    return {
      atMs: bucket * bucketMs,
      committed: committed.get(bucket) ?? 0,
      marks: marks
        .filter(({ atMs }) => Math.floor(atMs / bucketMs) === bucket)
        .map(({ name }) => name),
    };
  });
}

/** The fault, the first of each name and view since, and the first commit after the longest gap. */
function marksOf(incident: Incident): readonly { readonly name: string; readonly atMs: number }[] {
  const since = sinceFault(incident.moments);
  const firsts = since.filter(
    ({ name, view }, index) =>
      since.findIndex((other) => other.name === name && other.view === view) === index,
  );
  const { endMs } = longestGap(incident);
  const end = endMs === Number.POSITIVE_INFINITY ? [] : [{ name: "first commit", atMs: endMs }];
  return [{ name: "fault", atMs: 0 }, ...firsts, ...end].sort((a, b) => a.atMs - b.atMs);
}

const sinceFault = (moments: readonly Moment[]): readonly Moment[] =>
  moments.filter(({ atMs }) => atMs >= 0).toSorted((a, b) => a.atMs - b.atMs);

export function recoveryOf(incident: Incident, isEnd: (name: string) => boolean): Recovery {
  const { acceptedMs, fromMs, moments } = incident;
  const gap = longestGap(incident);
  const calmMs = Math.min(0, fromMs + settlingMs);
  const before = acceptedMs.filter((atMs) => atMs >= calmMs && atMs < 0).length;
  const goodput = calmMs < 0 && before > 0 ? (1000 * before) / -calmMs : undefined;
  const since = sinceFault(moments);
  return {
    goodputBeforePerS: goodput,
    gapMs: gap.endMs - gap.startMs,
    firstCommitMs: gap.endMs,
    suspectedMs: since.find(({ name }) => !isEnd(name))?.atMs,
    newLeaderMs: since.find(({ name }) => isEnd(name))?.atMs,
    backMs: goodput === undefined ? Number.POSITIVE_INFINITY : backAt(incident, gap.endMs, goodput),
  };
}

/** The longest time between two commits of which the later came after the fault, or never. */
function longestGap({ acceptedMs, fromMs, untilMs }: Incident) {
  const times = acceptedMs.toSorted((a, b) => a - b);
  let longest: { readonly startMs: number; readonly endMs: number } | undefined;
  for (const [index, endMs] of times.entries()) {
    const startMs = times[index - 1] ?? fromMs;
    if (endMs < 0) continue;
    if (longest === undefined || endMs - startMs > longest.endMs - longest.startMs) {
      longest = { startMs, endMs };
    }
  }
  const lastMs = times.at(-1) ?? fromMs;
  const isLongest = longest === undefined || untilMs - lastMs > longest.endMs - longest.startMs;
  return longest === undefined || isLongest
    ? { startMs: lastMs, endMs: Number.POSITIVE_INFINITY }
    : longest;
}

/** When the first stretch of time began, after the gap and with a commit, in which goodput was good enough. */
function backAt({ acceptedMs, untilMs }: Incident, endMs: number, goodput: number): number {
  const needed = (share * goodput * windowMs) / 1000;
  const times = acceptedMs.filter((atMs) => atMs >= endMs).toSorted((a, b) => a - b);
  const back = times.find((fromMs, index) => {
    const next = times.findIndex((atMs) => atMs >= fromMs + windowMs);
    const committed = (next === -1 ? times.length : next) - index;
    return fromMs + windowMs <= untilMs && committed >= needed;
  });
  return back ?? Number.POSITIVE_INFINITY;
}

/** The middle one of several repetitions; what was never seen in one of them is left out. */
export const middle = (values: readonly (number | undefined)[]): number | undefined =>
  medianOf(values.filter((value) => value !== undefined));
