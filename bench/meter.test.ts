import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { type Cell, specOf } from "./cell.ts";
import { startCluster } from "./clusters/start-cluster.ts";
import { cellsOf } from "./experiment.ts";
import { type MeasuredRound, type Measurement, measure } from "./meter.ts";
import { totalOf } from "./meters/costs.ts";
import type { Choice } from "./options/choice.ts";

const usual: Choice = {
  protocol: ["pbft"],
  n: [4],
  transport: ["memory"],
  auth: ["none"],
  requests: 3,
  warmup: 1,
};

function cellFor(choice: Choice): Cell {
  const [cell] = cellsOf([{ title: undefined, choice: { ...usual, ...choice } }], {});
  if (cell === undefined) throw new Error("there is a cell");
  return cell;
}

async function measured(
  choice: Choice,
  signal: AbortSignal = new AbortController().signal,
  onRound?: (round: MeasuredRound) => void,
): Promise<Measurement> {
  const cell = cellFor(choice);
  const cluster = await startCluster(specOf(cell, 7));
  try {
    return await measure(cluster, cell, signal, onRound);
  } finally {
    await cluster.close();
  }
}

const clientTallies = ({ rounds }: Measurement) =>
  rounds.map(({ replies }) => replies.client.tally);

describe("a quiet run", () => {
  for (const [n, messages] of [
    [4, 29],
    [7, 92],
    [10, 191],
  ] as const) {
    test(`of PBFT at n = ${n} costs ${messages} messages a request: 2n² − 2n, request and replies`, async () => {
      const { costs, rounds } = await measured({ n: [n] });
      equal(rounds.length, 3);
      equal(totalOf(costs.messages), 3 * messages);
    });
  }

  test("is safe and live, with a decision for every request, warm-up included", async () => {
    const { verdict, viewChanges, latencyMeanMs } = await measured({});
    deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["ok", "ok", 4]);
    equal(viewChanges, 0);
    ok(latencyMeanMs !== undefined && latencyMeanMs > 0);
  });

  for (const service of ["kv", "bank", "echo"]) {
    test(`of ${service} has correct replies only`, async () => {
      const measurement = await measured({ service: [service] });
      const everyRight = { correct: 4, corrupt: 0, missing: 0 };
      deepEqual(clientTallies(measurement), [everyRight, everyRight, everyRight]);
    });
  }

  test("with many clients answers all of them and counts what they saw", async () => {
    const measurement = await measured({ clients: [5], requests: 20 });
    equal(measurement.rounds.length, 20);
    equal(new Set(measurement.rounds.map(({ outcome }) => outcome.client)).size, 5);
    for (const tally of clientTallies(measurement)) {
      deepEqual(tally, { correct: 4, corrupt: 0, missing: 0 });
    }
    equal(measurement.verdict.safety, "ok");
  });

  test("for a time lasts at least that long", async () => {
    const { busyMs } = await measured({ duration: 40, transport: ["simulated"] });
    ok(busyMs >= 40, `${busyMs}`);
  });
});

describe("with faults", () => {
  test("a liar's votes are corrupt at everybody else, its reply at the client", async () => {
    const { rounds } = await measured({ fault: ["malicious@1"] });
    for (const { replies } of rounds) {
      const votes = replies.nodes.map(({ tally }) => [tally?.correct, tally?.corrupt]);
      deepEqual(votes, [
        [3, 1],
        [3, 1],
        [4, 0],
        [3, 1],
      ]);
      deepEqual(replies.client.tally, { correct: 3, corrupt: 1, missing: 0 });
    }
  });

  test("a node that is not there is missing, and counts nothing itself", async () => {
    const { rounds, verdict } = await measured({ fault: ["offline@r3"] });
    for (const { replies } of rounds) {
      equal(replies.nodes[3]?.tally, undefined);
      deepEqual(replies.nodes[0]?.tally, { correct: 3, corrupt: 0, missing: 1 });
      deepEqual(replies.client.tally, { correct: 3, corrupt: 0, missing: 1 });
    }
    equal(verdict.safety, "ok");
  });

  test("f + 1 offline is stalled, with one request that took for ever", async () => {
    const fault = ["offline@r2+r3"];
    const { rounds, verdict, latencyMeanMs, costs } = await measured({
      fault,
      timeout: 20,
      patience: 2,
    });
    equal(rounds.length, 1);
    equal(rounds[0]?.outcome.outcome, "timeout");
    equal(latencyMeanMs, Number.POSITIVE_INFINITY);
    equal(verdict.liveness, "stalled");
    ok(verdict.safety === "vacuous");
    equal(costs.posts, 0);
  });

  test("a fault that never fires makes the run invalid", async () => {
    const { verdict } = await measured({ fault: ["malicious@r1/20s-30s"] });
    equal(verdict.safety, "invalid");
  });

  test("a crash whose time never comes makes it invalid, too, and one that comes does not", async () => {
    const at = (when: string) => measured({ fault: [`crash@r3/${when}-`] });
    equal((await at("20s")).verdict.safety, "invalid");
    equal((await at("0ms")).verdict.safety, "ok");
  });

  test("a silent commander is replaced, and the gap says how long that took", async () => {
    const { verdict, viewChanges, longestGapMs } = await measured({
      fault: ["offline@commander"],
      transport: ["simulated"],
    });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
    equal(viewChanges, 1);
    ok(longestGapMs >= 512, `${longestGapMs}`);
  });
});

test("who interrupts does not wait, and keeps what was measured", async () => {
  const controller = new AbortController();
  const kept: number[] = [];
  const { rounds } = await measured({ requests: 1000 }, controller.signal, ({ number }) => {
    kept.push(number);
    if (number === 5) controller.abort();
  });
  deepEqual(kept, [1, 2, 3, 4, 5]);
  equal(rounds.length, 5);
});

test("equal seeds give equal runs in virtual time", async () => {
  const twice = await Promise.all(
    [1, 2].map(() => measured({ transport: ["simulated"], fault: ["malicious@1"] })),
  );
  const [one, other] = twice.map(({ rounds }) => rounds.map(({ outcome }) => outcome.latencyMs));
  deepEqual(one, other);
});
