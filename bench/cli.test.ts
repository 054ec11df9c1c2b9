import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from "vitest";
import { runCli } from "./cli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const said: { out: string[]; err: string[] } = { out: [], err: [] };
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation((...words) => void said.out.push(words.join(" ")));
  vi.spyOn(console, "error").mockImplementation((...words) => void said.err.push(words.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
  said.out.length = 0;
  said.err.length = 0;
  process.exitCode = 0;
});

const run = (line: string) => runCli(line.split(" ").filter((word) => word !== ""));

describe("wrong usage ends with 2 and one sentence that names flag, value and what is allowed", () => {
  const rows = [
    ["", /name a command: run, round, .* or completion$/],
    ["rum", /there is no command rum, only run, .*: did you mean run\?$/],
    ["run --protocl pbft", /there is no flag --protocl: did you mean --protocol\?$/],
    ["run --xyzzy 1", /there is no flag --xyzzy$/],
    ["run --n", /--n needs a value$/],
    ["round --requests 5", /round does not take --requests: see round --help$/],
    ["round extra", /round does not take extra: see round --help$/],
    ["run defualt", /there is no suite defualt, .*: did you mean default\?$/],
    ["run default faults --out x", /--out takes one suite, not 2$/],
    ["run --out=", /--out must not be empty$/],
    ["run --resume nowhere", /nowhere is no folder of results: there is no manifest.json in it$/],
    ["run default --resume nowhere", /--resume goes on as before: it does not take default$/],
    ["run --n 4 --resume nowhere", /--resume goes on as before: it does not take --n$/],
    ["round --protocol pbft,ccro", /round takes one --protocol, not 2: pbft,ccro$/],
    ["round --n 4 --f 1", /round takes --n or --f, not both: f gives each protocol its n$/],
    ["round --n four", /--n must be a whole number from 1 to 1000, not "four"$/],
    ["round --protocol ccro --n 2", /n must be at least 3 for ccro, not 2$/],
    ["round --fault offline@communication", /communication/],
    ["round --fault malicous@1", /did you mean malicious\?$/],
    ["round --fault malicious", /it does not say who/],
    ["round --place processes --transport memory", /place processes needs transport http/],
    ["round --place hosts", /hosts are not available yet$/],
    ["round --n 4 --domains 5", /domains must be at most 4 for pbft with n = 4, not 5/],
    ["round --network delay=20", /--network delay=20: "20" is no time from 0ms to 60s/],
    ["round --rate 10", /round does not take --rate/],
    ["run --rate fast", /--rate must be a number of requests per second/],
    ["run --arrivals ramp", /arrivals ramp needs a rate/],
    ["run --quick --full", /run takes one of --quick and --full$/],
    ["run --quick --repetitions 5", /run takes one of --quick and --repetitions$/],
    ["aa --slow 10", /--slow must be a share above 0% and up to 1000%, such as 10%, not "10"$/],
    ["aa --comparisons 0", /--comparisons must be a whole number from 1 to 10000, not "0"$/],
    ["aa --repetitions 4", /--repetitions must be at least 5 for aa, not 4/],
    ["compare", /compare: .*need at least 2/],
    ["compare a b", /there is no file or folder a$/],
    [
      "compare results/reference results/reference --metric speed",
      /there is no metric speed, only /,
    ],
    ["compare a b --fail-on latency>x", /--fail-on must be METRIC>PERCENT%/],
    ["compare a b --format xml", /--format must be table or markdown or csv or json, not "xml"$/],
    ["limits --bytes 0", /--bytes must be a whole number from 1 to 1000000, not "0"$/],
    ["limits --time soon", /--time must be a whole number from 1 to 60000, not "soon"$/],
    ["limits --repetitions 0", /--repetitions must be a whole number from 1 to 1000, not "0"$/],
  ] as const;
  for (const [line, sentence] of rows) {
    test(line || "no command", async () => {
      equal(await run(line), 2);
      deepEqual(said.out, []);
      equal(said.err.length, 1);
      match(said.err[0] ?? "", /^quorumlab: [^\n]+$/);
      match(said.err[0] ?? "", sentence);
    });
  }

  test("what yargs itself complains about is passed on in a sentence", async () => {
    equal(await run("compare one"), 2);
    match(said.err[0] ?? "", /^quorumlab: compare: Not enough/);
  });

  test("a suite with a mistake is told with its line", async () => {
    const path = join(folder, "mine.yaml");
    writeFileSync(path, "protocol: pbft\nfualt: none\n");
    equal(await run(`run ${path}`), 2);
    deepEqual(said.err, [
      "quorumlab: mine.yaml:2: fualt is not a key of a suite: did you mean fault?",
    ]);
  });
});

describe("help", () => {
  test("names every command, and the exit codes", async () => {
    equal(await run("--help"), 0);
    for (const command of ["run", "round", "compare", "limits", "completion"]) {
      match(said.out[0] ?? "", new RegExp(`quorumlab ${command}`));
    }
    match(said.out[0] ?? "", /0 done, 1 the answer is bad, 2 wrong usage, 130 interrupted/);
  });

  test("shows units and defaults of flags, under the names that they have", async () => {
    equal(await run("run --help"), 0);
    const help = said.out.join("\n");
    match(help, /^ +--n +nodes in the cluster +\[string\] \[default: 4\]$/m);
    match(help, /--payload +bytes of payload in a request .*\[default: 64\]/);
    match(help, /--timeout +time-out of nodes and clients \(ms, or 2s\)/);
  });

  test("there is a script for completion, and a version", async () => {
    equal(await run("completion"), 0);
    match(said.out[0] ?? "", /begin-quorumlab-completions/);
    equal(await run("--version"), 0);
    match(said.out[1] ?? "", /^\d+\.\d+\.\d+$/);
  });
});

describe("round", () => {
  test("prints the block that was promised", async () => {
    const line = "round --protocol pbft --n 4 --fault malicious@1 --seed 7 --transport memory";
    equal(await run(line), 0);
    const text = said.out.join("\n").replace(/time: \d+\.\d{6} s/, "time: 0.003121 s");
    equal(
      text,
      `PBFT  n=4 f=1  malicious r2  memory  seed 7
Consensus time: 0.003121 s
Node 0 (commander) -> 3 correct  1 corrupt
Node 1             -> 3 correct  1 corrupt
Node 2             -> 4 correct  0 corrupt
Node 3             -> 3 correct  1 corrupt
Client             -> 3 correct  1 corrupt   accepted in view 0 at sequence 1
Safety: ok`,
    );
  });

  test("shows who is offline and how many are missing", async () => {
    equal(await run("round --protocol pbft --fault offline@r3 --transport memory"), 0);
    ok(said.out[0]?.includes("Node 1             -> 3 correct  0 corrupt  1 missing"));
    ok(said.out[0]?.includes("Node 3             -> offline"));
  });

  test("with f + 1 offline says stalled and no time, and exits with 0: nobody promised more", async () => {
    const line =
      "round --protocol pbft --fault offline@2 --transport memory --timeout 20 --patience 2";
    equal(await run(line), 0);
    const text = said.out.join("\n");
    match(text, /Consensus time: none within 0.04 s/);
    match(text, /Client .*not accepted/);
    match(text, /Safety: vacuous: .*\nLiveness: stalled/);
  });

  test("says the same in JSON, and nothing else on stdout", async () => {
    const line = "round --protocol pbft --fault malicious@1 --seed 7 --transport memory --json";
    equal(await run(line), 0);
    deepEqual(said.err, []);
    const report = JSON.parse(said.out.join("\n"));
    deepEqual(report.faulty, ["r2"]);
    deepEqual(report.nodes[0], {
      node: "r0",
      role: "primary",
      isCommander: true,
      isOffline: false,
      correct: 3,
      corrupt: 1,
      missing: 0,
    });
    deepEqual([report.view, report.sequence, report.safety], [0, 1, "ok"]);
    equal(report.client.correct, 3);
  });
});
