/** A small quiet cluster, to start from: tests and trials change what they need. */

import { timeoutMsFor } from "../cell.ts";
import type { ClusterSpec } from "../cluster.ts";
import { protocolNamed } from "../protocols.ts";

export function sampleSpec(
  protocol: string,
  n: number,
  changes: Partial<Omit<ClusterSpec, "protocol" | "n">> = {},
): ClusterSpec {
  return {
    protocol: protocolNamed(protocol),
    n,
    seed: 1,
    clients: 1,
    transport: "http",
    place: "in-process",
    auth: "ed25519",
    service: "echo",
    coalesce: "none",
    settings: { batch: 1, timeoutMs: 10 * timeoutMsFor(n), checkpointInterval: 128 },
    faults: [],
    basePort: 0,
    bind: "127.0.0.1",
    hasControl: false,
    network: "lan",
    ...changes,
  };
}
