import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse, csvParseRows } from "d3-dsv";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { createRandom } from "../../sim/random.ts";
import { readRun } from "../report/run-data.ts";
import { readSuite } from "../suite.ts";
import { resumeRun, startRun } from "../suite-run.ts";
import { notedVerdicts } from "./verdicts.ts";

// Each starts the whole program, which is several times slower on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Leaves every file that a run can leave: trust, a timeline and recovery, bad verdicts, a knee. */
const suite = `
transport: simulated
auth: none
network: delay=10ms
repetitions: 2
requests: 4
warmup: 1
cases:
  - { protocol: [pbft, ccro], n: 4 }
  - { protocol: pbft, n: 4, fault: offline@2, timeout: 50 }
  - { protocol: pbft, n: 4, fault: crash@commander/1s-, rate: 20, duration: 2s, timeout: 200 }
  - { protocol: paxos, n: 3, clients: 2, rate: [10, 20, 40], requests: 20 }
`;

/** What nobody can repeat; the rest is virtual time, and equal again with equal seeds. */
const ofThisMachine = /^(run|cpu_|rss_|event_loop_)/;

let parent = "";
let suitePath = "";
let undisturbed = "";
const never = new AbortController().signal;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
  suitePath = join(parent, "small.yaml");
  undisturbed = join(parent, "undisturbed");
  writeFileSync(suitePath, suite);
  const options = { flags: {}, out: undisturbed, command: "run small.yaml" };
  await startRun(readSuite(suitePath), options, never);
});
afterAll(() => rmSync(parent, { recursive: true }));

/** Runs the program until it dies at this byte of this file; how it ended, and what it said. */
async function killed(folder: string, file: string, byte: number, signal: NodeJS.Signals) {
  const loads = [
    import.meta.resolve("tsx"),
    join(import.meta.dirname, "fixtures/dies-while-writing.ts"),
  ];
  const program = join(import.meta.dirname, "../main.ts");
  const child = spawn(
    process.execPath,
    [
      ...loads.flatMap((module) => ["--import", module]),
      program,
      "run",
      suitePath,
      "--out",
      folder,
    ],
    {
      cwd: parent,
      env: { ...process.env, DIES_IN: file, DIES_AT_BYTE: String(byte), DIES_OF: signal },
    },
  );
  let said = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise<{ readonly end: number | string | null; readonly said: string }>((resolve) =>
    child.on("close", (code, by) => resolve({ end: by ?? code, said })),
  );
}

const csvFilesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".csv"));

/** Each line but a broken last one has a field for each column, none of them torn. */
function isReadable(folder: string): void {
  for (const name of csvFilesIn(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    const [head = [], ...lines] = csvParseRows(text.slice(0, text.lastIndexOf("\n") + 1));
    deepEqual(
      new Set(lines.map(({ length }) => length)),
      new Set(lines.map(() => head.length)),
      name,
    );
  }
  const { summaries } = readRun(folder);
  ok(summaries.length <= 7);
  ok(Array.isArray(notedVerdicts(folder)));
}

/** The rows of a file that a second run must have again, in an order that does not depend on when. */
const rowsOf = (folder: string, name: string): readonly string[] =>
  csvParse(readFileSync(join(folder, name), "utf8"))
    .map((row) =>
      JSON.stringify(Object.entries(row).filter(([column]) => !ofThisMachine.test(column))),
    )
    .toSorted();

/** Whatever happened to it before: nothing is missing, nothing is there twice, nothing is torn. */
function isComplete(folder: string): void {
  deepEqual(csvFilesIn(folder), csvFilesIn(undisturbed));
  // What is made of the others compares CPU times, too.
  for (const name of csvFilesIn(undisturbed).filter((file) => file !== "comparison.csv")) {
    const [found, expected] = [rowsOf(folder, name), rowsOf(undisturbed, name)];
    equal(found.length, expected.length, name);
    for (const [index, row] of expected.entries()) equal(found[index], row, name);
  }
  deepEqual(
    notedVerdicts(folder)
      .map(({ cell, repetition }) => [cell, repetition])
      .toSorted(),
    notedVerdicts(undisturbed)
      .map(({ cell, repetition }) => [cell, repetition])
      .toSorted(),
  );
  deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".new")),
    [],
  );
}

describe("a run that is killed while it writes", () => {
  const random = createRandom(7);
  const files = ["summary.csv", "timeline.csv"];
  for (const file of files) {
    const share = random.fork(file).fraction();
    test(`${file}, after ${Math.round(100 * share)} % of it, is readable, and is completed by --resume`, async () => {
      const folder = join(parent, `killed in ${file}`);
      const whole = readFileSync(join(undisturbed, file));
      // Not between two lines: there is always a part of one that is lost.
      const byte = Math.max(1, Math.floor(share * (whole.length - 2)));
      equal((await killed(folder, file, byte, "SIGKILL")).end, "SIGKILL");
      isReadable(folder);
      await resumeRun(folder, never);
      isComplete(folder);
      ok(existsSync(join(folder, "report.html")));
    });
  }
});

test("a run that gets Ctrl-C says how to go on, and is completed by that", async () => {
  const folder = join(parent, "interrupted");
  const byte = readFileSync(join(undisturbed, "requests.csv")).length / 2;
  const { end, said } = await killed(folder, "requests.csv", Math.floor(byte), "SIGINT");
  equal(end, 130);
  match(said, /Interrupted after \d+ of 14 repetitions\. To go on: npm run bench -- run --resume/);
  isReadable(folder);
  await resumeRun(folder, never);
  isComplete(folder);
});
