import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { printTables } from "../output/table.ts";
import { ResultFolder } from "../results/result-folder.ts";
import type { StartCluster } from "../runner.ts";
import { parseSuite } from "../suite.ts";
import { startRun } from "../suite-run.ts";
import { startCluster } from "./start-cluster.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-measured-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

const text = "n: 4\nauth: none\nrequests: 2\nwarmup: 1\nrepetitions: 2\n";

/** What lies in the folder of each cluster's disks when the cluster is about to end. */
async function play(more: string, dataDir?: string) {
  const seen: { readonly dataDir: string | undefined; readonly logs: readonly number[] }[] = [];
  const start: StartCluster = async (spec) => {
    const cluster = await startCluster(spec);
    const end = cluster.close.bind(cluster);
    const close = async () => {
      const directory = spec.dataDir;
      const logs = (directory === undefined ? [] : readdirSync(directory)).map(
        (node) => statSync(join(directory ?? "", node, "log")).size,
      );
      seen.push({ dataDir: directory, logs });
      await end();
    };
    return Object.assign(cluster, { close });
  };
  const suite = parseSuite(text + more, "disks.yaml");
  const out = join(parent, "run");
  const options = { flags: {}, out, command: "", start, dataDir };
  const answer = await startRun(suite, options, new AbortController().signal);
  return { seen, answer, rows: ResultFolder.open(out).rows("summary") };
}

describe("a measured cell with a disk", () => {
  for (const protocol of ["pbft", "paxos", "ccro-safe"]) {
    test(`writes its log to a fresh folder in each repetition, and takes it away: ${protocol}`, async () => {
      const dataDir = join(parent, "logs");
      const { seen, rows, answer } = await play(`protocol: ${protocol}\ndisk: log\n`, dataDir);
      equal(seen.length, 2);
      equal(new Set(seen.map((each) => each.dataDir)).size, 2);
      for (const { logs } of seen) ok(logs.filter((bytes) => bytes > 0).length >= 4);
      deepEqual(readdirSync(dataDir), []);
      deepEqual(
        rows.map(({ disk, safety, liveness }) => [disk, safety, liveness]),
        [
          ["log", "ok", "ok"],
          ["log", "ok", "ok"],
        ],
      );
      const manifest = JSON.parse(readFileSync(join(answer.folder, "manifest.json"), "utf8"));
      deepEqual([manifest.dataDir, manifest.cells[0].disk], [dataDir, "log"]);
    });
  }

  test("stands beside one without: another cell, another regime, disks only there", async () => {
    const { seen, rows, answer } = await play("protocol: pbft\ndisk: [none, log]\n");
    deepEqual(
      new Set(rows.map(({ cell }) => cell)),
      new Set(["pbft n=4 auth=none", "pbft n=4 auth=none disk=log"]),
    );
    equal(seen.filter(({ dataDir }) => dataDir === undefined).length, 2);
    ok(seen.some(({ dataDir }) => dataDir?.startsWith(join(answer.folder, "disks"))));
    const tables = printTables(answer.manifest, answer.summaries, undefined);
    match(tables, /no disk/);
    match(tables, /synced log on disk/);
  });

  test("is refused where nothing can be written", async () => {
    const file = join(parent, "file");
    writeFileSync(file, "");
    await rejects(
      play("protocol: pbft\ndisk: log\n", join(file, "below")),
      /--data-dir must be a directory that can be written to/,
    );
  });
});
