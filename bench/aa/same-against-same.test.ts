import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Cell } from "../cell.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import type { StartCluster } from "../runner.ts";
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

test("a repetition that broke is told, and never compared in silence", async () => {
  const stalled = {
    ...quickCell(),
    fault: "offline@2",
    requests: 1,
    timeoutMs: 50,
    patienceMs: 50,
  };
  const asked = { ...options, comparisons: 1, repetitions: 5, slowBy: 0 };
  const result = await compareWithItself(stalled, asked);
  deepEqual([result?.repetitions, result?.flaws.length], [10, 10]);
  match(result?.flaws[0] ?? "", /^comparison 1, (base|candidate), seed \d+: vacuous, stalled: /);
  const sound = await compareWithItself(quickCell(), asked);
  deepEqual(sound?.flaws, []);
});

test("what the protocol's own judges find in a slowed cluster is told, too", async () => {
  const start: StartCluster = async (spec) => {
    const cluster = await startCluster(spec);
    return {
      ...{ members: cluster.members, clients: cluster.clients },
      submit: (...asked) => cluster.submit(...asked),
      drain: (patienceMs) => cluster.drain(patienceMs),
      reports: () => cluster.reports(),
      logs: (from, to) => cluster.logs(from, to),
      violations: () => [
        { judge: "made up", slot: 1, nodes: [], digests: [], message: "it broke" },
      ],
      close: () => cluster.close(),
    };
  };
  const cell = { ...usualCell("memory", {}), auth: "none" as const, requests: 2, warmup: 0 };
  const asked = { ...options, comparisons: 1, repetitions: 5, slowBy: 0.1, start };
  const result = await compareWithItself(cell, asked);
  equal(result?.flaws.length, 10);
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
