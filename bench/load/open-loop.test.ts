import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { describe, test } from "vitest";
import { specOf } from "../cell.ts";
import type { Outcome } from "../cluster.ts";
import { startCluster } from "../clusters/start-cluster.ts";
import { cellsOf } from "../experiment.ts";
import { measure } from "../meter.ts";
import { summaryRow } from "../results/rows.ts";
import { runOpenLoop } from "./open-loop.ts";
import type { Pace } from "./pace.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A server that works on one request at a time, and a clock that jumps to whatever is next. */
class Server implements Pace {
  nowMs = 0;
  readonly sentMs: number[] = [];
  readonly #serviceMs: (number: number) => number;
  readonly #events: { readonly atMs: number; run(): void }[] = [];
  #freeMs = 0;
  #isRunning = false;

  constructor(serviceMs: (number: number) => number) {
    this.#serviceMs = serviceMs;
  }

  until(moment: number): Promise<void> {
    return this.#at(moment, () => undefined);
  }

  submit(): Promise<Outcome> {
    this.sentMs.push(this.nowMs);
    const startedMs = this.nowMs;
    this.#freeMs = Math.max(this.#freeMs, startedMs) + this.#serviceMs(this.sentMs.length);
    const endMs = this.#freeMs;
    const outcome = { outcome: "committed", latencyMs: endMs - startedMs, client: "c0" };
    return this.#at(endMs, () => outcome as Outcome);
  }

  #at<T>(atMs: number, value: () => T): Promise<T> {
    if (atMs <= this.nowMs) return Promise.resolve(value());
    return new Promise((resolve) => {
      this.#events.push({ atMs, run: () => resolve(value()) });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      await turn();
      this.#events.sort((a, b) => a.atMs - b.atMs);
      const next = this.#events.shift();
      if (next === undefined) break;
      this.nowMs = next.atMs;
      next.run();
    }
    this.#isRunning = false;
  }
}

const never = new AbortController().signal;

async function run(server: Server, clients: number, atMs: readonly number[], enough = never) {
  const latencies: number[] = [];
  const schedule = { atMs, windowMs: 1000 };
  const load = { clients, schedule, patienceMs: 1000, operationOf: String };
  const hooks = {
    sending: () => {},
    settled: async ({ outcome }: { readonly outcome: Outcome }) =>
      void latencies.push(outcome.latencyMs),
  };
  const missed = await runOpenLoop(server, load, server, hooks, { interrupt: never, enough });
  return { missed, latencies };
}

describe("an open loop", () => {
  test("sends on time, whatever became of earlier requests", async () => {
    const server = new Server(() => 100);
    const { missed, latencies } = await run(server, 10, [0, 10, 20, 500]);
    deepEqual(server.sentMs, [0, 10, 20, 500]);
    deepEqual(latencies, [100, 190, 280, 100]);
    equal(missed, 0);
  });

  test("counts latency from the intended arrival where a client is late, and says how often", async () => {
    const server = new Server(() => 100);
    const { missed, latencies } = await run(server, 1, [0, 10, 20, 500]);
    deepEqual(server.sentMs, [0, 100, 200, 500]);
    deepEqual(latencies, [100, 190, 280, 100]);
    equal(missed, 2);
  });

  test("forgives a client what a timer is late", async () => {
    const { missed } = await run(new Server(() => 10), 1, [0, 0, 5]);
    equal(missed, 1, "10 ms late is on time, 15 ms is not");
  });

  test("ends when it is told to, with what is under way", async () => {
    const server = new Server(() => 100);
    const enough = new AbortController();
    void server.until(15).then(() => enough.abort());
    const { latencies } = await run(server, 10, [0, 10, 20, 500], enough.signal);
    deepEqual(latencies, [100, 190]);
  });

  test("fails where the cluster does", async () => {
    const server = new Server(() => 100);
    const broken = { submit: () => Promise.reject(new Error("it broke")) };
    const load = {
      ...{ clients: 1, patienceMs: 1, operationOf: String },
      schedule: { atMs: [0, 5], windowMs: 10 },
    };
    const hooks = { sending: () => {}, settled: async () => {} };
    await rejects(runOpenLoop(broken, load, server, hooks, { interrupt: never }), /it broke/);
  });
});

async function measured(change: Parameters<typeof cellsOf>[1]) {
  const usual = { ...{ protocol: ["pbft"], n: [4] }, transport: ["simulated"], auth: ["none"] };
  const choice = { ...usual, requests: 200, ...change } as Parameters<typeof cellsOf>[1];
  const [cell] = cellsOf([{ title: undefined, choice }], {});
  if (cell === undefined) throw new Error("there is a cell");
  const cluster = await startCluster(specOf(cell, 7));
  try {
    const measurement = await measure(cluster, cell, never, undefined, 7);
    const key = { place: "in-process" } as Parameters<typeof summaryRow>[0];
    return { cell, measurement, row: summaryRow(key, measurement) };
  } finally {
    await cluster.close();
  }
}

describe("a cell with a rate, in virtual time", () => {
  test("accepts what is offered, and costs what a closed loop costs", async () => {
    const { row, measurement } = await measured({ rate: [50] });
    deepEqual([row["requests"], row["committed"], row["missed"]], [200, 200, 0]);
    equal(row["messages_per_request"], 29);
    equal(row["is_steady"], "true");
    equal(row["validity"], "ok");
    ok(Math.abs(Number(row["throughput_per_s"]) / Number(row["offered_per_s"]) - 1) < 0.03);
    const sent = measurement.rounds.map(({ sentMs }) => sentMs);
    ok(Math.max(...sent) > 3000 && Math.max(...sent) < 5500, "200 requests at 50 a second");
  });

  test("is the same again with the same seed", async () => {
    const [one, other] = [await measured({ rate: [50] }), await measured({ rate: [50] })];
    const {
      cpu_ms_per_request: _,
      rss_max_mb: __,
      event_loop_delay_p99_ms: ___,
      ...counts
    } = one.row;
    for (const [column, value] of Object.entries(counts)) {
      equal(other.row[column as keyof typeof other.row], value, column);
    }
  });

  test("whose clients are too few says that it missed its rate, and waits in its latencies", async () => {
    const { row } = await measured({
      rate: [50],
      clients: [1],
      network: ["delay=10ms"],
      warmup: 0,
    });
    ok(Number(row["missed"]) > 100, String(row["missed"]));
    ok(String(row["validity"]).includes("missed its rate"), String(row["validity"]));
    ok(String(row["validity"]).includes("rate not met"), String(row["validity"]));
    ok(Number(row["latency_p50_ms"]) > 200, "one request takes 50 ms, the others wait for it");
  });

  test("that loses requests goes on, and counts them as infinitely slow", async () => {
    const { row } = await measured({
      ...{ rate: [50], warmup: 5, requests: 100 },
      ...{ fault: ["offline@2"], patience: 1, timeout: 100 },
    });
    deepEqual([row["requests"], row["committed"]], [100, 0]);
    equal(row["latency_p50_ms"], Number.POSITIVE_INFINITY);
    equal(row["throughput_per_s"], 0);
  });

  test("and a time is loaded for that time", async () => {
    const { measurement } = await measured({ rate: [100], duration: 2000, warmup: 0 });
    const sent = measurement.rounds.map(({ sentMs }) => sentMs);
    ok(sent.length > 150 && sent.length < 250, String(sent.length));
    ok(Math.max(...sent) < 2000);
  });
});

test("a closed loop for a time warms up until it is steady", async () => {
  const { row, cell } = await measured({ duration: 500, clients: [4] });
  equal(cell.warmup, "steady");
  equal(row["is_steady"], "true");
  equal(row["missed"], undefined);
});
