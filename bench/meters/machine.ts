/** Where a run took place: what must be equal before two of them are compared. */

import { execFileSync, type StdioOptions } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { assert } from "../../core/assert.ts";

export const machineSchema = z.object({
  /** Cores that this process may use; all nodes share them. */
  cores: z.number(),
  cpu: z.string(),
  memoryMb: z.number(),
  system: z.string(),
  node: z.string(),
});

export type Machine = z.infer<typeof machineSchema>;

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryMb: Math.round(totalmem() / 2 ** 20),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}

/** The code that ran. */
export interface CodeVersion {
  readonly version: string;
  /** With `+` behind it when files differ from it; undefined outside of a repository. */
  readonly commit: string | undefined;
}

export function thisCode(): CodeVersion {
  const root = packageRoot();
  return { version: versionIn(root), commit: commitOf(root) };
}

/** The package's file stands one floor up from the sources, two from the build. */
function packageRoot(): string {
  const candidates = ["../..", "../../.."].map((up) => join(import.meta.dirname, up));
  const root = candidates.find((folder) => existsSync(join(folder, "package.json")));
  assert(root !== undefined, "the program lies in its package");
  return root;
}

function versionIn(root: string): string {
  const text = readFileSync(join(root, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function commitOf(root: string): string | undefined {
  const git = (...words: readonly string[]) =>
    attempt(() => {
      const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
      return execFileSync("git", words, { cwd: root, encoding: "utf8", stdio }).trim();
    });
  // An installed package may lie in somebody else's repository.
  const top = git("rev-parse", "--show-toplevel");
  if (top === undefined || realpathSync(top) !== realpathSync(root)) return undefined;
  const commit = git("rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}+`;
}

/** Not every machine has git, and not every copy of the code is a repository. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
