import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import { type LogEntry, tallyOf } from "../core/log.ts";
import type { Acceptance, Mark } from "../core/machine.ts";
import { requestDigest } from "../core/messages.ts";
import { equivocating, malicious } from "../faults/lying.ts";
import { dark } from "../faults/withholding.ts";
import { createEcho } from "../services/echo.ts";
import { createKeyValue } from "../services/kv.ts";
import { hash128 } from "../sim/hash.ts";
import { duplicating, fixedDelay, lossy, type Network, uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { arrivingPosts, refusedPosts, repliesAt, sumOf } from "./counts.ts";
import { flood } from "./index.ts";
import type { FloodMessage } from "./messages.ts";

const timeoutMs = 500;
const operation = '"the very value"';

interface Run {
  readonly n: number;
  readonly clients?: number;
  readonly seed?: number;
  readonly offline?: readonly string[];
  readonly faults?: ReadonlyMap<string, readonly Fault<FloodMessage>[]>;
  readonly network?: Network;
  readonly createService?: typeof createEcho;
}

/** A cluster, with everything it showed. */
function cluster(run: Run) {
  const acceptances: (Acceptance & { readonly at: number })[] = [];
  const marks: (Mark & { readonly at: number })[] = [];
  const deliveries: unknown[] = [];
  const simulation = new Simulation<FloodMessage>({
    protocol: flood,
    n: run.n,
    clients: run.clients ?? 1,
    seed: run.seed ?? 1,
    settings: { batch: 1, timeoutMs, checkpointInterval: 128 },
    network: run.network ?? uniformDelay(1, 10),
    createService: run.createService ?? createEcho,
    offline: run.offline,
    faults: run.faults,
    observer: {
      effect: (_node, effect, at) => {
        if (effect.kind === "accept") acceptances.push({ ...effect.acceptance, at });
        if (effect.kind === "mark") marks.push({ ...effect.mark, at });
        if (effect.kind === "deliver") deliveries.push(effect.delivery);
      },
    },
  });
  return { simulation, acceptances, marks, deliveries };
}

/** One request, until nothing happens any more. */
function round(run: Run) {
  const all = cluster(run);
  all.simulation.request("c0", operation);
  all.simulation.run(10_000);
  return { ...all, tallies: talliesOf(all.simulation), sent: sentBy(all.simulation) };
}

function talliesOf(
  simulation: Simulation<FloodMessage>,
  slot = 1,
  value = operation,
  timestamp = 1,
) {
  const request = { kind: "request", operation: value, timestamp, client: "c0" } as const;
  const digest = requestDigest(request, hash128);
  const entries = new Map<string, LogEntry | undefined>();
  for (const member of simulation.members) {
    const node = simulation.node(member);
    if (node !== undefined) entries.set(member, node.machine.log(slot, slot)[0]);
  }
  return new Map([...entries].map(([id, entry]) => [id, tallyOf(entry, digest, "commit")]));
}

function sentBy(simulation: Simulation<FloodMessage>): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const id of [...simulation.members, ...simulation.clients]) {
    const counts = simulation.node(id)?.counters.sentByKind ?? [];
    for (const [kind, count] of counts) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}

const nodes = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `r${first + index}`);

/** r1 … lie, each with a chain of its own. */
const liarsOf = (count: number) =>
  new Map(nodes(1, count).map((id) => [id, [malicious<FloodMessage>()]] as const));

const placeOf = (id: string, liars: number) => {
  if (id === "r0") return "commander";
  return Number(id.slice(1)) <= liars ? "liar" : "other";
};

describe("posts", () => {
  for (const n of [1, 2, 3, 4, 5, 7, 10, 16, 31]) {
    test(`one request among ${n} nodes costs exactly what the protocol says it costs`, () => {
      const { sent, simulation } = round({ n });
      const expected = flood.expectedMessages(n);
      for (const kind of flood.kinds) equal(sent[kind] ?? 0, expected[kind], kind);
      equal(simulation.lost, 0);
    });
  }

  for (const [x, n, posts] of [
    [1, 4, 39],
    [5, 16, 3615],
    [10, 31, 27_930],
  ] as const) {
    test(`${x} malicious of ${n} change nothing about ${posts} posts`, () => {
      const { sent } = round({ n, faults: liarsOf(x) });
      const { request, reply, ...posted } = sent;
      deepEqual([request, reply], [1, 1]);
      deepEqual(posted, arrivingPosts({ n }));
      equal(sumOf(arrivingPosts({ n })), posts);
    });

    test(`${x} of ${n} offline: the posts to them are refused, all others arrive`, () => {
      const { sent, simulation } = round({ n, offline: nodes(n - x, x) });
      const { request: _, reply: __, ...posted } = sent;
      const [arriving, refused] = [
        arrivingPosts({ n, offline: x }),
        refusedPosts({ n, offline: x }),
      ];
      equal(posted["pre-prepare"], arriving["pre-prepare"] + refused["pre-prepare"]);
      equal(posted["prepare"], arriving.prepare + refused.prepare);
      equal(posted["commit"], arriving.commit + refused.commit);
      equal(simulation.lost, sumOf(refused));
    });
  }

  test("with everybody else offline the commander talks to nobody", () => {
    const { sent, simulation, acceptances } = round({ n: 4, offline: nodes(1, 3) });
    deepEqual(sent, { request: 1, "pre-prepare": 3, reply: 1 });
    equal(simulation.lost, 3);
    equal(acceptances.length, 1);
    equal(simulation.node("r0")?.machine.log(1, 1)[0]?.values.length, 1);
  });

  test("without the commander nothing happens, and nobody answers", () => {
    const { sent, acceptances } = round({ n: 4, offline: ["r0"] });
    deepEqual(Object.keys(sent), ["request"]);
    deepEqual(acceptances, []);
  });
});

describe("replies", () => {
  for (let n = 1; n <= 10; n += 1) {
    for (let x = 0; x < n; x += 1) {
      test(`${x} malicious of ${n} are counted at each node by the formula`, () => {
        const { tallies } = round({ n, faults: liarsOf(x), seed: n });
        for (const [id, { correct, corrupt, missing }] of tallies) {
          deepEqual({ correct, corrupt }, repliesAt(placeOf(id, x), { n, liars: x }), id);
          equal(missing, 0);
        }
      });

      test(`${x} offline of ${n} are counted at each node by the formula`, () => {
        const { tallies } = round({ n, offline: nodes(n - x, x), seed: n });
        equal(tallies.size, n - x);
        for (const [id, { correct, corrupt }] of tallies) {
          deepEqual({ correct, corrupt }, repliesAt(placeOf(id, 0), { n, offline: x }), id);
        }
      });
    }
  }

  test("are those that seed 004 printed for one liar among four", () => {
    const { tallies } = round({ n: 4, faults: liarsOf(1) });
    deepEqual(Object.fromEntries(tallies), {
      r0: { correct: 4, corrupt: 2, missing: 0 },
      r1: { correct: 4, corrupt: 3, missing: 0 },
      r2: { correct: 5, corrupt: 2, missing: 0 },
      r3: { correct: 5, corrupt: 2, missing: 0 },
    });
  });

  test("of liars and absent nodes together follow the formula, too", () => {
    const { tallies } = round({ n: 7, faults: liarsOf(2), offline: nodes(5, 2) });
    for (const [id, { correct, corrupt, missing }] of tallies) {
      deepEqual(
        { correct, corrupt },
        repliesAt(placeOf(id, 2), { n: 7, liars: 2, offline: 2 }),
        id,
      );
      equal(missing, 2);
    }
  });

  test("are all corrupt when the commander lies, and the client believes its lie", () => {
    const faults = new Map([["r0", [malicious<FloodMessage>()]]]);
    const { tallies, acceptances } = round({ n: 4, faults });
    for (const [id, { correct }] of tallies) equal(correct, 0, id);
    equal(acceptances[0]?.result, '"Corrupt"');
  });

  test("vary from node to node when the commander tells one of them another story", () => {
    const faults = new Map([["r0", [equivocating<FloodMessage>(["r1"])]]]);
    const { tallies } = round({ n: 4, faults });
    // One wrong prepare of r1, told on by everybody: as if r1 were the liar.
    deepEqual(Object.fromEntries(tallies), {
      r0: { correct: 4, corrupt: 2, missing: 0 },
      r1: { correct: 4, corrupt: 3, missing: 0 },
      r2: { correct: 5, corrupt: 2, missing: 0 },
      r3: { correct: 5, corrupt: 2, missing: 0 },
    });
  });

  test("do not depend on the order or the copies in which words arrive", () => {
    const expected = round({ n: 5, faults: liarsOf(1) }).tallies;
    for (let seed = 2; seed < 12; seed += 1) {
      const network = duplicating(0.3, uniformDelay(0, 50));
      const { tallies } = round({ n: 5, faults: liarsOf(1), seed, network });
      deepEqual(tallies, expected);
    }
  });
});

describe("the answer", () => {
  test("comes with the last word that reaches the commander when nobody is missing", () => {
    const { marks, acceptances, simulation } = round({ n: 7, network: fixedDelay(10) });
    // Request, pre-prepare, prepare, commit and reply: five hops.
    equal(acceptances[0]?.at, 50);
    equal(simulation.node("r0")?.counters.timeOuts, 0);
    equal(acceptances[0]?.result, operation);
    deepEqual(marks, [{ name: "answered", view: 0, slot: 1, detail: "everything came", at: 40 }]);
  });

  for (const [n, hops] of [
    [1, 1],
    [2, 3],
    [3, 4],
  ] as const) {
    test(`comes after ${hops} hops, without waiting for anybody, when there are ${n} nodes`, () => {
      const { marks } = round({ n, network: fixedDelay(10) });
      deepEqual(
        marks.map(({ detail, at }) => [detail, at]),
        [["everything came", 10 * hops]],
      );
    });
  }

  test("comes when nothing has come for half a time-out, with silent nodes", () => {
    const { marks, acceptances } = round({ n: 7, offline: ["r6"], network: fixedDelay(10) });
    deepEqual(
      marks.filter(({ name }) => name === "answered"),
      [{ name: "answered", view: 0, slot: 1, detail: "quiet for 250 ms", at: 290 }],
    );
    equal(acceptances[0]?.at, 300);
  });

  test("comes before the client loses its patience", () => {
    const { sent } = round({ n: 7, offline: ["r5", "r6"] });
    equal(sent["request"], 1);
  });

  test("is not sooner because words come twice", () => {
    const { marks } = round({ n: 4, network: duplicating(1, fixedDelay(10)) });
    deepEqual(
      marks.map(({ at }) => at),
      [40],
    );
  });

  test("belongs to one flood, however often the client asks", () => {
    // Commits trickle in for longer than the client's patience: it asks again meanwhile.
    let commits = 0;
    const network: Network = ({ kind }) => [kind === "commit" ? 10 + 20 * ++commits : 10];
    const { sent, marks, acceptances, simulation } = round({ n: 4, network });
    ok((sent["request"] ?? 0) > 1);
    equal(sent["pre-prepare"], 3);
    equal(sent["reply"], 1);
    equal(acceptances.length, 1);
    deepEqual(
      marks.filter(({ name }) => name === "answered").map(({ detail }) => detail),
      ["everything came"],
    );
    equal(simulation.node("r0")?.machine.status().slot, 1);
  });

  test("is given again to a client that did not get it", () => {
    const network: Network = ({ kind, now }) => (kind === "reply" && now < 300 ? [] : [10]);
    const { sent, acceptances } = round({ n: 4, network });
    equal(sent["reply"], 2);
    equal(sent["pre-prepare"], 3);
    equal(acceptances[0]?.result, operation);
  });

  test("comes however much is lost on the way", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { acceptances } = round({ n: 4, seed, network: lossy(0.3, uniformDelay(1, 10)) });
      equal(acceptances.length, 1, `seed ${seed}`);
    }
  });

  test("is the service's, of the commander's own copy", () => {
    const { simulation, acceptances } = cluster({ n: 4, createService: createKeyValue });
    simulation.request("c0", '{"key":"a","op":"put","value":1}');
    simulation.request("c0", '{"key":"a","op":"get"}');
    simulation.run(10_000);
    deepEqual(
      acceptances.map(({ result }) => result),
      ['{"status":"ok"}', '{"status":"ok","value":1}'],
    );
  });
});

test("nothing is ever delivered: a flood decides nothing", () => {
  const { deliveries, acceptances } = round({ n: 7, faults: liarsOf(2) });
  deepEqual(deliveries, []);
  equal(acceptances.length, 1);
});

test("floods of several clients at once do not mix", () => {
  const { simulation, acceptances } = cluster({ n: 5, clients: 3, faults: liarsOf(1) });
  for (const client of simulation.clients) simulation.request(client, `"of ${client}"`);
  simulation.run(10_000);
  equal(acceptances.length, 3);
  for (const { result, slot } of acceptances) {
    const client = result.slice(4, 6);
    const request = { kind: "request", operation: result, timestamp: 1, client } as const;
    for (const member of simulation.members) {
      const [entry] = simulation.node(member)?.machine.log(slot, slot) ?? [];
      const { correct, corrupt } = tallyOf(entry, requestDigest(request, hash128), "commit");
      deepEqual({ correct, corrupt }, repliesAt(placeOf(member, 1), { n: 5, liars: 1 }));
    }
  }
});

test("a node that hears nothing of the commander still tells on what the others say", () => {
  const faults = new Map([["r0", [dark<FloodMessage>(["r3"])]]]);
  const { tallies, sent } = round({ n: 4, faults });
  // r3 prepares nothing, but r0's commits and pre-prepare to it are the only ones that it misses.
  equal(sent["prepare"], 6);
  deepEqual(tallies.get("r3"), { correct: 2, corrupt: 0, missing: 1 });
});

test("memory is bounded: the newest 128 slots are kept, and each can be counted", () => {
  const { simulation, acceptances } = cluster({ n: 4 });
  const requests = 300;
  for (let request = 1; request <= requests; request += 1) simulation.request("c0", `${request}`);
  simulation.run(1_000_000);
  equal(acceptances.length, requests);
  for (const member of simulation.members) {
    const machine = simulation.node(member)?.machine;
    equal(machine?.status()["remembered"], 128);
    equal(machine?.log(0, Number.MAX_SAFE_INTEGER).length, 128);
  }
  const newest = talliesOf(simulation, requests, `${requests}`, requests);
  deepEqual(newest.get("r1"), { correct: 7, corrupt: 0, missing: 0 });
});

test("the log shows the slots asked for, in order, with prepares and commits", () => {
  const { simulation } = cluster({ n: 4 });
  for (const value of ['"a"', '"b"', '"c"']) simulation.request("c0", value);
  simulation.run(10_000);
  const machine = simulation.node("r1")?.machine;
  deepEqual(
    machine?.log(2, 3).map(({ slot, state, voters }) => [slot, state, voters]),
    [
      [2, "everything came", ["r0", "r2", "r3"]],
      [3, "everything came", ["r0", "r2", "r3"]],
    ],
  );
  const votes = machine?.log(1, 1)[0]?.votes ?? [];
  deepEqual(
    votes.filter(({ phase }) => phase === "prepare").map(({ voter }) => voter),
    ["r1", "r2", "r3"],
  );
  equal(votes.filter(({ phase }) => phase === "commit").length, 7);
});

test("the members start in the roles that are shown", () => {
  const { simulation } = cluster({ n: 3 });
  for (const { id, role, isReplica } of flood.members(3)) {
    ok(isReplica);
    equal(simulation.node(id)?.machine.status().role, role);
  }
  deepEqual([flood.nodesFor(1), flood.nodesFor(5), flood.nodesFor(10)], [4, 16, 31]);
});
