import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId, Operation } from "../core/ids.ts";
import type { Acceptance, Delivery } from "../core/machine.ts";
import type { Service } from "../core/service.ts";
import { createBank } from "../services/bank.ts";
import { createKeyValue } from "../services/kv.ts";
import { Jury } from "../sim/judge.ts";
import type { Passage } from "../sim/network.ts";
import { Simulation, type SimulationOptions } from "../sim/simulation.ts";
import sets from "./fixtures/scenarios-cse535.json" with { type: "json" };
import { paxos } from "./index.ts";
import type { PaxosMessage } from "./messages.ts";

const timeoutMs = 300;
const longMs = 20 * timeoutMs;

/** Who hears whom; changed as the story goes. Clients and replicas alike, unless it says otherwise. */
type Links = (passage: Pick<Passage, "from" | "to" | "kind">) => boolean;

const allLinks: Links = () => true;

/** Members of different groups do not hear each other; who is in none hears nobody but clients. */
const groups =
  (...parts: readonly (readonly NodeId[])[]): Links =>
  ({ from, to }) =>
    isClient(from) ||
    isClient(to) ||
    parts.some((part) => part.includes(from) && part.includes(to));

const isClient = (id: NodeId) => id.startsWith("c");

/** As groups, but cut off from clients, too, unless they are in the first group. */
const clientsWithFirst =
  (...parts: readonly (readonly NodeId[])[]): Links =>
  ({ from, to }) => {
    const partOf = (id: NodeId) =>
      isClient(id) ? 0 : parts.findIndex((part) => part.includes(id));
    return partOf(from) !== -1 && partOf(from) === partOf(to);
  };

interface Story {
  readonly n: number;
  readonly clients?: number;
  readonly seed?: number | string;
  readonly offline?: readonly NodeId[];
  readonly createService?: SimulationOptions<PaxosMessage>["createService"];
  readonly batch?: number;
}

function begin({ n, clients = 1, seed = 1, offline, createService, batch = 1 }: Story) {
  const jury = new Jury(paxos.members(n).map(({ id }) => id));
  const heard = jury.observer<PaxosMessage>();
  const delivered = new Map<NodeId, Delivery[]>();
  const accepted: (Acceptance & { readonly client: NodeId; readonly at: number })[] = [];
  const sent = { count: 0 };
  let links = allLinks;
  const simulation = new Simulation<PaxosMessage>({
    protocol: paxos,
    n,
    clients,
    seed,
    offline,
    settings: { batch, timeoutMs, checkpointInterval: 16 },
    network: ({ from, to, kind, random }) =>
      links({ from, to, kind }) ? [1 + 9 * random.fraction()] : [],
    createService: createService ?? createKeyValue,
    observer: {
      ...heard,
      sent: () => {
        sent.count += 1;
      },
      effect: (node, effect, now) => {
        heard.effect?.(node, effect, now);
        if (effect.kind === "accept")
          accepted.push({ ...effect.acceptance, client: node, at: now });
        if (effect.kind !== "deliver") return;
        delivered.set(node, [...(delivered.get(node) ?? []), effect.delivery]);
      },
    },
  });
  return {
    simulation,
    accepted,
    sent,
    link(next: Links) {
      links = next;
    },
    ask(operation: Operation, client = "c0") {
      jury.submitted(client, operation);
      simulation.request(client, operation);
    },
    wait(ms = longMs) {
      simulation.run(simulation.now + ms);
    },
    /** Which replicas executed this operation, in the order of ids. */
    whoExecuted: (operation: Operation): readonly NodeId[] =>
      simulation.members.filter((id) =>
        delivered
          .get(id)
          ?.some(({ executed }) => executed.some((item) => item.operation === operation)),
      ),
    deliveries: (id: NodeId) => delivered.get(id) ?? [],
    slots: () => simulation.members.map((id) => simulation.node(id)?.machine.status().slot),
    /** No rule was ever broken, whatever was decided. */
    isSafe: () => deepEqual(jury.verdict().violations, []),
  };
}

const put = (value: string) => JSON.stringify({ key: "k", op: "put", value });
const append = (value: string) => JSON.stringify({ key: "k", op: "append", value });
const get = JSON.stringify({ key: "k", op: "get" });

describe("scenarios of 6.824, for a log instead of single instances", () => {
  test("P1, P3: one or three clients ask at once: all replicas execute the same in the same order", () => {
    for (const clients of [1, 3]) {
      const story = begin({ n: 3, clients });
      for (let client = 0; client < clients; client += 1) story.ask(put(`${client}`), `c${client}`);
      story.wait();
      deepEqual(story.slots(), [clients, clients, clients]);
      story.isSafe();
    }
  });

  test("P4: proposals that arrive in reverse order are all decided, and executed in theirs", () => {
    const clients = 5;
    const jury = new Jury(paxos.members(3).map(({ id }) => id));
    const accepts = new Map<NodeId, number>();
    const simulation = new Simulation<PaxosMessage>({
      protocol: paxos,
      n: 3,
      clients,
      seed: 1,
      settings: { batch: 1, timeoutMs, checkpointInterval: 16 },
      network: ({ to, kind }) => {
        if (kind !== "accept") return [1];
        const count = (accepts.get(to) ?? 0) + 1;
        accepts.set(to, count);
        return [100 - 10 * count];
      },
      createService: createKeyValue,
      observer: jury.observer(),
    });
    for (const client of simulation.clients) {
      jury.submitted(client, put(client));
      simulation.request(client, put(client));
    }
    simulation.run(longMs);
    const { safety, liveness, decisions } = jury.verdict();
    deepEqual(
      { safety, liveness, decisions },
      { safety: "ok", liveness: "ok", decisions: clients },
    );
    for (const id of simulation.members) equal(simulation.node(id)?.machine.status().slot, clients);
  });

  test("P5: with two deaf replicas of five a value is known to exactly three, then four, then five", () => {
    const story = begin({ n: 5 });
    const deaf =
      (...ids: readonly NodeId[]): Links =>
      ({ to }) =>
        !ids.includes(to);
    story.link(deaf("r3", "r4"));
    story.ask(put("first"));
    story.wait();
    deepEqual(story.whoExecuted(put("first")), ["r0", "r1", "r2"]);
    story.link(deaf("r4"));
    story.ask(put("second"));
    story.wait();
    deepEqual(story.whoExecuted(put("first")), ["r0", "r1", "r2", "r3"]);
    story.link(allLinks);
    story.ask(put("third"));
    story.wait();
    deepEqual(story.whoExecuted(put("first")), ["r0", "r1", "r2", "r3", "r4"]);
    story.isSafe();
  });

  test("P6: a leader of the first ballot that comes late learns what the others decided", () => {
    const story = begin({ n: 5, offline: ["r0", "r4"] });
    story.ask(put("111"));
    story.wait();
    deepEqual(story.whoExecuted(put("111")), ["r1", "r2", "r3"]);
    story.simulation.restart("r0");
    story.ask(put("222"));
    story.wait();
    deepEqual(story.whoExecuted(put("111")), ["r0", "r1", "r2", "r3"]);
    deepEqual(story.whoExecuted(put("222")), ["r0", "r1", "r2", "r3"]);
    story.isSafe();
  });

  test("P7: nothing is decided without a majority; then by one; healed and poked, all agree", () => {
    const story = begin({ n: 5, clients: 2 });
    story.link(groups(["r0", "r2"], ["r1", "r3"], ["r4"]));
    story.ask(put("a"), "c0");
    story.wait();
    deepEqual(story.whoExecuted(put("a")), []);
    story.link(groups(["r1", "r2", "r3"], ["r0"], ["r4"]));
    story.wait(4 * longMs);
    deepEqual(story.whoExecuted(put("a")), ["r1", "r2", "r3"]);
    story.link(allLinks);
    story.ask(put("b"), "c1");
    story.wait(4 * longMs);
    deepEqual(new Set(story.slots()).size, 1, `${story.slots()}`);
    deepEqual(story.whoExecuted(put("a")), ["r0", "r1", "r2", "r3", "r4"]);
    story.isSafe();
  });

  test("P8: 20 times: what one half decided is what the other half finds", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const story = begin({ n: 5, clients: 2, seed });
      story.link(groups(["r0", "r1", "r2"], ["r3", "r4"]));
      story.ask(put("a"), "c0");
      story.ask(put("b"), "c1");
      story.wait();
      const first = story.whoExecuted(put("a"));
      ok(first.length <= 3, `seed ${seed}`);
      story.link(groups(["r0", "r1"], ["r2", "r3", "r4"]));
      story.wait(8 * longMs);
      story.link(allLinks);
      story.ask(put("c"), "c0");
      story.wait(8 * longMs);
      deepEqual(story.whoExecuted(put("a")), story.simulation.members, `seed ${seed}`);
      deepEqual(story.whoExecuted(put("b")), story.simulation.members, `seed ${seed}`);
      story.isSafe();
    }
  });

  test("P9: one client after the other, n = 3: at most 9 messages a decision, and the same at once", () => {
    for (const [clients, most] of [
      [1, 9],
      [5, 45],
    ] as const) {
      const story = begin({ n: 3, clients });
      for (let round = 0; round < 10; round += 1) {
        for (let client = 0; client < clients; client += 1)
          story.ask(put(`${round}`), `c${client}`);
      }
      story.wait();
      equal(story.accepted.length, 10 * clients);
      ok(story.sent.count / story.accepted.length <= most);
    }
  });

  test("P10: three of five make progress, two of five never answer", () => {
    for (const [up, answers] of [
      [["r0", "r1", "r2"], 1],
      [["r0", "r1"], 0],
      [["r2", "r3", "r4"], 1],
      [["r3", "r4"], 0],
    ] as const) {
      const story = begin({ n: 5 });
      story.link(clientsWithFirst(up));
      story.ask(put("a"));
      story.wait(4 * longMs);
      equal(story.accepted.length, answers, up.join());
      equal(story.whoExecuted(put("a")).length >= answers, true);
      story.isSafe();
    }
  });

  test("P11: a write to a minority completes when the network heals, and a second client reads it", () => {
    const story = begin({ n: 5, clients: 2 });
    story.link(clientsWithFirst(["r0", "r1"], ["r2", "r3", "r4"]));
    story.ask(put("late"), "c0");
    story.wait();
    equal(story.accepted.length, 0);
    story.link(allLinks);
    story.wait(4 * longMs);
    equal(story.accepted.length, 1);
    story.ask(get, "c1");
    story.wait();
    deepEqual(JSON.parse(story.accepted[1]?.result ?? ""), { status: "ok", value: "late" });
    story.isSafe();
  });

  test("P12: 15 clients put and get for 20 rounds: every replica went through the same states", () => {
    const clients = 15;
    const story = begin({ n: 3, clients, batch: 4 });
    for (let round = 0; round < 20; round += 1) {
      for (let client = 0; client < clients; client += 1) {
        story.ask(put(`${client} ${round}`), `c${client}`);
        story.ask(get, `c${client}`);
      }
    }
    story.wait(100_000);
    equal(story.accepted.length, 2 * 20 * clients);
    const histories = story.simulation.members.map((id) => story.deliveries(id).at(-1)?.history);
    equal(new Set(histories).size, 1);
    story.isSafe();
  });

  test("P13: 25 clients append 5 times to one key: none is lost or doubled, and all is linearizable", () => {
    const clients = 25;
    const story = begin({ n: 3, clients, batch: 8 });
    const wanted: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let client = 0; client < clients; client += 1) {
        wanted.push(`${client}.${round}`);
        story.ask(append(`${client}.${round};`), `c${client}`);
        story.ask(get, `c${client}`);
      }
    }
    // The leader stops on the way.
    story.simulation.at(30, () => story.simulation.crash("r0"));
    story.wait(100_000);
    story.ask(get);
    story.wait();
    const last = valueRead(story.accepted.at(-1)).split(";");
    deepEqual(last.toSorted(), ["", ...wanted].toSorted());
    equal(story.accepted.length, 2 * wanted.length + 1);
    checkOrder(story.accepted);
    story.isSafe();
  });
});

/**
 * The last read shows the order of all appends, and each read where it stood among them: linearizable
 * if nothing that was answered before something else was asked comes after it.
 */
function checkOrder(accepted: ReturnType<typeof begin>["accepted"]): void {
  const final = valueRead(accepted.at(-1));
  const freeAt = new Map<NodeId, number>();
  const placed = accepted.map((acceptance) => {
    const { client, at, operation } = acceptance;
    // A client asks as soon as it has its answer to the request before.
    const calledAt = freeAt.get(client) ?? -1;
    freeAt.set(client, at);
    const { op, value } = JSON.parse(operation) as { readonly op: string; readonly value?: string };
    if (op === "append") return { calledAt, at, place: `;${final}`.indexOf(`;${value}`) };
    const read = valueRead(acceptance);
    ok(final.startsWith(read), `${read} was never the value`);
    return { calledAt, at, place: read.length - 0.5 };
  });
  for (const before of placed) {
    for (const after of placed) {
      if (before.at < after.calledAt)
        ok(before.place <= after.place, JSON.stringify([before, after]));
    }
  }
}

function valueRead(acceptance: Acceptance | undefined): string {
  const { value } = JSON.parse(acceptance?.result ?? "{}") as { readonly value?: string };
  return value ?? "";
}

/** A2: a bank on five replicas; its state is kept from set to set. `LF` fails the leader of the moment. */
describe("the course scenarios: stable-leader Multi-Paxos, n = 5", () => {
  for (const seed of [1, 2, 3]) {
    test(`end in the expected balances and slots, gaps filled, seed ${seed}`, () => {
      const accounts = [..."ABCDEFGHIJ"];
      const banks: Service[] = [];
      const createService = () => {
        banks.push(createBank());
        return banks.at(-1) ?? createBank();
      };
      const story = begin({ n: 5, clients: accounts.length, createService, seed });
      for (const { set, live, ops, balances, lastSeq } of sets) {
        const up = live.map((number) => `r${number - 1}`);
        story.link(clientsWithFirst(up));
        // Clients whose requests waited for a majority ask again.
        story.wait();
        for (const [op, from, to, amount] of ops) {
          if (op === "LF") {
            const leader = up.find(
              (id) => story.simulation.node(id)?.machine.status().role === "leader",
            );
            story.link(clientsWithFirst(up.filter((id) => id !== leader)));
          } else {
            const account = String(from);
            const transfer = JSON.stringify({ amount, from: account, op: "transfer", to });
            story.ask(transfer, `c${accounts.indexOf(account)}`);
          }
          story.wait();
        }
        const slots = story.slots();
        const farthest = Math.max(...slots.map((slot) => slot ?? 0));
        equal(farthest, lastSeq, `set ${set}: ${slots}`);
        deepEqual(banks[slots.indexOf(farthest)]?.view(), balances, `set ${set}`);
      }
      story.isSafe();
    });
  }
});
