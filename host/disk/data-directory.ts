/** The directory in which one node of one cluster keeps what must survive it. */

import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { RecordRules, SalvageRules } from "../../core/protocol.ts";
import { DurableDisk } from "./durable-disk.ts";
import { filesIn, syncDirectory } from "./files.ts";
import { lockDirectory } from "./lock.ts";

/** What must not change between two lives, by name. */
export type Identity = Readonly<Record<string, string | number>>;

export interface DataDirectoryOptions {
  /** Each node has a directory of its own in here. */
  readonly dataDir: string;
  readonly node: NodeId;
  /** The cluster that the node is part of. */
  readonly cluster: Identity;
  readonly rules: RecordRules | SalvageRules | undefined;
  warn(sentence: string): void;
}

export interface DataDirectory {
  readonly disk: DurableDisk;
  close(): Promise<void>;
}

const identityName = "identity.json";

export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const { dataDir, node, rules, warn } = options;
  const directory = join(dataDir, node);
  make(directory);
  const unlock = await lockDirectory(directory);
  if (unlock === undefined) {
    throw new UsageError(
      `${directory} is in use by another process: stop that one, or choose another --data-dir`,
    );
  }
  try {
    identify(directory, { node, ...options.cluster });
    const files = filesIn(directory);
    const disk = new DurableDisk({ owner: `${node} in ${directory}`, files, rules, warn });
    const close = () => {
      disk.close();
      return unlock();
    };
    return { disk, close };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function make(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    // Or a power loss could take the whole directory, and with it all that the node said.
    syncDirectory(dirname(directory));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--data-dir must be a directory that can be written to: ${why}`);
  }
}

/** A new directory becomes this node's; an old one must be. */
function identify(directory: string, identity: Identity): void {
  const found = readIdentity(directory);
  if (found !== undefined) return compare(directory, found, identity);
  const [stranger] = readdirSync(directory).filter((name) => !name.startsWith(identityName));
  if (stranger !== undefined) {
    throw new UsageError(
      `${directory} holds ${stranger} and no ${identityName}: --data-dir must be empty or made by an earlier run`,
    );
  }
  filesIn(directory).replace(identityName, Buffer.from(`${JSON.stringify(identity, null, 2)}\n`));
}

function readIdentity(directory: string): unknown {
  const path = join(directory, identityName);
  const file = filesIn(directory).read(identityName);
  if (file === undefined) return undefined;
  try {
    return JSON.parse(file.toString("utf8"));
  } catch {
    throw new UsageError(
      `${path} cannot be read as JSON: restore it, or choose another --data-dir`,
    );
  }
}

function compare(directory: string, found: unknown, identity: Identity): void {
  const before: Readonly<Record<string, unknown>> =
    typeof found === "object" && found !== null ? { ...found } : {};
  for (const [name, value] of Object.entries(identity)) {
    if (before[name] === value) continue;
    throw new UsageError(
      `${directory} belongs to another node or cluster: its ${name} is ${before[name] ?? "unknown"}, not ${value}`,
    );
  }
}
