/** The disks of a cluster's nodes in a data directory, if it was given one. */

import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { type DataDirectory, openDataDirectory } from "../../host/disk/data-directory.ts";
import type { DurableDisk } from "../../host/disk/durable-disk.ts";
import { objectionToDisk } from "../cell.ts";
import type { ClusterSpec } from "../cluster.ts";

export interface Disks {
  readonly disks: ReadonlyMap<NodeId, DurableDisk>;
  /** Lets other processes have the directories. */
  close(): Promise<void>;
}

/** Opens one for each of these nodes; without a data directory, none. */
export async function openDisks(spec: ClusterSpec, nodes: readonly NodeId[]): Promise<Disks> {
  const { dataDir, protocol } = spec;
  if (dataDir !== undefined && protocol.keepsNothing === true) {
    throw new UsageError(objectionToDisk(protocol));
  }
  const directories = new Map<NodeId, DataDirectory>();
  const close = async () => {
    await Promise.all([...directories.values()].map((directory) => directory.close()));
  };
  try {
    for (const node of dataDir === undefined ? [] : nodes) {
      const options = { dataDir: dataDir ?? "", node, cluster: identityOf(spec) };
      const opened = { ...options, rules: protocol.records, warn };
      directories.set(node, await openDataDirectory(opened));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { disks: new Map([...directories].map(([node, { disk }]) => [node, disk])), close };
}

/** What a later life must have in common with this one: its peers, its keys, its state. */
const identityOf = ({ protocol, n, seed, auth, service, settings }: ClusterSpec) => ({
  protocol: protocol.name,
  n,
  seed,
  auth,
  service,
  checkpoint: settings.checkpointInterval,
});

const warn = (sentence: string) => console.error(sentence);
