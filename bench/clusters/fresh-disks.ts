/** A new, empty place for the disks of one cluster that is measured: each repetition has its own. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../core/assert.ts";
import type { ClusterSpec } from "../cluster.ts";

export interface FreshDisks {
  /** As `dataDir` of the spec. */
  readonly dataDir: string;
  /** Takes them away: a run of many repetitions would fill the disk with what nobody reads. */
  remove(): void;
}

export function freshDisks(parent: string, { protocol, n, seed }: ClusterSpec): FreshDisks {
  try {
    mkdirSync(parent, { recursive: true });
    const dataDir = mkdtempSync(join(parent, `${protocol.name}-n${n}-seed${seed}-`));
    return { dataDir, remove: () => rmSync(dataDir, { recursive: true }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--data-dir must be a directory that can be written to: ${why}`);
  }
}
