import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import type { Request, Signed } from "../core/messages.ts";
import { hash128 } from "../sim/hash.ts";
import { finality } from "./finality.ts";
import { batchDigest, type Commit, type CommittedCertificate } from "./messages.ts";

const request: Request = { kind: "request", operation: "1", timestamp: 1, client: "c0" };
const batch = [{ from: "c0", message: request, signature: "good" }];
const digest = batchDigest(batch, hash128);
const commitOf = (replica: string, change: Partial<Signed<Commit>> = {}): Signed<Commit> => ({
  from: replica,
  message: { kind: "commit", view: 2, sequence: 5, digest, replica },
  signature: "good",
  ...change,
});
const commits = ["r0", "r1", "r3"].map((replica) => commitOf(replica));
const decision: CommittedCertificate = { view: 2, sequence: 5, digest, batch, commits };

const reader = finality.createReader({
  n: 4,
  f: 1,
  tools: { digest: hash128, isAuthentic: ({ signature }) => signature === "good" },
});
const read = (slots: readonly CommittedCertificate[]) =>
  reader.read({ kind: "committed", slots, replica: "r0" });

test("a batch with the commits of a quorum says what was decided, whoever shows it", () => {
  const requests = [request];
  deepEqual(read([decision]), { slot: 5, view: 2, digest, requests, isProven: true });
});

const [first = commitOf("r0"), second = commitOf("r1")] = commits;
const refused = [
  ["another batch", { batch: [] }, "certificate with another batch"],
  ["too few commits", { commits: [first, second] }, "too few commits"],
  ["one commit three times", { commits: [first, first, first] }, "too few commits"],
  ["a commit in another view", { view: 1 }, "commits do not match"],
  ["a commit of a stranger", { commits: [first, second, commitOf("r4")] }, "commits do not match"],
  [
    "a commit under another name",
    { commits: [first, second, commitOf("r3", { from: "r2" })] },
    "commits do not match",
  ],
  [
    "a forged commit",
    { commits: [first, second, commitOf("r3", { signature: "bad" })] },
    "vote not authentic",
  ],
] as const;

for (const [what, change, objection] of refused) {
  test(`${what} proves nothing to outsiders`, () => {
    deepEqual(read([{ ...decision, ...change }]), objection);
  });
}

test("neither no slot nor two are one decided slot", () => {
  deepEqual([read([]), read([decision, decision])], Array(2).fill("no decided slot"));
});
