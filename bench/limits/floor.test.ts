import { equal, match, ok } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { summarise } from "../cell-summary.ts";
import { cellsOf } from "../experiment.ts";
import type { Choice } from "../options/choice.ts";
import { readSuite } from "../suite.ts";
import { floorFile, floorOf, floorTable, measureFloors, writeFloors } from "./floor.ts";

const measured = {
  repetition: "1",
  posts_per_request: "3",
  bytes_per_request: "1200",
  signatures_per_request: "2",
  verifications_per_request: "4",
  throughput_per_s: "500",
  cpu_ms_per_request: "1.9",
  safety: "ok",
  liveness: "ok",
};

function summaryOf(choice: Choice = {}, change: Readonly<Record<string, string>> = {}) {
  const cells = cellsOf([{ title: undefined, choice: { n: [4], ...choice } }], {});
  return summarise(cells, [{ ...measured, ...change, cell: cells[0]?.name ?? "" }], []);
}

const traffic = { posts: 4, bytesPerPost: 400, signatures: 2, verifications: 4 };
const unitCosts = { bareMs: 0.1, signMs: 0.05, verifyMs: 0.125 };

test("a floor is posts and signatures at what they cost alone, and a closed loop reaches a share of it", () => {
  for (const summary of summaryOf()) {
    const { floorMs, share, cpuMs } = floorOf(summary, traffic, unitCosts);
    equal(Math.round(1000 * floorMs), 1000);
    equal(Math.round(1000 * (share ?? 0)), 500);
    equal(cpuMs, 1.9);
  }
  for (const summary of summaryOf({ rate: [100] })) {
    equal(floorOf(summary, traffic, unitCosts).share, undefined);
  }
});

test("floors are measured at the sizes of the run, for cells over HTTP in one process", async () => {
  const [floor] = await measureFloors(summaryOf(), 20);
  ok(floor !== undefined);
  equal(floor.posts, 4);
  equal(floor.bytesPerPost, 400);
  ok(floor.barePostMs > 0 && floor.signMs > 0 && floor.verifyMs > 0);
  ok(floor.floorMs >= 4 * floor.barePostMs);
  const [unsigned] = await measureFloors(summaryOf({ auth: ["none"] }), 20);
  equal(unsigned?.floorMs, (unsigned?.posts ?? 0) * (unsigned?.barePostMs ?? 0));
  equal((await measureFloors(summaryOf({ place: ["processes"] }), 20)).length, 0);
  equal((await measureFloors(summaryOf({ transport: ["memory"] }), 20)).length, 0);
  equal((await measureFloors(summaryOf({}, { posts_per_request: "" }), 20)).length, 0);
  match(floorTable([floor]), /pbft n=4 +│ +4 │ +400 │/);
});

test("they stand in a file of the run", () => {
  const folder = mkdtempSync(join(tmpdir(), "quorumlab-floor-"));
  const floors = summaryOf().map((summary) => floorOf(summary, traffic, unitCosts));
  writeFloors(folder, floors);
  const [head = "", row = ""] = readFileSync(join(folder, floorFile), "utf8").split("\n");
  equal(head.split(",").length, row.split(",").length);
  match(row, /^pbft n=4,4,400,0\.1,2,4,/);
  rmSync(folder, { recursive: true });
});

test("the suite throughput asks for its floor, in a closed and an open loop, with signatures and without", () => {
  const suite = readSuite("throughput");
  equal(suite.hasFloor, true);
  const cells = cellsOf(suite.grids, {});
  equal(cells.length, 12);
  for (const cell of cells) {
    equal(`${cell.protocol} ${cell.n} ${cell.service} ${cell.payload}`, "pbft 4 kv 128");
  }
  equal(readSuite("default").hasFloor, false);
});
