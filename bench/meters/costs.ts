/** What a stretch of a run cost: the difference of two looks at everybody's counters. */

import type { ParticipantReport } from "../cluster.ts";

export interface Costs {
  /** By kind, control messages apart. */
  readonly messages: ReadonlyMap<string, number>;
  readonly controlMessages: ReadonlyMap<string, number>;
  readonly posts: number;
  readonly bytes: number;
  readonly lost: number;
  readonly signatures: number;
  readonly verifications: number;
}

/** What was spent between two looks. What a node counted before it crashed went with it. */
export function costsBetween(
  before: readonly ParticipantReport[],
  after: readonly ParticipantReport[],
  controlKinds: readonly string[],
): Costs {
  const earlier = new Map(before.map((report) => [report.id, report]));
  const messages = new Map<string, number>();
  const controlMessages = new Map<string, number>();
  const sums = { posts: 0, bytes: 0, lost: 0, signatures: 0, verifications: 0 };
  for (const report of after) {
    const base = baseOf(earlier.get(report.id), report);
    for (const [kind, sent] of Object.entries(report.counters.sent)) {
      const counts = controlKinds.includes(kind) ? controlMessages : messages;
      const more = sent - (base?.counters.sent[kind] ?? 0);
      if (more > 0) counts.set(kind, (counts.get(kind) ?? 0) + more);
    }
    sums.posts += report.transport.posts - (base?.transport.posts ?? 0);
    sums.bytes += report.transport.bytes - (base?.transport.bytes ?? 0);
    sums.lost += report.transport.lost - (base?.transport.lost ?? 0);
    sums.signatures += report.counters.signatures - (base?.counters.signatures ?? 0);
    sums.verifications += report.counters.verifications - (base?.counters.verifications ?? 0);
  }
  return { messages, controlMessages, ...sums };
}

export const totalOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

/** A node that began a new life in between counts from nothing. */
function baseOf(
  earlier: ParticipantReport | undefined,
  later: ParticipantReport,
): ParticipantReport | undefined {
  if (earlier === undefined) return undefined;
  const hasShrunk = earlier.counters.verifications > later.counters.verifications;
  return hasShrunk ? undefined : earlier;
}
