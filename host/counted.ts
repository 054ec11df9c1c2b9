/** What was counted over several lives of one participant, as plain data. */

import type { CountersView } from "../core/counters.ts";
import type { FaultWitness } from "../core/fault.ts";

export const noCounters: CountersView = {
  signatures: 0,
  verifications: 0,
  timeOuts: 0,
  delivered: 0,
  sent: {},
  received: {},
  refused: {},
  marks: {},
};

export const addCounters = (a: CountersView, b: CountersView): CountersView => ({
  signatures: a.signatures + b.signatures,
  verifications: a.verifications + b.verifications,
  timeOuts: a.timeOuts + b.timeOuts,
  delivered: a.delivered + b.delivered,
  sent: addCounts(a.sent, b.sent),
  received: addCounts(a.received, b.received),
  refused: addCounts(a.refused, b.refused),
  marks: addCounts(a.marks, b.marks),
});

type Counts = Readonly<Record<string, number>>;

function addCounts(a: Counts, b: Counts): Counts {
  const sum = new Map(Object.entries(a));
  for (const [name, count] of Object.entries(b)) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}

/** One more of this name. */
export const countUp = (counts: Map<string, number>, name: string, by = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + by);
};

export const totalOf = (counts: Counts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What one fault did. */
export interface WitnessView {
  readonly fault: string;
  readonly fired: number;
  readonly roles: readonly string[];
}

/** What each fault did in earlier lives and in this one: a chain has the same faults in each. */
export function witnessesOf(
  earlier: readonly WitnessView[],
  now: readonly FaultWitness[],
): readonly WitnessView[] {
  if (now.length === 0) return earlier;
  return now.map(({ fault, fired, roles }, index) => ({
    fault,
    fired: fired + (earlier[index]?.fired ?? 0),
    roles: [...new Set([...(earlier[index]?.roles ?? []), ...roles])],
  }));
}
