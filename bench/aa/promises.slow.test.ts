import { ok } from "node:assert/strict";
import { test } from "vitest";
import type { TransportName } from "../cluster.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { compareWithItself, leastAlike, leastFound } from "./same-against-same.ts";
import { usualCell } from "./usual-cell.ts";

// As `bench aa` does it when nobody says otherwise. Over HTTP a busy machine shows: let it be idle.
const minute = 60_000;
const promises: readonly (readonly [TransportName, number, number])[] = [
  ["simulated", 100, 0],
  ["simulated", 100, 0.1],
  ["http", 20, 0],
  ["http", 20, 0.1],
];

for (const [transport, comparisons, slowBy] of promises) {
  const [least, word] = slowBy === 0 ? [leastAlike, "alike"] : [leastFound, "found 10 % slower"];
  test(`PBFT against itself, ${transport}: at least ${100 * least} % of ${comparisons} are ${word}`, {
    timeout: 30 * minute,
  }, async () => {
    const { signal } = new AbortController();
    const result = await compareWithItself(usualCell(transport, {}), {
      ...{ comparisons, slowBy, signal, repetitions: 10, seed: 1, start: startCluster },
    });
    const different = result?.different ?? Number.NaN;
    const good = slowBy === 0 ? comparisons - different : different;
    ok(result?.flaws.length === 0, result?.flaws.join("\n"));
    ok(good >= least * comparisons, JSON.stringify(result));
  });
}
