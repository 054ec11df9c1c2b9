/** What a process with some nodes of a decree is made of, whatever carries their messages. */

import type { NodeId } from "../../core/ids.ts";
import type { Time } from "../../core/ports.ts";
import { createKeyring } from "../../host/crypto.ts";
import { Directory } from "../../host/directory.ts";
import { type HostOptions, usualLimits } from "../../host/host.ts";
import { createEcho } from "../../services/echo.ts";
import { createRandom } from "../../sim/random.ts";
import { delaysOf } from "../clusters/network.ts";
import { crashFaults, crashOf } from "./crashing.ts";
import { deployed, sizeOf } from "./deployment.ts";
import { type DecreePlan, settingsOf } from "./plan.ts";

export interface HostingOptions {
  readonly time: Time;
  readonly firstTimestamp: number;
  onCrash(id: NodeId): void;
}

export function hostingOf(plan: DecreePlan, options: HostingOptions): HostOptions {
  const { time, firstTimestamp, onCrash } = options;
  const protocol = deployed(plan, firstTimestamp);
  const n = sizeOf(plan);
  const members = protocol.members(n);
  // Clients are members here, and have no lanes at the others.
  const directory = new Directory({ members, lanes: 0, entry: members[0]?.id ?? "" });
  return {
    protocol,
    n,
    settings: settingsOf(plan),
    directory,
    keyring: createKeyring({
      auth: plan.auth,
      seed: plan.seed,
      knows: (id) => directory.knows(id),
    }),
    time,
    random: createRandom(plan.seed).fork("hosts"),
    coalesce: "none",
    delays: delaysOf(plan),
    hasControl: false,
    limits: usualLimits,
    firstTimestamp: () => firstTimestamp,
    createService: createEcho,
    createFaults: (id) => crashFaults(plan, id, () => onCrash(id)),
    faultNames: (id) => (crashOf(plan, id) === undefined ? [] : ["crash"]),
    readFault: () => "a decree takes no faults while it runs: see --crash",
    readOperation: () => ({ problem: "the values of a decree come from its clients: see --set" }),
  };
}
