import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Cell } from "../cell.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { compareWithItself, leastAlike, leastFound, slowed } from "./same-against-same.ts";
import { usualCell } from "./usual-cell.ts";

/** As `bench aa` runs it, with fewer comparisons of fewer and quieter repetitions. */
function quickCell(): Cell {
  return { ...usualCell("simulated", {}), network: "delay=20ms~4ms", requests: 10 };
}

const never = new AbortController().signal;
const options = { comparisons: 20, repetitions: 5, seed: 1, start: startCluster, signal: never };

test("PBFT against itself is not distinguishable in at least 95 of 100 simulated comparisons", async () => {
  const result = await compareWithItself(quickCell(), { ...options, slowBy: 0 });
  equal(result?.comparisons, 20);
  ok((result?.different ?? 20) <= (1 - leastAlike) * 20, JSON.stringify(result));
  equal(new Set(result?.ratios).size, 20, "no comparison has the draws of another");
});

test("PBFT against itself with delays 10 % longer is found in at least 80 of 100", async () => {
  const result = await compareWithItself(quickCell(), { ...options, slowBy: 0.1 });
  ok((result?.different ?? 0) >= leastFound * 20, JSON.stringify(result));
});

test("all delays of a slowed network are longer by as much", () => {
  const cell = quickCell();
  equal(slowed(cell, 0.1).network, "delay=22ms~4.4ms");
  equal(slowed(cell, 0).network, cell.network);
});

test("an interrupted one has no result", async () => {
  const interrupted = AbortSignal.abort();
  const asked = { ...options, slowBy: 0, signal: interrupted };
  equal(await compareWithItself(quickCell(), asked), undefined);
});
