import { deepEqual, equal, match } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, test, vi } from "vitest";
import { runCli } from "../cli.ts";
import { refusingUrls } from "../clusters/ports.ts";

// Whole programs start here, each several times slower on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const program = ["--import", import.meta.resolve("tsx"), join(import.meta.dirname, "../main.ts")];
let folder = "";
let path = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
  path = join(folder, "hosts.txt");
  const ids = ["con", "con", "con", "cli"];
  const urls = await refusingUrls(
    ids.map((id, index) => [`${id} ${index}`, 0]),
    "127.0.0.1",
  );
  const hosts = urls.map(([id, url]) => `localhost ${new URL(url).port} ${id.slice(0, 3)}`);
  writeFileSync(path, ["PROPOSERS 1", "ACCEPTORS 1", "LEARNERS 1", ...hosts].join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Program {
  readonly child: ChildProcess;
  out: string;
  readonly ended: Promise<number | null>;
}

function start(words: string): Program {
  const line = `node --protocol paxos --hosts ${path} ${words}`;
  const child = spawn(process.execPath, [...program, ...line.split(" ")]);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const started = { child, out: "", ended };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (started.out += text));
  return started;
}

test("the simplest run of seed 003: three nodes and a client, a process each", async () => {
  const nodes = ["--id 0", "--id 1", "--id 2"].map(start);
  const client = start("--id 3 --set 210@0 --wait 120");
  try {
    equal(await client.ended, 0);
    match(client.out, /^Final message received by client from learner: 210$/m);
  } finally {
    for (const { child } of [...nodes, client]) child.kill("SIGINT");
  }
  // They stay for clients that come later, until somebody stops them.
  deepEqual(await Promise.all(nodes.map(({ ended }) => ended)), [130, 130, 130]);
  const told = nodes.map(({ out }) => out);
  match(told.join(""), /^Node ID \d IS THE LEADER$/m);
  match(told[0] ?? "", /^Node ID 0 is running as a PROPOSER$/m);
  match(told[1] ?? "", /^Node ID 1 is running as a ACCEPTOR$/m);
  match(told[2] ?? "", /^Node ID 2 is running as a LEARNER$/m);
});

describe("wrong usage is told in one sentence", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = 0;
  });

  for (const [words, sentence] of [
    ["", "--id must be a number from 0 to 3, the places in the hosts file, not nothing"],
    ["--id 4 --set 1", '--id must be a number from 0 to 3, the places in the hosts file, not "4"'],
    ["--id r0", '--id must be a number from 0 to 3, the places in the hosts file, not "r0"'],
    ["--id 0 --set 1", "--set is for clients, and 0 is a consensus node (con)"],
    ["--id 3", "--set VALUE@PROPOSER is needed for client 3, such as 55@0"],
    ["--id 3 --set 1@1", "--set 1@1 names proposer 1, and 1 proposer is counted 0"],
    ["--id 3 --set 1 --crash accept", "--crash is for consensus nodes (con), not for clients"],
    [
      "--id 0 --crash sometimes",
      '--crash knows the phases election, elected, roles, start, prepare, promise, accept, accepted or reply, not "sometimes"',
    ],
    ["--id 3 --set 1 --wait 0", '--wait must be a number of seconds above 0, not "0"'],
    [
      "--id 0 --config a.yaml",
      "--hosts and --config do not go together: a hosts file is for a decree",
    ],
  ] as const) {
    test(sentence, async () => {
      let err = "";
      vi.spyOn(console, "error").mockImplementation((text) => {
        err += text;
      });
      const line = `node --protocol paxos --hosts ${path} ${words}`.trim();
      deepEqual([await runCli(line.split(" ")), err], [2, `quorumlab: ${sentence}`]);
    });
  }

  for (const [line, sentence] of [
    ["node --id 0", "--id goes with --hosts: see node --help"],
    ["node --protocol pbft --hosts hosts.txt", "--hosts is for --protocol paxos, not pbft"],
    ["node --hosts hosts.txt", "--hosts is for --protocol paxos, not pbft"],
  ] as const) {
    test(`${line}: ${sentence}`, async () => {
      let err = "";
      vi.spyOn(console, "error").mockImplementation((text) => {
        err += text;
      });
      deepEqual([await runCli(line.split(" ")), err], [2, `quorumlab: ${sentence}`]);
    });
  }
});
