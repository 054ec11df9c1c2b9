import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { afterEach, beforeEach, describe, test, vi } from "vitest";

// Whole programs start here, each several times slower on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const program = join(import.meta.dirname, "main.ts");
const tsx = import.meta.resolve("tsx");

const start = (line: string): ChildProcess =>
  spawn(process.execPath, ["--import", tsx, program, ...line.split(" ")], { cwd: folder });

/** Everything that a program says until it ends. */
async function told(child: ChildProcess) {
  const said = { out: "", err: "", code: -1 };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  said.code = await new Promise<number>((resolve) =>
    child.on("close", (code) => resolve(code ?? -1)),
  );
  return said;
}

const rowsIn = (path: string) => csvParse(readFileSync(path, "utf8"));

describe("the program", () => {
  test("runs a round over HTTP with a child process for each node", async () => {
    const line =
      "round --protocol pbft --n 4 --fault malicious@1 --seed 7 --place processes --json";
    const { out, err, code } = await told(start(line));
    deepEqual([code, err], [0, ""]);
    const { nodes, safety } = JSON.parse(out);
    deepEqual(
      nodes.map((node: { correct: number; corrupt: number }) => [node.correct, node.corrupt]),
      [
        [3, 1],
        [3, 1],
        [4, 0],
        [3, 1],
      ],
    );
    equal(safety, "ok");
  });

  test("ends with 2 and one sentence on stderr when it is used wrongly", async () => {
    const { out, err, code } = await told(start("run --protocol pfbt"));
    deepEqual([code, out], [2, ""]);
    match(err, /^quorumlab: --protocol must be [^\n]*, not "pfbt": did you mean pbft\?\n$/);
    deepEqual(readdirSync(folder), []);
  });

  test("writes into results/, tells where, and has no progress and no colours in a pipe", async () => {
    const { out, err, code } = await told(
      start("run --protocol pbft --n 4 --fault none --requests 2 --repetitions 1"),
    );
    deepEqual([code, err], [0, ""]);
    equal(out.includes("\u001b"), false);
    match(out, /\nResults: results\/\d{4}-\d\d-\d\d-default\n$/);
    equal(rowsIn(join(folder, "results", "latest", "requests.csv")).length, 2);
  });
});

describe("Ctrl-C", () => {
  test("ends with 130, keeps what was measured, and says how to go on", async () => {
    const results = join(folder, "mine");
    const child = start(
      "run --out mine --protocol pbft --n 4 --fault none --requests 100 --repetitions 2 --transport memory",
    );
    const end = told(child);
    await until(
      () =>
        existsSync(join(results, "requests.csv")) &&
        rowsIn(join(results, "requests.csv")).length > 3,
    );
    child.kill("SIGINT");
    const { err, code } = await end;
    equal(code, 130);
    match(
      err,
      /Interrupted after 0 of 2 repetitions. To go on: npm run bench -- run --resume mine/,
    );
    ok(rowsIn(join(results, "requests.csv")).length > 3);
    const manifest = JSON.parse(readFileSync(join(results, "manifest.json"), "utf8"));
    equal(manifest.sessions[0].isInterrupted, true);

    const resumed = await told(start("run --resume mine --json"));
    deepEqual([resumed.code, resumed.err], [0, ""]);
    equal(JSON.parse(resumed.out)[0].isInterrupted, false);
    equal(rowsIn(join(results, "requests.csv")).length, 200);
    equal(rowsIn(join(results, "summary.csv")).length, 2);

    const again = await told(start("run --resume mine"));
    match(again.out, /│PBFT +│4 │1 │.*\nResults: mine\n$/s);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
