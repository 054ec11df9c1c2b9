/** Where a run took place: what must be equal before two of them are compared. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";

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
  return { version: packageVersion(), commit: commitOf(import.meta.dirname) };
}

/** The package's file stands one floor up in the sources, two in the build. */
function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    const text = attempt(() => readFileSync(join(import.meta.dirname, path), "utf8"));
    if (text !== undefined)
      return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
  }
  return "unknown";
}

function commitOf(folder: string): string | undefined {
  const git = (...words: readonly string[]) =>
    attempt(() =>
      execFileSync("git", words, {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
  const commit = git("rev-parse", "HEAD")?.trim();
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
