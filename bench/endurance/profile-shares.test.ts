import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { type CpuProfile, hottest, sharesOf } from "./profile-shares.ts";

const node = (id: number, functionName: string, url: string, ...children: readonly number[]) => ({
  id,
  callFrame: { functionName, url },
  children,
});

const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", "", 2, 3, 4, 6),
    node(2, "(idle)", ""),
    node(3, "(garbage collector)", ""),
    node(4, "onPrepare", "file:///lab/dist/pbft/normal-case.js", 5),
    node(5, "verifyOneShot", ""),
    node(6, "_write", "node:net", 7, 8),
    node(7, "writev", ""),
    node(8, "somethingNative", ""),
  ],
  samples: [2, 3, 4, 5, 6, 7, 8, 5],
  timeDeltas: [9000, 1000, 1000, 2000, 1000, 1000, 1000, 1000],
};

test("time is shared out by kind of work, idle time apart, and native functions work for their callers", () => {
  const shares = sharesOf(profile).map(({ kind, ms, share }) => [kind, ms, share]);
  deepEqual(shares, [
    ["signatures", 3, 3 / 8],
    ["HTTP", 2, 2 / 8],
    ["garbage collection", 1, 1 / 8],
    ["replica logic", 1, 1 / 8],
    ["system calls", 1, 1 / 8],
  ]);
});

test("the hottest functions are named with their files", () => {
  const [first, ...others] = hottest(profile, 3);
  deepEqual(first, { kind: "verifyOneShot", ms: 3, share: 3 / 8 });
  equal(others.length, 2);
});
