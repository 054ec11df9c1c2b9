import { deepEqual, equal, ok } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, test } from "vitest";
import { canonical } from "../core/encoding.ts";
import { services } from "../services/services.ts";
import type { Cluster, Outcome } from "./cluster.ts";
import { operationsOf, runClosedLoop } from "./workload.ts";

const outcomeOf = (outcome: Outcome["outcome"], latencyMs: number) =>
  ({ outcome, latencyMs, client: "c0" }) as Outcome;

/** A cluster that answers as it is told, and notes who asked it. */
function scripted(answer: (number: number) => Outcome | Promise<Outcome>) {
  const asked: number[] = [];
  let underWay = 0;
  let most = 0;
  const cluster = {
    submit: async (client: number) => {
      asked.push(client);
      underWay += 1;
      most = Math.max(most, underWay);
      const outcome = await answer(asked.length);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return outcome;
    },
  } as unknown as Cluster;
  return { cluster, asked, mostAtOnce: () => most };
}

const never = new AbortController().signal;
const load = {
  clients: 1,
  requests: 5,
  durationMs: undefined,
  patienceMs: 100,
  operationOf: String,
};

async function run(
  cluster: Cluster,
  change: Partial<Parameters<typeof runClosedLoop>[1]> = {},
  signal = never,
) {
  const settled: number[] = [];
  const hooks = {
    sending: () => {},
    settled: async ({ number }: { readonly number: number }) => void settled.push(number),
  };
  const statistics = await runClosedLoop(cluster, { ...load, ...change }, hooks, signal);
  return { settled, statistics };
}

test("a load that is over is forgotten by the signal that could have ended it", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { signal } = new AbortController();
  const ran = await (async () => {
    const { cluster } = scripted(() => outcomeOf("committed", 1));
    await run(cluster, {}, signal);
    return new WeakRef(cluster);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  equal(ran.deref(), undefined);
});

for (const clients of [1, 3]) {
  test(`with ${clients} at once, a load lasts as long as the clock of its cluster says`, async () => {
    let nowMs = 0;
    const { cluster, asked } = scripted(() => {
      nowMs += 10;
      return outcomeOf("committed", 10);
    });
    const pace = {
      get nowMs() {
        return nowMs;
      },
    };
    await run({ ...cluster, pace } as Cluster, { clients, requests: 0, durationMs: 200 });
    ok(asked.length >= 20 && asked.length < 20 + clients, `${asked.length} requests`);
  });
}

test("a hundred clients at once are no leak, and nobody is warned of one", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  try {
    const { cluster, mostAtOnce } = scripted(() => outcomeOf("committed", 1));
    const { signal } = new AbortController();
    await run(cluster, { clients: 100, requests: 300 }, signal);
    equal(mostAtOnce(), 100);
    // Warnings are told on the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    deepEqual(warnings, []);
  } finally {
    process.off("warning", note);
  }
});

describe("a closed loop", () => {
  test("asks one request after the other, and times what the submitter saw", async () => {
    const { cluster, mostAtOnce } = scripted((number) => outcomeOf("committed", number));
    const { settled, statistics } = await run(cluster);
    deepEqual(settled, [1, 2, 3, 4, 5]);
    equal(mostAtOnce(), 1);
    deepEqual([statistics?.mean, statistics?.p50, statistics?.max], [3, 3, 5]);
  });

  test("of several clients has one request of each under way", async () => {
    const { cluster, asked, mostAtOnce } = scripted(() => outcomeOf("committed", 1));
    const { settled } = await run(cluster, { clients: 3, requests: 12 });
    equal(settled.length, 12);
    equal(mostAtOnce(), 3);
    deepEqual(new Set(asked), new Set([0, 1, 2]));
  });

  test("ends with its first lost request", async () => {
    const { cluster } = scripted((number) =>
      number === 3 ? outcomeOf("timeout", 100) : outcomeOf("committed", 1),
    );
    const { settled } = await run(cluster);
    deepEqual(settled, [1, 2, 3]);
  });

  test("goes on after a refusal", async () => {
    const { cluster } = scripted(() => outcomeOf("refused", 0));
    equal((await run(cluster)).settled.length, 5);
  });

  test("lasts as long as it is asked to, in the time that the submitter saw", async () => {
    const { cluster } = scripted(() => outcomeOf("committed", 10));
    equal((await run(cluster, { durationMs: 95 })).settled.length, 10);
  });

  test("of no requests asks nothing", async () => {
    const { cluster, asked } = scripted(() => outcomeOf("committed", 1));
    equal((await run(cluster, { requests: 0 })).statistics, undefined);
    deepEqual(asked, []);
  });

  test("does not wait for what never comes when it is interrupted", async () => {
    const controller = new AbortController();
    const { cluster } = scripted((number) => {
      if (number < 3) return outcomeOf("committed", 1);
      controller.abort();
      return new Promise(() => {});
    });
    deepEqual((await run(cluster, {}, controller.signal)).settled, [1, 2]);
  });
});

describe("operations", () => {
  for (const { name, checkOperation } of services) {
    test(`of ${name} are understood by it, and all differ, in the warm-up and after it`, () => {
      const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
      const texts = ["w", "q"].flatMap((prefix) =>
        numbers.map((number) => {
          const operation = operationsOf(name, 16, prefix)(number);
          equal(checkOperation(operation), undefined);
          return canonical(operation);
        }),
      );
      equal(new Set(texts).size, 100);
    });
  }

  test("carry as much payload as they are asked to", () => {
    const sizes = [0, 1000].map((bytes) => canonical(operationsOf("kv", bytes, "q")(1)).length);
    ok((sizes[1] ?? 0) - (sizes[0] ?? 0) === 1000);
  });
});
