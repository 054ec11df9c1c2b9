import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from "vitest";
import { runCli } from "../cli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const said = { out: "", err: "" };
beforeEach(() => {
  Object.assign(said, { out: "", err: "" });
  vi.spyOn(console, "log").mockImplementation((text) => {
    said.out += `${text}\n`;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    said.err += text;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

const run = (line: string) => runCli(["console", ...line.split(" ").filter((word) => word !== "")]);

const wrong = [
  ["", /console needs --node P1, --client, --all or --script FILE$/],
  ["--node P7", /--node must be P0, P1, P2 or P3, not "P7"$/],
  ["--node P1 --all", /console takes one of --node, --client and --all$/],
  ["--node P1 --port 99999", /--port must be a port from 0 to 65535, not "99999"$/],
  ["--node P1 --port 5000", /P0 and P1 cannot both listen on 5000: say with --peers/],
  ["--client --peers P9=5000", /--peers must be a list such as P2=6002,client=7777/],
  ["--all --port 5000", /--port and --peers are for --node and --client/],
  ["--client --place processes", /--place is for --all$/],
  ["--all --place nowhere", /--place must be simulated or processes, not "nowhere"$/],
  ["--node P1 --script a", /--script plays everybody/],
  [
    "--script depossit",
    /there is no file depossit, and no script of that name, only .*: did you mean deposit\?$/,
  ],
  ["--script .", /\. cannot be read: /],
  ["--all --n 0", /--n must be a whole number from 1 to 16, not "0"$/],
] as const;

for (const [line, sentence] of wrong) {
  test(`console ${line} is refused in one sentence`, async () => {
    equal(await run(line), 2);
    match(said.err, sentence);
    equal(said.out, "");
  });
}

test("a script that does not say at whom is refused with its line", async () => {
  const path = join(folder, "bad.txt");
  writeFileSync(path, "# one\n\nprepare yes\n");
  equal(await run(`--script ${path}`), 2);
  match(said.err, /line 3 of the script: "prepare yes" does not say at whom/);
  writeFileSync(path, "P9: prepare yes\n");
  equal(await run(`--script ${path}`), 2);
  match(said.err, /line 1 of the script: there is no P9, only P0, P1, P2, P3 or client/);
});

test("a script is replayed and its transcript printed, checkpoints go where they are wanted", async () => {
  equal(await run(`--script checkpoint --out ${folder}`), 0);
  const transcript = join(import.meta.dirname, "../console/transcripts/checkpoint.txt");
  equal(said.out, readFileSync(transcript, "utf8"));
  const file = readFileSync(join(folder, "checkpoints/final_checkpoint_1.log"), "utf8");
  deepEqual(
    file.split("\n").map((line) => line.slice(0, 10)),
    ["checkpoint", "P0  view 1", "P1  view 1", "P2  view 1", "P3  no rep", ""],
  );
});

test("--help is enough to start", async () => {
  equal(await run("--help"), 0);
  match(said.out, /Start with: console --all/);
});
