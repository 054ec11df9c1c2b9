import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import { Disks } from "./disks.ts";

test("what is on disk does not change with what the machine does later, nor with what was read", () => {
  const disks = new Disks();
  const record = [1];
  disks.open("r0").append(record, () => {});
  record.push(2);
  deepEqual(disks.read("r0"), [[1]]);
  disks.read("r0").pop();
  deepEqual(disks.read("r0"), [[1]]);
});

test("records within records are copied, too, whatever their keys are called", () => {
  const disks = new Disks();
  const record = { votes: [{ node: "r1" }], none: null, ["__proto__"]: { yes: true } };
  disks.open("r0").append(record, () => {});
  for (const vote of record.votes) vote.node = "r2";
  const [read] = disks.read("r0");
  deepEqual(read, { votes: [{ node: "r1" }], none: null, ["__proto__"]: { yes: true } });
});

test("everybody has an own disk, over all lives, until it is wiped", () => {
  const disks = new Disks();
  disks.open("r0").append("a", () => {});
  disks.open("r1").append("b", () => {});
  disks.open("r0").append("c", () => {});
  deepEqual([disks.read("r0"), disks.read("r1"), disks.read("r2")], [["a", "c"], ["b"], []]);
  disks.wipe("r0");
  deepEqual([disks.read("r0"), disks.read("r1")], [[], ["b"]]);
});

test("a record that is still being written is not there yet", () => {
  const disks = new Disks();
  const writes: (() => void)[] = [];
  const done: string[] = [];
  const disk = disks.open("r0", (write) => writes.push(write));
  disk.append("a", () => done.push("a"));
  disk.append("b", () => done.push("b"));
  deepEqual([disks.read("r0"), done], [[], []]);
  writes[0]?.();
  deepEqual([disks.read("r0"), done], [["a"], ["a"]]);
});
