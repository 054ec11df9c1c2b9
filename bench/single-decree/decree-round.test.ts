import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, test, vi } from "vitest";
import { runCli } from "../cli.ts";
import { refusingUrls } from "../clusters/ports.ts";

// Processes start here, several times slower on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function typed(line: string): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  vi.spyOn(console, "log").mockImplementation((text) => {
    said.out += `${text}\n`;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    said.err += `${text}\n`;
  });
  return { code: await runCli(line.split(" ")), ...said };
}

const duel = "round --protocol paxos --proposers 2 --acceptors 3 --learners 1";

test("a round is told in the lines of seed 003; equal seeds, equal runs", async () => {
  const line = `${duel} --set 55@0 --set 230@1 --transport simulated --seed 3`;
  const { code, out } = await typed(line);
  equal(code, 0);
  const lines = out.trimEnd().split("\n");
  equal(
    lines[0],
    "Paxos (single decree)  2 proposers, 3 acceptors, 1 learner, 2 clients  simulated  seed 3",
  );
  deepEqual(lines.slice(1, 8), [
    "Node ID 5 IS THE LEADER",
    "Node ID 0 is running as a PROPOSER",
    "Node ID 1 is running as a PROPOSER",
    "Node ID 2 is running as a ACCEPTOR",
    "Node ID 3 is running as a ACCEPTOR",
    "Node ID 4 is running as a ACCEPTOR",
    "Node ID 5 is running as a LEARNER",
  ]);
  const [, value] = /^Final message received by client from learner: (\d+) /m.exec(out) ?? [];
  deepEqual(
    lines.filter((text) => text.startsWith("Final")),
    [
      `Final message received by client from learner: ${value}  (client 6 asked proposer 0 for 55)`,
      `Final message received by client from learner: ${value}  (client 7 asked proposer 1 for 230)`,
    ],
  );
  equal(lines.at(-1), "Safety: ok");
  equal((await typed(line)).out, out);
});

test("both values get their chance: which is chosen is up to the network", async () => {
  const chosen = new Set<number>();
  for (let seed = 0; seed < 4; seed += 1) {
    const terms = `--transport simulated --network delay=1ms-250ms --seed ${seed} --json`;
    const { out } = await typed(`${duel} --set 55@0 --set 230@1 ${terms}`);
    chosen.add(JSON.parse(out).value);
  }
  deepEqual(chosen, new Set([55, 230]));
});

describe("every client gets the same value", () => {
  for (const terms of [
    "--transport simulated",
    "--transport memory",
    "--transport http",
    "--transport http --auth none",
  ]) {
    test(`with ${terms}`, async () => {
      const { code, out } = await typed(
        `${duel} --set 55@0 --set 230@1 --set word --json --timeout 5s ${terms}`,
      );
      const { leader, nodes, answers, value, problem, safety } = JSON.parse(out);
      deepEqual([code, leader, problem, safety], [0, 5, null, "ok"]);
      ok([55, 230, "word"].includes(value));
      deepEqual(
        answers.map(({ received }: { received: unknown }) => received),
        [value, value, value],
      );
      deepEqual(
        nodes.map(({ role }: { role: string }) => role),
        ["proposer", "proposer", "acceptor", "acceptor", "acceptor", "learner"],
      );
    });
  }

  test("at the addresses of a hosts file", async () => {
    const ids = ["r0", "r1", "r2", "c0"];
    const urls = await refusingUrls(
      ids.map((id) => [id, 0]),
      "127.0.0.1",
    );
    const hosts = urls.map(
      ([id, url]) => `localhost ${new URL(url).port} ${id < "d" ? "cli" : "con"}`,
    );
    const folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
    const path = join(folder, "hosts.txt");
    const roles = ["PROPOSERS 1", "ACCEPTORS 1", "LEARNERS 1"];
    writeFileSync(path, `${[...roles, ...hosts].join("\n")}\n`);
    const { code, out } = await typed(
      `round --protocol paxos --hosts ${path} --set 210@0 --timeout 5s`,
    );
    const twice = await typed(`round --protocol paxos --hosts ${path} --set 1 --set 2`);
    rmSync(folder, { recursive: true });
    equal(code, 0);
    match(out, /^Final message received by client from learner: 210 /m);
    equal(
      twice.err,
      "quorumlab: the hosts file names 1 client (cli), and --set is given 2 times\n",
    );
  });
});

describe("nodes crash where they are told to", () => {
  for (const terms of ["--transport simulated", "--transport memory", "--transport http"]) {
    test(`2 of 3 acceptors before their promise: no value, and why, with ${terms}`, async () => {
      const { code, out } = await typed(
        `round --protocol paxos --set 55 --crash 1@promise --crash 2@promise --timeout 300 --patience 20 ${terms}`,
      );
      equal(code, 1);
      match(out, /^Node ID 1 crashed before its first promise$/m);
      match(out, /^No message received by client within 6 s {2}\(client 5 asked/m);
      match(out, /^No value is chosen: 1 of 3 acceptors promised, 2 must$/m);
      match(out, /^Safety: ok$/m);
    });
  }

  test("2 of 3 acceptors that are never there: the same", async () => {
    const { code, out } = await typed(
      "round --protocol paxos --set 55 --crash 1 --crash 2 --transport simulated --json",
    );
    equal(code, 1);
    const { value, problem, answers, nodes } = JSON.parse(out);
    equal(value, null);
    equal(problem, "no value is chosen: 1 of 3 acceptors promised, 2 must");
    equal(answers[0].received, null);
    deepEqual(
      nodes.map(({ isCrashed }: { isCrashed: boolean }) => isCrashed),
      [false, true, true, false, false],
    );
  });

  for (const crash of ["2@promise", "3@accepted", "0@prepare", "5@roles", "4", "5"]) {
    test(`--crash ${crash} keeps nobody from the value`, async () => {
      const { code, out } = await typed(
        `${duel} --set 7@0 --set 7@1 --crash ${crash} --transport simulated --json --patience 60`,
      );
      const { value, nodes } = JSON.parse(out);
      deepEqual([code, value], [0, 7]);
      const node = Number(crash[0]);
      equal(nodes[node].isCrashed, true);
    });
  }
});

describe("many drawn runs: 1–5 proposers, 3–5 acceptors, 1–8 clients", () => {
  test("200 of 200 give every client the same value, simulated", async () => {
    const line = "round --protocol paxos --draw 200 --transport simulated";
    const { code, out } = await typed(line);
    equal(code, 0);
    match(out, /^200 of 200 runs gave every client the same value \(\d{3,4} clients\)$/m);
  });

  // Seeds that draw few nodes: 7 and 11 with their clients.
  test("2 of 2 with a process for each node and client, over HTTP", async () => {
    const line = "round --protocol paxos --draw 2 --place processes --timeout 5s --seed 28 --json";
    const { code, out } = await typed(line);
    const { agreed, failures, clients } = JSON.parse(out);
    deepEqual([code, agreed, failures], [0, 2, []]);
    ok(clients >= 2);
  });

  test("what fails is counted, with its seed", async () => {
    const terms = "--transport simulated --network loss=100%";
    const { code, out } = await typed(`round --protocol paxos --draw 2 ${terms}`);
    equal(code, 1);
    match(out, /^0 of 2 runs gave every client the same value/);
    match(out, /^Seed 2: no value is chosen: /m);
  });
});

describe("wrong usage is told in one sentence", () => {
  for (const [line, sentence] of [
    [duel, "--set VALUE@PROPOSER is needed, such as 55@0, once for each client"],
    [`${duel} --set 55@2`, "--set 55@2 names proposer 2, and 2 proposers are counted 0 to 1"],
    [
      "round --protocol paxos --set 55@1",
      "--set 55@1 names proposer 1, and 1 proposer is counted 0",
    ],
    [`${duel} --set 55@x`, "--set 55@x names proposer x, and 2 proposers are counted 0 to 1"],
    [`${duel} --set @1`, '--set must be VALUE@PROPOSER, such as 55@0, not "@1"'],
    [
      "round --protocol paxos --acceptors 0 --set 1",
      '--acceptors must be a number from 1 to 999, not "0"',
    ],
    [
      `${duel} --set 1 --crash 6@promise`,
      '--crash must be ID or ID@PHASE with a node from 0 to 5, such as 3@promise, not "6@promise"',
    ],
    [
      `${duel} --set 1 --crash 2@promis`,
      '--crash knows the phases election, elected, roles, start, prepare, promise, accept, accepted or reply, not "promis": did you mean promise?',
    ],
    [`${duel} --set 1 --crash 2 --crash 2@accept`, "--crash names node 2 twice: it crashes once"],
    [
      "round --protocol pbft --proposers 2",
      "--set VALUE@PROPOSER is needed, such as 55@0, once for each client",
    ],
    ["round --protocol pbft --set 1", "--set is for --protocol paxos, not pbft"],
    ["round --set 1", "--set is for --protocol paxos, not pbft"],
    [`${duel} --set 1 --n 5`, "--n and --proposers do not go together: see round --help"],
    [
      `${duel} --set 1 --fault malicious@1`,
      "--fault and --proposers do not go together: see round --help",
    ],
    [
      `${duel} --set 1 --hosts hosts.txt`,
      "--hosts says how many proposers there are: leave --proposers out",
    ],
    [
      "round --protocol paxos --draw 0",
      '--draw must be a number of runs from 1 to 999999, not "0"',
    ],
    [
      "round --protocol paxos --draw 3 --set 1",
      "--draw draws what --set says: leave one of them out",
    ],
    [
      `${duel} --set 1 --place processes --transport memory`,
      "place processes needs transport http, not memory",
    ],
  ] as const) {
    test(`${line.replace("round --protocol ", "")}`, async () => {
      const { code, out, err } = await typed(line);
      deepEqual([code, out, err], [2, "", `quorumlab: ${sentence}\n`]);
    });
  }
});
