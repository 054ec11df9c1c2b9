/** What placed faults mean for one node: a chain on its envelopes, and a life. */

import { assert } from "../core/assert.ts";
import type { Fault } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import { losesDisk } from "./life-cycle.ts";
import { modeNamed } from "./modes.ts";
import type { PlacedFault } from "./placed-fault.ts";
import { during } from "./window.ts";

/**
 * New faults for one node, in the order in which they were asked for. Windows count from `startMs`
 * on the clock of the node's host.
 */
export function faultsOf<M extends Message>(
  placed: readonly PlacedFault[],
  node: NodeId,
  startMs: Millis = 0,
): readonly Fault<M>[] {
  return placed.flatMap(({ mode: name, args, nodes, fromMs, untilMs }) => {
    const mode = modeNamed(name);
    assert(mode !== undefined, `${name} is a mode`);
    if (mode.kind === "life-cycle" || !nodes.includes(node)) return [];
    const fault = mode.create<M>(args);
    if (fromMs <= 0 && untilMs === Infinity) return [fault];
    return [during(fault, { fromMs: startMs + fromMs, untilMs: startMs + untilMs })];
  });
}

/** When a node is there. */
export interface Life {
  /** It never starts. */
  readonly isOffline: boolean;
  /** In order of time, never overlapping; from the start of the run. */
  readonly crashes: readonly Crash[];
}

export interface Crash {
  readonly atMs: Millis;
  /** Infinity when it does not come back. */
  readonly untilMs: Millis;
  readonly losesDisk: boolean;
}

export function lifeOf(placed: readonly PlacedFault[], node: NodeId): Life {
  const mine = placed.filter(({ nodes }) => nodes.includes(node));
  const crashes = mine
    .filter(({ mode }) => mode === "crash")
    .map(({ fromMs, untilMs, args }) => ({
      atMs: fromMs,
      untilMs,
      losesDisk: args.includes(losesDisk),
    }));
  return {
    isOffline: mine.some(({ mode }) => mode === "offline"),
    crashes: joined(crashes.sort((a, b) => a.atMs - b.atMs)),
  };
}

/** A node that is to crash while it is down stays down for as long as either says. */
function joined(crashes: readonly Crash[]): readonly Crash[] {
  const result: Crash[] = [];
  for (const crash of crashes) {
    const last = result.at(-1);
    if (last === undefined || crash.atMs > last.untilMs) {
      result.push(crash);
      continue;
    }
    result[result.length - 1] = {
      atMs: last.atMs,
      untilMs: Math.max(last.untilMs, crash.untilMs),
      losesDisk: last.losesDisk || crash.losesDisk,
    };
  }
  return result;
}
