/** One mutant, looked for: a copy of the project with the bug in it, hunted and tested. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyEdit, type Mutant } from "./mutant.ts";

export interface Killing {
  readonly mutant: Mutant;
  /** Undefined when it survived both. */
  readonly by: "hunt" | "tests" | undefined;
  /** What was found, in a line. */
  readonly how: string;
  readonly seconds: number;
}

const huntedSeeds = 3_000;
const longestMs = 240_000;
const rooms: Readonly<Record<Mutant["protocol"], string>> = {
  pbft: "pbft",
  "ccro-safe": "ccro",
  paxos: "paxos",
};

/** Tests of the room come first where they are quicker; the hunt sees what no test was written for. */
export function checkMutant(root: string, mutant: Mutant): Killing {
  const copy = copyOf(root);
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  try {
    for (const edit of mutant.edits) {
      const path = join(copy, edit.file);
      writeFileSync(path, applyEdit(readFileSync(path, "utf8"), edit));
    }
    const hunted = hunt(copy, mutant);
    if (hunted !== undefined) return { mutant, by: "hunt", how: hunted, seconds: seconds() };
    const tested = runTests(copy, mutant);
    if (tested !== undefined) return { mutant, by: "tests", how: tested, seconds: seconds() };
    return { mutant, by: undefined, how: "survived", seconds: seconds() };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Everything but what is installed or made; that is linked. */
function copyOf(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), "mutant-"));
  const left = new Set(["node_modules", ".git", "dist", "results", "coverage"]);
  for (const name of readdirSync(root)) {
    if (!left.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function hunt(copy: string, { protocol }: Mutant): string | undefined {
  const words = ["hunt", "--protocol", protocol, "--seeds", String(huntedSeeds), "--json"];
  const run = spawnSync(process.execPath, ["--import", "tsx", "bench/main.ts", ...words], {
    cwd: copy,
    encoding: "utf8",
    timeout: longestMs,
    maxBuffer: 2 ** 28,
  });
  if (run.status === 0) return undefined;
  try {
    const [found] = JSON.parse(run.stdout) as readonly HuntAnswer[];
    return `${found?.find?.broken} at seed ${found?.find?.schedule.seed}, ${found?.find?.schedule.events.length} events`;
  } catch {
    // A machine that stops at its own assertion is found, too.
    return `stopped: ${lastLine(run.stderr)}`;
  }
}

interface HuntAnswer {
  readonly find?: {
    readonly broken: string;
    readonly schedule: { readonly seed: number; readonly events: readonly unknown[] };
  };
}

function runTests(copy: string, { protocol }: Mutant): string | undefined {
  const vitest = join(copy, "node_modules", "vitest", "vitest.mjs");
  const words = ["run", rooms[protocol], "core", "--bail", "1", "--reporter", "json"];
  const run = spawnSync(process.execPath, [vitest, ...words], {
    cwd: copy,
    encoding: "utf8",
    timeout: longestMs,
    maxBuffer: 2 ** 28,
  });
  if (run.status === 0) return undefined;
  const failed = /"status":"failed","title":"((?:[^"\\]|\\.)*)"/.exec(run.stdout)?.[1];
  return failed === undefined ? `stopped: ${lastLine(run.stderr)}` : `test "${failed}"`;
}

function lastLine(text: string): string {
  const error = /Error: .*/.exec(text)?.[0] ?? text.trim().split("\n").at(-1) ?? "";
  return error.slice(0, 100);
}
