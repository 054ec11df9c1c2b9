import { deepEqual, equal, throws } from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { cellsOf, planOf, type Repetition } from "../experiment.ts";
import {
  keyOf,
  messageColumns,
  replyColumns,
  requestColumns,
  type SummaryRow,
  summaryColumns,
} from "./columns.ts";
import { createManifest, withEnd, withSession } from "./manifest.ts";
import { freshPath, linkLatest, ResultFolder, repetitionKey } from "./result-folder.ts";
import { notedVerdicts } from "./verdicts.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

const choice = {
  protocol: ["pbft"],
  n: [4],
  fault: ["dark(r1,r2)@r3"],
  transport: ["simulated"],
  network: ["delay=20ms,loss=1%"],
  repetitions: 2,
};
const name = "pbft n=4 dark(r1+r2)@r3 transport=simulated network=delay=20ms,loss=1%";
const cells = cellsOf([{ title: undefined, choice }], {});
const manifest = createManifest({
  run: "test",
  suite: "test",
  title: "A test",
  mustHold: "promised",
  command: "run test",
  seed: 1,
  cells: [...cells],
});
const [first, second] = planOf(cells, 1) as [Repetition, Repetition];
const create = () => ResultFolder.create(join(parent, "new"), manifest);

const requestRow = (repetition: Repetition, request: number) => ({
  ...keyOf("test", repetition, ["r3"]),
  request,
  sent_ms: 0.5,
  latency_ms: request === 2 ? Number.POSITIVE_INFINITY : 1.25,
  outcome: "committed",
  view: 0,
  sequence: request,
  correct: 3,
  corrupt: undefined,
  missing: 1,
});

const summaryRow = (repetition: Repetition): SummaryRow => ({
  ...(Object.fromEntries(summaryColumns.map((column) => [column, 1])) as unknown as SummaryRow),
  ...keyOf("test", repetition, ["r3"]),
});

const header =
  "run,cell,repetition,protocol,n,f,domains,fault,faulty,transport,place,auth,network,service," +
  "payload_bytes,batch,coalesce,clients,rate,seed";
/** Keys that came later stand behind everything else. */
const laterKeys = "disk,arrivals";

test("the files have the columns that were promised, in their order", () => {
  const folder = create();
  const headOf = (file: string) => readFileSync(join(folder.path, file), "utf8");
  equal(
    headOf("requests.csv"),
    `${header},request,sent_ms,latency_ms,outcome,view,sequence,correct,corrupt,missing,${laterKeys}\n`,
  );
  equal(
    headOf("replies.csv"),
    `${header},request,node,role,correct,corrupt,missing,${laterKeys}\n`,
  );
  equal(
    headOf("summary.csv"),
    `${header},requests,committed,throughput_per_s,latency_mean_ms,latency_p50_ms,latency_p90_ms,` +
      "latency_p99_ms,latency_p999_ms,latency_max_ms,latency_p50_low_ms,latency_p50_high_ms," +
      "messages_per_request,control_messages,bytes_per_request,posts_per_request," +
      "signatures_per_request,verifications_per_request,cpu_ms_per_request,rss_max_mb,view_changes," +
      "correct,corrupt,missing,longest_gap_ms,decisions,safety,liveness," +
      `offered_per_s,missed,is_steady,event_loop_delay_p99_ms,validity,${laterKeys}\n`,
  );
});

test("values with commas are quoted, nothing is an empty cell, never is inf", () => {
  const folder = create();
  folder.append("requests", [requestRow(first, 1), requestRow(first, 2)]);
  const [, one, two] = readFileSync(folder.pathOf("requests"), "utf8").split("\n");
  equal(
    one,
    `test,"${name}",1,pbft,4,1,1,dark(r1+r2)@r3,r3,simulated,in-process,ed25519,` +
      '"delay=20ms,loss=1%",echo,64,1,none,1,,1,1,0.5,1.25,committed,0,1,3,,1,none,',
  );
  equal(two?.split(",").includes("inf"), true);
  equal(folder.rows("requests")[0]?.["network"], "delay=20ms,loss=1%");
});

describe("going on with an interrupted run", () => {
  test("drops rows of repetitions that did not end, and keeps the others", () => {
    const folder = create();
    folder.append("requests", [requestRow(first, 1), requestRow(second, 1)]);
    folder.append("summary", [summaryRow(first)]);
    const resumed = ResultFolder.resume(folder.path).folder;
    deepEqual(
      resumed.rows("requests").map((row) => row["repetition"]),
      [String(first.number)],
    );
    deepEqual(
      [...resumed.repetitionsDone()],
      [repetitionKey({ cell: first.cell.name, repetition: first.number })],
    );
  });

  test("does not stumble over half a line", () => {
    const folder = create();
    folder.append("requests", [requestRow(first, 1)]);
    folder.append("summary", [summaryRow(first)]);
    appendFileSync(folder.pathOf("requests"), 'test,"pbft n=4 da');
    appendFileSync(folder.pathOf("summary"), "test,pbft");
    const resumed = ResultFolder.resume(folder.path).folder;
    equal(resumed.rows("requests").length, 1);
    equal(resumed.repetitionsDone().size, 1);
    equal(readFileSync(folder.pathOf("requests"), "utf8").endsWith("\n"), true);
  });

  test("takes out verdicts of repetitions that did not end, and half a note", () => {
    const folder = create();
    const note = { cell: first.cell.name, seed: 1, safety: "ok", liveness: "stalled" };
    const [kept, other] = [first, second].map(({ number }) =>
      JSON.stringify({ ...note, repetition: number, reasons: [], repeat: "run" }),
    );
    folder.append("summary", [summaryRow(first)]);
    const path = join(folder.path, "verdicts.jsonl");
    writeFileSync(path, `${kept}\n${other}\n${kept?.slice(0, 30)}`);
    deepEqual(notedVerdicts(folder.path).length, 2);
    ResultFolder.resume(folder.path);
    equal(readFileSync(path, "utf8").endsWith("}\n"), true);
    deepEqual(
      notedVerdicts(folder.path).map(({ repetition }) => repetition),
      [first.number],
    );
  });

  test("reads what was asked from the manifest", () => {
    const folder = create();
    folder.writeManifest(withEnd(withSession(manifest), true));
    const { manifest: read } = ResultFolder.resume(folder.path);
    deepEqual(read.cells, cells);
    equal(read.sessions[0]?.isInterrupted, true);
  });
});

for (const [file, columns] of [
  ["requests", requestColumns],
  ["replies", replyColumns],
  ["messages", messageColumns],
  ["summary", summaryColumns],
] as const) {
  test(`${file}.csv has the columns of the reference run, and new ones behind them`, () => {
    const reference = join(import.meta.dirname, "../..", "results", "reference", `${file}.csv`);
    const [head = ""] = readFileSync(reference, "utf8").split("\n");
    const promised = head.split(",");
    deepEqual(columns.slice(0, promised.length), promised);
  });
}

test("what stands in a folder is never overwritten", () => {
  create();
  throws(create, /^UsageError: .*new is not empty: name a new folder, or go on with run --resume$/);
});

test("what a run leaves that was killed before it had a manifest is begun again", () => {
  const path = join(parent, "new");
  mkdirSync(path);
  writeFileSync(join(path, "manifest.json.new"), '{"run": "te');
  deepEqual(create().readManifest().cells, cells);
  rmSync(join(path, "manifest.json"));
  throws(create, /is not empty/, "rows are never overwritten");
});

test("a folder without a manifest is no folder of results", () => {
  throws(() => ResultFolder.resume(parent), /^UsageError: .* is no folder of results/);
});

test("a manifest of another version is refused with what is wrong in it", () => {
  const folder = create();
  writeFileSync(join(folder.path, "manifest.json"), '{"run": 1}');
  throws(
    () => ResultFolder.resume(folder.path),
    /^UsageError: .* is no manifest of this version: run /,
  );
  writeFileSync(join(folder.path, "manifest.json"), "{");
  throws(() => ResultFolder.resume(folder.path), /^UsageError: .* is no manifest of this version/);
});

test("two runs of one day have two folders", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  equal(freshPath(parent, "default", now), join(parent, "2026-11-21-default"));
  mkdirSync(join(parent, "2026-11-21-default"));
  equal(freshPath(parent, "default", now), join(parent, "2026-11-21-default-2"));
});

test("latest points to the newest folder, and never replaces a real one", () => {
  const folder = create();
  linkLatest(folder.path);
  linkLatest(folder.path);
  equal(readlinkSync(join(parent, "latest")), "new");
  rmSync(join(parent, "latest"));
  mkdirSync(join(parent, "latest"));
  linkLatest(folder.path);
  equal(lstatSync(join(parent, "latest")).isDirectory(), true);
  equal(existsSync(join(parent, "latest")), true);
});
