/** Ground truth: a fault that a run claims must have done something, or the run proves nothing. */

import type { NodeId } from "../../core/ids.ts";

export interface FiredFault {
  readonly node: NodeId;
  readonly fault: string;
  readonly fired: number;
}

/** The faults that never fired, in words; those of one node in several lives are added up. */
export function unfiredFaults(witnesses: readonly FiredFault[]): readonly string[] {
  const firedByName = new Map<string, number>();
  for (const { node, fault, fired } of witnesses) {
    const name = `${fault} at ${node}`;
    firedByName.set(name, (firedByName.get(name) ?? 0) + fired);
  }
  return [...firedByName].filter(([, fired]) => fired === 0).map(([name]) => name);
}
