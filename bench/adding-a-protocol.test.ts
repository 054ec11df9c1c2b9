/** docs/adding-a-protocol.md, followed to the letter: one folder and one line, in every host. */

import { deepEqual, equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "docs", "adding-a-protocol.md"), "utf8");
const listed = "readonly Protocol[] = [";
let copy = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "new-protocol-"));
  const left = new Set(["node_modules", ".git", "dist", "results", "coverage"]);
  for (const name of readdirSync(root)) {
    if (!left.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [, path = "", code = ""] of page.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)) {
    if (path === "bench/protocols.ts") addLine(join(copy, path), code);
    else write(join(copy, path), code);
  }
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

function write(path: string, code: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}

/** The import, and the name in the list. */
function addLine(path: string, code: string): void {
  const source = readFileSync(path, "utf8");
  equal(source.split(listed).length, 2);
  writeFileSync(path, code + source.replace(listed, `${listed}sequencer, `));
}

function run(...words: readonly string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", "bench/main.ts", ...words], {
    cwd: copy,
    encoding: "utf8",
    timeout: 120_000,
  });
}

const hosts = [
  ["memory", ["--transport", "memory"]],
  ["HTTP in one process", []],
  ["HTTP between processes", ["--place", "processes"]],
  ["the simulator", ["--transport", "simulated"]],
] as const;

for (const [where, flags] of hosts) {
  test(`the new protocol runs a round in ${where}`, () => {
    const { stdout, stderr, status } = run(
      "round",
      "--protocol",
      "sequencer",
      "--n",
      "4",
      ...flags,
    );
    equal(status, 0, stderr);
    match(stdout, /^Sequencer {2}n=4 f=0/);
    match(stdout, /Client .*accepted in view 0 at sequence 1\nSafety: ok/);
  });
}

test("the new protocol stands in a comparison, at the cost of its formula", () => {
  const words = ["--n", "4", "--requests", "3", "--fault", "none", "--json"];
  const { stdout, status } = run("simulate", "--protocol", "sequencer", ...words);
  equal(status, 0);
  equal(JSON.parse(stdout).messages_per_request, 1 + 3 + 4);
});

test("the page's code passes the compiler at its strictest", () => {
  const tsc = join(copy, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "--noEmit"], {
    cwd: copy,
    encoding: "utf8",
  });
  // What else may be wrong in the project is for its own check to say.
  const about = stdout.split("\n").filter((line) => /^(?:sequencer|bench.protocols)/.test(line));
  deepEqual(about, []);
});
