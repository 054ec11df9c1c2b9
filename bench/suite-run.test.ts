import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { startCluster } from "./clusters/start-cluster.ts";
import { jsonOf } from "./output/answer-json.ts";
import { printTables } from "./output/table.ts";
import { ResultFolder } from "./results/result-folder.ts";
import type { StartCluster } from "./runner.ts";
import { parseSuite } from "./suite.ts";
import { type Answer, resumeRun, startRun } from "./suite-run.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

const never = new AbortController().signal;
const quickly = "transport: simulated\nrequests: 3\nwarmup: 1\nrepetitions: 2\n";

async function answerTo(text: string, signal = never): Promise<Answer> {
  const suite = parseSuite(quickly + text, "small.yaml");
  return startRun(suite, { flags: {}, out: join(parent, "run"), command: "run small" }, signal);
}

const rowsIn = ({ folder }: Answer, file: "requests" | "replies" | "messages" | "summary") =>
  ResultFolder.open(folder).rows(file);

describe("a run", () => {
  test("has a row for each request, each reply count and each repetition", async () => {
    const answer = await answerTo("protocol: [pbft, ccro]\nn: 4\n");
    equal(rowsIn(answer, "summary").length, 4);
    equal(rowsIn(answer, "requests").length, 12);
    equal(rowsIn(answer, "replies").length, 12 * 5);
    equal(answer.isInterrupted, false);
    deepEqual(answer.broken, []);
  });

  test("says in every row what it is about, and finds it safe and live", async () => {
    const answer = await answerTo("protocol: pbft\nn: 4\nfault: malicious@r2\nseed: 7\n");
    const [row] = rowsIn(answer, "summary");
    equal(row?.["run"], "run");
    equal(row?.["cell"], "pbft n=4 malicious@r2 transport=simulated");
    deepEqual([row?.["faulty"], row?.["seed"], row?.["repetition"]], ["r2", "7", "1"]);
    deepEqual([row?.["correct"], row?.["corrupt"], row?.["missing"]], ["3", "1", "0"]);
    deepEqual([row?.["safety"], row?.["liveness"], row?.["decisions"]], ["ok", "ok", "4"]);
    equal(row?.["messages_per_request"], "29");
  });

  test("counts messages by kind beside the formula", async () => {
    const answer = await answerTo("protocol: ccro\nn: 6\n");
    for (const row of rowsIn(answer, "messages")) {
      if (row["is_control"] === "true") continue;
      equal(row["messages_per_request"], row["expected_per_request"], row["kind"]);
    }
  });

  test("keeps the manifest: cells, seed, policy, machine, code", async () => {
    const { folder } = await answerTo("protocol: pbft\nn: 4\n");
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    equal(manifest.cells.length, 1);
    equal(manifest.timeoutPolicy, "500 + 0.75 n² ms");
    equal(manifest.isQuick, true);
    deepEqual([manifest.repetitionsPlanned, manifest.repetitionsDone], [2, 2]);
    equal(manifest.sessions[0].isInterrupted, false);
    ok(manifest.sessions[0].machine.cores > 0);
  });

  test("with f + 1 nodes offline is stalled, and nobody is to blame", async () => {
    const answer = await answerTo("protocol: pbft\nn: 4\nfault: offline@2\ntimeout: 50\n");
    const [row] = rowsIn(answer, "summary");
    deepEqual(
      [row?.["liveness"], row?.["safety"], row?.["latency_p50_ms"]],
      ["stalled", "vacuous", "inf"],
    );
    deepEqual([row?.["requests"], row?.["committed"]], ["1", "0"]);
    equal(row?.["messages_per_request"], "");
    deepEqual(answer.broken, []);
    equal(answer.notes[0]?.liveness, "stalled");
    ok(
      answer.notes[0]?.repeat.startsWith(
        "npm run bench -- run --protocol pbft --n 4 --fault offline@2",
      ),
    );
  });

  test("is broken where the suite says that it must hold", async () => {
    const { broken } = await answerTo(
      "mustHold: all\nprotocol: pbft\nn: 4\nfault: offline@2\ntimeout: 50\n",
    );
    deepEqual(
      broken.map(({ name }) => name),
      ["pbft n=4 offline@2 transport=simulated"],
    );
  });

  test("prints tables on equal terms, with regime, policy and verdicts", async () => {
    const answer = await answerTo(
      "protocol: [pbft, ccro]\nf: 1\nn: 4\nfault: [none, malicious@1]\n",
    );
    const text = printTables(answer.manifest, answer.summaries, undefined);
    for (const words of [
      "equal f = 1",
      "equal n = 4",
      /all nodes share \d+ cores/,
      "quick: fewer than 5 repetitions",
      "time-out 500 + 0.75 n² ms",
      "64 bytes of payload · batch 1 · one message a post",
      "29 = 29",
      "28 = 28",
      "3 / 1 / 0",
    ]) {
      ok(
        typeof words === "string" ? text.includes(words) : words.test(text),
        `${words} in\n${text}`,
      );
    }
    equal(text.includes("≠"), false);
    // Published CCRO with more faults than it tolerates is shown as what it is.
    ok(/\* not held to it: CCRO: 1 faulty, and it tolerates 0/.test(text), text);
  });

  test("answers in JSON with numbers as numbers", async () => {
    const answer = await answerTo("protocol: pbft\nn: 4\n");
    const json = JSON.parse(JSON.stringify(jsonOf(answer)));
    equal(json.cells[0].median.messages_per_request, 29);
    equal(json.cells[0].safety, "ok");
    equal(json.isQuick, true);
  });

  test("brings published times along", async () => {
    const data = join(import.meta.dirname, "data", "seed-004-times.csv");
    const suite = {
      ...parseSuite(`${quickly}n: 4\nfault: offline@1\n`, "small.yaml"),
      published: data,
    };
    const options = { flags: {}, out: join(parent, "run"), command: "" };
    const { folder } = await startRun(suite, options, never);
    equal(existsSync(join(folder, "published.csv")), true);
  });
});

describe("an interrupted run", () => {
  /** Interrupted while the request after so many is under way, warm-up included. */
  async function interruptedAfter(requests: number): Promise<Answer> {
    const controller = new AbortController();
    let sent = 0;
    const start: StartCluster = async (spec) => {
      const cluster = await startCluster(spec);
      return {
        members: cluster.members,
        clients: cluster.clients,
        submit: (client, operation, patienceMs) => {
          sent += 1;
          if (sent > requests) controller.abort();
          return cluster.submit(client, operation, patienceMs);
        },
        drain: (patienceMs) => cluster.drain(patienceMs),
        reports: () => cluster.reports(),
        logs: (from, to) => cluster.logs(from, to),
        close: () => cluster.close(),
      };
    };
    const suite = parseSuite(`${quickly}protocol: [pbft, ccro]\nn: [4, 7]\n`, "small.yaml");
    const out = join(parent, "run");
    return startRun(suite, { flags: {}, out, command: "", start }, controller.signal);
  }

  test("keeps what it measured and says so in the manifest", async () => {
    const answer = await interruptedAfter(11);
    equal(answer.isInterrupted, true);
    equal(rowsIn(answer, "requests").length, 8);
    equal(rowsIn(answer, "summary").length, 2);
    equal(answer.manifest.sessions[0]?.isInterrupted, true);
    equal(answer.manifest.repetitionsDone, 2);
  });

  test("goes on to the same set of cells, each repetition once", async () => {
    const { folder } = await interruptedAfter(11);
    const resumed = await resumeRun(folder, never);
    equal(resumed.isInterrupted, false);
    const names = rowsIn(resumed, "summary").map((row) => `${row["cell"]} ${row["repetition"]}`);
    equal(names.length, 8);
    equal(new Set(names).size, 8);
    equal(rowsIn(resumed, "requests").length, 24);
    deepEqual(
      resumed.manifest.sessions.map(({ isInterrupted }) => isInterrupted),
      [true, false],
    );
  });

  test("has the rows that it would have had in one go", async () => {
    const { folder } = await interruptedAfter(11);
    const resumed = await resumeRun(folder, never);
    const counted = rowsIn(resumed, "summary").map((row) => [
      row["cell"],
      row["repetition"],
      row["seed"],
      row["latency_p50_ms"],
      row["messages_per_request"],
    ]);
    rmSync(folder, { recursive: true });
    const once = await answerTo("protocol: [pbft, ccro]\nn: [4, 7]\n");
    const expected = rowsIn(once, "summary").map((row) => [
      row["cell"],
      row["repetition"],
      row["seed"],
      row["latency_p50_ms"],
      row["messages_per_request"],
    ]);
    deepEqual(counted.sort(), expected.sort());
  });

  test("that is complete has nothing left to do", async () => {
    const done = await answerTo("protocol: pbft\nn: 4\n");
    const again = await resumeRun(done.folder, never);
    equal(rowsIn(again, "summary").length, 2);
  });
});
