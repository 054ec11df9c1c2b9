/** The Twins run of each protocol: who lives twice, and which kinds make a sub-round. */

import { UsageError } from "../../core/assert.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { TwinsPlan } from "../../sim/twin-schedules.ts";

interface Rounds {
  readonly subRounds: readonly (readonly string[])[];
  /** In the published runs there is no way to catch up but the rounds themselves. */
  readonly silenced: readonly string[];
}

const roundsOf: ReadonlyMap<string, Rounds> = new Map([
  [
    "pbft",
    {
      subRounds: [["pre-prepare", "prepare", "new-view"], ["commit"]],
      silenced: ["fetch", "committed", "state"],
    },
  ],
]);

/** The commander lives twice, among the fewest nodes that tolerate one fault. */
export function twinsPlan(protocol: Protocol, views: number): TwinsPlan {
  const rounds = roundsOf.get(protocol.name);
  if (rounds === undefined) {
    throw new UsageError(`--twins is for ${[...roundsOf.keys()].join(", ")}, not ${protocol.name}`);
  }
  const n = protocol.nodesFor(1);
  const [commander] = protocol.members(n);
  return {
    protocol,
    n,
    twins: commander === undefined ? [] : [commander.id],
    views,
    parts: 2,
    ...rounds,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  };
}
