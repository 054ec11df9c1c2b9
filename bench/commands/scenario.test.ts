import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from "vitest";
import yargs from "yargs";
import { UsageError } from "../../core/assert.ts";
import { scenarioCommand } from "./scenario.ts";

// Ctrl-C belongs to the process, not to a test.
const interrupts = vi.hoisted(() => ({ signal: new AbortController().signal }));
vi.mock("../interrupt.ts", () => ({
  interruptedExitCode: 130,
  signalOfInterrupts: () => interrupts.signal,
}));

const fixture = (name: string) =>
  fileURLToPath(new URL(`../scenario/fixtures/${name}`, import.meta.url));
const pbftCases = fixture("cse535-f25-pbft.csv");
const paxosCases = fixture("cse535-f25-paxos.csv");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let said: string[] = [];
beforeEach(() => {
  said = [];
  vi.spyOn(console, "log").mockImplementation((...words) => void said.push(words.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** A file with these rows below the full header. */
function fileOf(...rows: string[]): string {
  const path = join(folder, "cases.csv");
  writeFileSync(path, ["Set Number,Transactions,Live,Byzantine,Attack", ...rows, ""].join("\n"));
  return path;
}

/** Runs the command as the command line does; a mistake is told as its sentence. */
async function run(...words: string[]) {
  said = [];
  try {
    await yargs(["scenario", ...words])
      .parserConfiguration({
        "parse-numbers": false,
        "dot-notation": false,
        "camel-case-expansion": false,
      })
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .command(scenarioCommand)
      .parseAsync();
  } catch (error) {
    if (error instanceof UsageError) return { code: 2, text: error.message };
    throw error;
  }
  return { code: Number(process.exitCode ?? 0), text: said.join("\n") };
}

describe("the printed report", () => {
  test("tells of each set who ran, what came of each transaction, and whether that is right", async () => {
    const { code, text } = await run(pbftCases);
    equal(code, 0);
    match(
      text,
      /^PBFT {2}n=7 f=2 {2}a fresh cluster for each set {2}one transaction after another/,
    );
    match(text, /Set 2 {2}live n1–n5 {2}down n6, n7\n/);
    match(text, /2 faulty or down, 2 tolerated: everything must commit/);
    match(text, /\(F, G, 12\) +│failed: not enough funds +│ +1 │ +0 │ +5 │/);
    match(text, /Balances: A 10 {2}B 10 .* G 9 {2}H 0 {2}I 10 {2}J 21 {2}\(sum 100\)/);
    match(text, /at 5 of 5 correct live nodes: n1–n5\n/);
    match(text, /Reads: J = 21\nView: 0, led by n1, executed up to sequence 5\n/);
    match(text, /Byzantine n1: time; dark\(n6\); equivocation\(n7\)/);
    match(text, /Attack: dark\(n6\) by n1, at work on \d+ messages/);
    match(text, /3 faulty or down, 2 tolerated: nothing may commit/);
    match(text, /Reads: H = not answered\nView: none: most are between two views, nobody leads/);
    match(text, /Safety: vacuous {2}Liveness: stalled/);
    match(text, /\n\n6 sets: all as they should be\.$/);
  });

  test("of Paxos names ballots, failed leaders and transactions of earlier sets", async () => {
    const { code, text } = await run(paxosCases, "--keep-state");
    equal(code, 0);
    match(text, /^Paxos {2}n=5 f=2 {2}state is kept between sets/);
    match(text, /\(C, B, 1\) of set 5 +│committed/);
    match(text, /LF: n\d led, and failed/);
    match(text, /View: \d+ = ballot \(\d+, n\d\), led by n\d, executed up to sequence 16/);
  });

  test("names nodes as the file does, and those that the file does not have", async () => {
    const row = '1,"(A, B, 1)","[S1, S2, S3, S5, S6, S7]",[S2],[time]';
    const { text } = await run(fileOf(row), "--n", "9");
    match(text, /live S1–S3, S5–S9 {2}down S4 {2}not in the file S8, S9 {2}Byzantine S2: time/);
    match(text, /Attack: time by S2, never at work/);
  });
});

describe("--json", () => {
  test("says the same as one object, and nothing else", async () => {
    const { code, text } = await run(paxosCases, "--keep-state", "--json", "--seed", "3");
    equal(code, 0);
    const told = JSON.parse(text);
    deepEqual(
      [told.protocol, told.n, told.f, told.seed, told.keepsState, told.asExpected],
      ["paxos", 5, 2, 3, true, true],
    );
    const counts = ["set", "committed", "failed", "pending", "lastSequence", "mustCommit"];
    deepEqual(
      told.sets.map((set: Record<string, unknown>) => counts.map((name) => set[name])),
      [
        [1, 5, 0, 0, 5, "all"],
        [2, 2, 0, 0, 7, "all"],
        [3, 2, 0, 0, 9, "all"],
        [4, 1, 1, 0, 11, "all"],
        [5, 0, 0, 2, 11, "none"],
        [6, 5, 0, 0, 16, "all"],
      ],
    );
    const [, , third, , fifth, sixth] = told.sets;
    deepEqual(
      [third.down, third.agreeing],
      [
        ["n2", "n4"],
        ["n1", "n3", "n5"],
      ],
    );
    deepEqual(third.balances, { A: 9, B: 1, C: 11, D: 11, E: 14, F: 11, G: 12, H: 8, I: 14, J: 9 });
    deepEqual([fifth.safety, fifth.liveness], ["vacuous", "stalled"]);
    equal(sixth.failedLeaders.length, 1);
    const { latencyMs, view, ...transaction } = sixth.transactions[0];
    ok(latencyMs > 0 && view > 0);
    deepEqual(
      { ...transaction, sequence: [12, 13].includes(transaction.sequence) },
      {
        transaction: "(C, B, 1)",
        line: 13,
        set: 5,
        client: "c2",
        outcome: "committed",
        reason: null,
        balance: null,
        sequence: true,
        replies: 1,
        matchingReplies: 1,
      },
    );
  });

  test("holds attacks, reads, replies and every node by both names", async () => {
    const rows = ['1,"(A, B, 11)","[n1, n2, n3, n4]",[n4],[crash]', ",(A),,,"];
    const { code, text } = await run(fileOf(...rows), "--json", "--n", "4");
    equal(code, 0);
    const [set] = JSON.parse(text).sets;
    deepEqual(
      set.attacks.map(({ attack, node }: Record<string, unknown>) => [attack, node]),
      [["crash", "n4"]],
    );
    ok(set.attacks[0].fired > 0);
    deepEqual(set.reads, [10]);
    deepEqual(
      set.transactions.map((each: Record<string, unknown>) => [
        each["outcome"],
        each["reason"],
        each["balance"],
        each["replies"],
        each["matchingReplies"],
      ]),
      [
        ["failed", "not enough funds", null, 3, 3],
        ["committed", null, 10, 3, 3],
      ],
    );
    deepEqual(
      set.nodes.map((node: Record<string, unknown>) => [
        node["node"],
        node["id"],
        node["isByzantine"],
      ]),
      [
        ["n1", "r0", false],
        ["n2", "r1", false],
        ["n3", "r2", false],
        ["n4", "r3", true],
      ],
    );
    deepEqual([set.correctLive, set.view, set.leader], [3, 0, "n1"]);
  });
});

describe("what a file and the flags make of each other", () => {
  const headOf = async (...words: string[]) => (await run(...words)).text.split("\n")[0] ?? "";

  test("a file without Byzantine is for Paxos, one with it for PBFT", async () => {
    match(await headOf(paxosCases), /^Paxos {2}n=5 /);
    match(await headOf(fileOf("1,(A),,,")), /^PBFT {2}n=7 f=2 /);
  });

  test("the cluster is as large as the file, or as asked", async () => {
    match(await headOf(fileOf("1,(A),[n1 n2 n3 n4],,")), /^PBFT {2}n=4 f=1 /);
    match(await headOf(fileOf("1,(A),[n1 n2 n3 n4],,"), "--n", "7"), /n=7 f=2 /);
    match(await headOf(pbftCases, "--f", "2", "--protocol", "ccro-safe"), /^CCRO-safe {2}n=9 f=2 /);
  });

  test("nodes of the courses' clusters that a file does not name are down, others run", async () => {
    const { text } = await run(fileOf("1,(A),[n1 n2 n3 n4 n5],,"), "--n", "9");
    match(text, /live n1–n5, n8, n9 {2}down n6, n7 {2}not in the file n8, n9\n/);
  });

  test("time-out, checkpoint, patience and clients in parallel", async () => {
    const flags = ["--timeout", "2s", "--checkpoint", "5", "--patience", "3", "--parallel"];
    const { text } = await run(pbftCases, "--json", ...flags);
    const { timeoutMs, patienceMs, checkpoint, isParallel } = JSON.parse(text);
    deepEqual([timeoutMs, patienceMs, checkpoint, isParallel], [2000, 6000, 5, true]);
  });
});

test("--help says what the flags mean here, with their defaults", async () => {
  const built =
    typeof scenarioCommand.builder === "function" ? scenarioCommand.builder(yargs([])) : undefined;
  const help = (await (await built)?.getHelp()) ?? "";
  match(
    help.replace(/\s+/g, " "),
    /--patience time-outs that a transaction is waited for before the/,
  );
  match(help, /\[default: pbft; paxos for a file without Byzantine\]/);
});

describe("exit codes", () => {
  test("1 when something stalls that must not", async () => {
    // Half of all messages get lost: nobody waits long enough.
    const { code, text } = await run(pbftCases, "--network", "loss=70%", "--patience", "1");
    equal(code, 1);
    match(
      text,
      /NOT as it should be: \d of 5 transactions are pending, and everything must commit/,
    );
    match(text, /\n\n6 sets: \d not as they should be \([\d, ]+\)\.$/);
  });

  test("0 for a protocol that promises nothing, with the reason", async () => {
    const { code, text } = await run(fileOf("1,(A),,,"), "--protocol", "flood");
    equal(code, 0);
    match(text, /not held to it: it decides nothing/);
  });

  test("130 when interrupted: what was played is told", async () => {
    const before = interrupts.signal;
    interrupts.signal = AbortSignal.abort();
    try {
      const { code, text } = await run(pbftCases);
      equal(code, 130);
      match(text, /\n1 set: all as they should be\.\nInterrupted: 6 sets are in the file\.$/);
      const { text: json } = await run(pbftCases, "--json");
      deepEqual([JSON.parse(json).isInterrupted, JSON.parse(json).sets.length], [true, 1]);
    } finally {
      interrupts.signal = before;
    }
  });

  const wrong = [
    ["a file that is not there", ["nowhere.csv"], /^nowhere\.csv: cannot be read \(ENOENT/],
    ["a mistake in the file", [], /cases\.csv: line 2: there is no attack crush, only/],
    [
      "too few nodes",
      [pbftCases, "--n", "4"],
      /^--n or --f must give at least the 7 nodes of the file, not 4$/,
    ],
    ["two sizes", [pbftCases, "--n", "7", "--f", "2"], /^scenario takes --n or --f, not both/],
    [
      "several protocols",
      [pbftCases, "--protocol", "pbft,paxos"],
      /^scenario takes one --protocol, not 2/,
    ],
    [
      "another transport",
      [pbftCases, "--transport", "http"],
      /^--transport must be simulated, not http: .* only the simulator/,
    ],
    [
      "a bad number",
      [pbftCases, "--n", "many"],
      /^--n must be a whole number from 1 to 1000, not "many"$/,
    ],
  ] as const;

  for (const [what, words, message] of wrong) {
    test(`2 for ${what}`, async () => {
      const { code, text } = await run(
        ...(words.length === 0 ? [fileOf("1,(A),[n1],[n1],[crush]")] : words),
      );
      match(text, message);
      equal(code, 2);
    });
  }
});
