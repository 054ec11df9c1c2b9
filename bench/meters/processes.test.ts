import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { specOf } from "../cell.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { cellsOf } from "../experiment.ts";
import { measure } from "../meter.ts";
import type { Choice } from "../options/choice.ts";
import { keyOf, type ProcessRow } from "../results/columns.ts";
import { processRows, summaryRow } from "../results/rows.ts";

const never = new AbortController().signal;

async function rowsOf(choice: Choice) {
  const asked = { ...{ protocol: ["pbft"], n: [4], requests: 5, warmup: 2 }, ...choice };
  const [cell] = cellsOf([{ title: undefined, choice: asked }], {});
  if (cell === undefined) throw new Error("there is a cell");
  const cluster = await startCluster(specOf(cell, 1));
  try {
    const measured = await measure(cluster, cell, never);
    const key = keyOf("test", { cell, number: 1, seed: 1 }, []);
    return { rows: processRows(key, measured), summary: summaryRow(key, measured) };
  } finally {
    await cluster.close();
  }
}

/** What all processes together did is what the summary says. */
function sumsUp(rows: readonly ProcessRow[], summary: object): void {
  const columns = [
    ...["messages_per_request", "posts_per_request", "bytes_per_request"],
    ...["signatures_per_request", "verifications_per_request", "cpu_ms_per_request"],
  ];
  for (const column of columns) {
    const parts = rows.map((row) =>
      Number(Object.entries(row).find(([name]) => name === column)?.[1] ?? 0),
    );
    const whole = Number(Object.entries(summary).find(([name]) => name === column)?.[1]);
    const sum = parts.reduce((total, part) => total + part, 0);
    ok(whole > 0, column);
    // Each is rounded for itself.
    ok(Math.abs(sum - whole) < 0.01, `${column}: ${parts} are ${sum}, not ${whole}`);
  }
}

test("each node's process has figures of its own, and together they are those of the summary", async () => {
  const { rows, summary } = await rowsOf({ place: ["processes"] });
  deepEqual(
    rows.map((row) => [row.process, row.participants]),
    [
      ["bench", ""],
      ["r0", "r0+c0"],
      ["r1", "r1"],
      ["r2", "r2"],
      ["r3", "r3"],
    ],
  );
  sumsUp(rows, summary);
  for (const row of rows) {
    ok(Number(row.cpu_ms) > 0, `${row.process} needs CPU`);
    ok(Number(row.rss_max_mb) > 10, `${row.process} needs memory`);
    ok(Number(row.event_loop_delay_p50_ms) >= 0);
    ok(Number(row.event_loop_delay_p99_ms) >= Number(row.event_loop_delay_p50_ms));
  }
  const [bench, primary, ...backups] = rows;
  equal(bench?.messages_per_request, undefined, "no node lives in the bench's process");
  // A round of PBFT at n = 4: the client's request, 3 pre-prepares, 3 commits and a reply leave the commander.
  equal(primary?.messages_per_request, 8);
  for (const backup of backups) equal(backup.messages_per_request, 7);
});

test("nodes that live in the bench's process share its one row, and it says so", async () => {
  const { rows, summary } = await rowsOf({ place: ["in-process"] });
  deepEqual(
    rows.map((row) => [row.process, row.participants]),
    [["bench", "r0+r1+r2+r3+c0"]],
  );
  sumsUp(rows, summary);
});

test("a node that never ran has no row", async () => {
  const { rows } = await rowsOf({ place: ["processes"], fault: ["offline@r3"] });
  deepEqual(
    rows.map(({ process }) => process),
    ["bench", "r0", "r1", "r2"],
  );
});
