/** Where to hunt in each protocol, and what it promises there. */

import { UsageError } from "../../core/assert.ts";
import type { Protocol } from "../../core/protocol.ts";
import { faultsOf } from "../../faults/chain.ts";
import { modes } from "../../faults/modes.ts";
import { createEcho } from "../../services/echo.ts";
import type { HuntingGround } from "../../sim/draw-schedule.ts";
import type { ScheduleTools } from "../../sim/run-schedule.ts";
import type { Scene } from "../../sim/scenes.ts";
import type { FaultEvent } from "../../sim/schedule.ts";
import { domainsIn, inDomains, objectionToDomains, readDomainName } from "../domains/in-domains.ts";
import { ablations, protocolNamed } from "../protocols.ts";
import { roleFaults } from "./role-faults.ts";

/** What a protocol promises while at most f nodes fail in the ways that are drawn for it. */
export interface Promises {
  readonly safety: boolean;
  readonly liveness: boolean;
}

interface Place {
  /** Cluster sizes to draw from. */
  readonly sizes: readonly number[];
  readonly failures: "byzantine" | "crash";
  readonly promises: Promises;
  /** Faults of roles. */
  readonly scenes?: readonly Scene[];
}

const all: Promises = { safety: true, liveness: true };
const none: Promises = { safety: false, liveness: false };

const hybrid = (promises: Promises): Place => ({
  sizes: [6, 6, 7, 9],
  failures: "byzantine",
  promises,
  scenes: roleFaults,
});

const places: ReadonlyMap<string, Place> = new Map<string, Place>([
  ["pbft", { sizes: [4, 4, 5, 6, 7], failures: "byzantine", promises: all }],
  ["ccro", hybrid(none)],
  ["ccro-certified", hybrid(none)],
  ["ccro-safe", hybrid(all)],
  ...ablations.map(({ name }): [string, Place] => [name, hybrid(none)]),
  ["paxos", { sizes: [3, 3, 4, 5], failures: "crash", promises: all }],
]);

export const huntable = (): readonly string[] => [...places.keys()];

export function promisesOf(protocol: string): Promises {
  return places.get(readDomainName(protocol)?.inner ?? protocol)?.promises ?? none;
}

/** A cluster divided in domains; the seed says who is in which. */
export interface Division {
  readonly domains: number;
  readonly seed: number;
}

export const undivided: Division = { domains: 1, seed: 0 };

/** Where to hunt; sizes only where the user names one. */
export function groundFor(
  name: string,
  sizes?: readonly number[],
  division = undivided,
): HuntingGround {
  const place = places.get(name);
  if (place === undefined) {
    throw new UsageError(
      `--protocol ${name} cannot be hunted, only ${huntable().join(", ")}: it decides nothing`,
    );
  }
  const isByzantine = place.failures === "byzantine";
  const lies = modes.filter(({ kind }) => kind === "envelope").map((mode) => mode.name);
  const ground = {
    protocol: protocolNamed(name),
    sizes: sizes ?? place.sizes,
    modes: isByzantine ? lies : [],
    hasTwins: isByzantine,
    scenes: place.scenes ?? [],
  };
  return division.domains === 1 ? ground : divided(ground, sizes, division);
}

/** Domains of one size, and one that is larger; f nodes fail in each of them. */
function divided(
  ground: HuntingGround,
  sizes: readonly number[] | undefined,
  { domains, seed }: Division,
): HuntingGround {
  const inner = ground.protocol;
  const smallest = domains * inner.nodesFor(1);
  const chosen = sizes ?? [smallest, smallest, smallest + 1];
  for (const n of chosen) {
    const objection = objectionToDomains(inner, n, domains);
    if (objection !== undefined) throw new UsageError(objection);
  }
  return {
    ...ground,
    protocol: inDomains(inner, domains, seed),
    sizes: chosen,
    quarters: (n) => domainsIn(inner, n, domains, seed),
  };
}

/** What it takes to run a schedule of this protocol. */
export function toolsFor(protocol: Protocol): ScheduleTools {
  return {
    protocol,
    createService: createEcho,
    createFaults: ({ node, ...placed }: FaultEvent) =>
      faultsOf([{ ...placed, nodes: [node] }], node),
  };
}
