/** Starts the cluster that a spec asks for, wherever its nodes are to live. */

import type { Cluster, ClusterSpec } from "../cluster.ts";
import { startHttpCluster } from "./http-cluster.ts";
import { startMemoryCluster } from "./memory-cluster.ts";
import { startProcessCluster } from "./process-cluster.ts";
import { startSimulatedCluster } from "./simulated-cluster.ts";

export function startCluster(spec: ClusterSpec): Promise<Cluster> {
  switch (spec.transport) {
    case "http":
      return spec.place === "processes" ? startProcessCluster(spec) : startHttpCluster(spec);
    case "memory":
      return startMemoryCluster(spec);
    case "simulated":
      return startSimulatedCluster(spec);
  }
}
