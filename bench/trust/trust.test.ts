import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { specOf } from "../cell.ts";
import { readNodeConfig, specOfNode } from "../configuration/node-config.ts";
import { cellsOf } from "../experiment.ts";
import { commandFor } from "../output/repeat.ts";
import { protocolNamed } from "../protocols.ts";
import { ResultFolder } from "../results/result-folder.ts";
import { startRun } from "../suite-run.ts";
import { monitorOf } from "./monitor.ts";

const choice = { protocol: ["ccro"], n: [6], transport: ["simulated"], repetitions: 1 } as const;

/** The rows of trust.csv that a run of this leaves. */
async function run(changes: object) {
  const parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
  const path = join(parent, "run");
  try {
    const suite = {
      name: "trust",
      title: "Trust",
      mustHold: "none",
      published: undefined,
      grids: [{ title: undefined, choice: { ...choice, requests: 5, warmup: 2, ...changes } }],
    } as const;
    await startRun(suite, { flags: {}, out: path, command: "run" }, new AbortController().signal);
    const isThere = existsSync(join(path, "trust.csv"));
    return { rows: ResultFolder.open(path).rows("trust"), isThere };
  } finally {
    rmSync(parent, { recursive: true });
  }
}

test("a CCRO cell leaves trust.csv: a row for each round and node, with its parts", async () => {
  const { rows } = await run({});
  equal(rows.length, 7 * 6);
  const [first] = rows;
  deepEqual(
    [first?.["protocol"], first?.["height"], first?.["epoch"], first?.["node"], first?.["role"]],
    ["ccro", "1", "0", "r0", "primary"],
  );
  deepEqual(
    [first?.["trust"], first?.["uptime"], first?.["completion"], first?.["response_step"]],
    ["6", "1", "1", "0"],
  );
  ok(rows.some((row) => row["response_step"] === "1.2"));
  ok(rows.some((row) => Number(row["trust"]) === 10));
});

test("with trust: printed nobody passes 6.6", async () => {
  const { rows } = await run({ trust: "printed" });
  equal(rows.length, 7 * 6);
  ok(rows.every((row) => Number(row["trust"]) <= 6.6));
});

test("where nobody computes trust there is no such file", async () => {
  const { rows, isThere } = await run({ protocol: ["pbft"], n: [4] });
  deepEqual([rows.length, isThere], [0, false]);
});

test("a monitor that is not there leaves none either", async () => {
  const { isThere } = await run({ fault: ["offline@m0"] });
  equal(isThere, false);
});

test("only a protocol with a monitor can be told how to read the formula", () => {
  equal(monitorOf(protocolNamed("ccro-safe")), "m0");
  equal(monitorOf(protocolNamed("pbft")), undefined);
  const cells = (protocol: string) =>
    cellsOf(
      [{ title: undefined, choice: { ...choice, protocol: [protocol], trust: "printed" } }],
      {},
    );
  throws(() => cells("pbft"), {
    name: "UsageError",
    message: "trust printed has no meaning for pbft: only CCRO's monitor computes trust",
  });
  const [cell] = cells("ccro-certified");
  ok(cell !== undefined);
  equal(specOf(cell, 1).settings.trust, "printed");
  ok(commandFor(cell, 1).includes(" --trust printed "));
});

test("a node's config may say it, too", () => {
  const ids = ["r0", "r1", "r2", "m0"];
  const peers = ids.map((id, index) => `${id}: "http://127.0.0.1:${8080 + index}"`).join(", ");
  const config = readNodeConfig(undefined, {
    QUORUMLAB_PROTOCOL: "ccro",
    QUORUMLAB_ID: "m0",
    QUORUMLAB_PEERS: `{${peers}}`,
    QUORUMLAB_TRUST: "printed",
  });
  equal(specOfNode(config).settings.trust, "printed");
});
