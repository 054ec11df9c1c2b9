import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { type Answer, type ClientRule, createClient } from "./client.ts";
import type { Effect } from "./machine.ts";
import type { Reply, Request, Signed } from "./messages.ts";
import type { ClientSetup } from "./protocol.ts";
import type { Random } from "./random.ts";

type Spoken = Request | Reply;

const noRandom: Random = {
  integer: (low) => low,
  fraction: () => 0,
  chance: () => false,
  sample: (items, count) => items.slice(0, count),
  fork: () => noRandom,
};

const setup: ClientSetup<Spoken> = {
  id: "c0",
  n: 4,
  f: 1,
  tools: {
    digest: (text) => `#${text}`,
    seal: (message) => ({ from: "c0", message, signature: "" }),
    isAuthentic: () => true,
    random: noRandom,
  },
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  firstTimestamp: 1,
};

const everybody = ["r0", "r1", "r2", "r3"];

/** f + 1 = 2 of four; the leader of view v is r(v mod 4) unless replies say otherwise. */
function createToy(
  change: Partial<ClientSetup<Spoken>> = {},
  named?: string,
  isLeaderSpokesman = false,
) {
  const rule: ClientRule<Spoken> = {
    everybody,
    leaderOf: (view) => `r${view % 4}`,
    needed: 2,
    isLeaderSpokesman,
    readAnswer: ({ message }) => {
      if (message.kind !== "reply") return "not a reply";
      const { timestamp, view, sequence, result } = message;
      const answer: Answer = { timestamp, view, slot: sequence, result };
      return named === undefined ? answer : { ...answer, leader: named };
    },
  };
  const client = createClient<Reply>({ ...setup, ...change }, rule);
  return {
    client,
    ask: (operation: string) => tell(client.step({ kind: "request", operation }, 0)),
    hear: (from: string, reply: Partial<Reply> = {}) =>
      tell(client.step({ kind: "message", signed: replied(from, reply) }, 0)),
    wait: () => tell(client.step({ kind: "time-out", timer: "patience" }, 0)),
  };
}

const replied = (from: string, change: Partial<Reply> = {}): Signed<Reply> => ({
  from,
  message: {
    kind: "reply",
    view: 0,
    sequence: 1,
    timestamp: 1,
    client: "c0",
    replica: from,
    result: "ok",
    ...change,
  },
  signature: "",
});

/** Effects in words. */
const tell = (effects: readonly Effect<Spoken>[]): string[] =>
  effects.map((effect) => {
    switch (effect.kind) {
      case "send":
        return `to ${effect.to}: ${contentOf(effect.message)}`;
      case "broadcast":
        return `to ${effect.to.join(",")}: ${contentOf(effect.message)}`;
      case "start-timer":
        return `${effect.timer} ${effect.afterMs}`;
      case "stop-timer":
        return `no ${effect.timer}`;
      case "accept": {
        const { timestamp, operation, result, view, slot, from } = effect.acceptance;
        return `accepts ${timestamp} ${operation} = ${result} v${view} s${slot} from ${from.join(",")}`;
      }
      case "reject":
        return `refuses ${effect.from}: ${effect.objection}`;
      case "mark":
        return effect.mark.name;
      default:
        return effect.kind;
    }
  });

const contentOf = (message: Spoken) =>
  message.kind === "request"
    ? `${message.client}/${message.timestamp} ${message.operation}`
    : "reply";

describe("asking", () => {
  test("asks the leader of view 0 first and begins to lose patience", () => {
    deepEqual(createToy().ask("a"), ["to r0: c0/1 a", "patience 100"]);
  });

  test("starts above the timestamps of an earlier life", () => {
    deepEqual(createToy({ firstTimestamp: 42 }).ask("a"), ["to r0: c0/42 a", "patience 100"]);
  });

  test("has one request at a time: the next waits for the acceptance", () => {
    const { ask, hear } = createToy();
    ask("a");
    deepEqual(ask("b"), []);
    deepEqual(ask("c"), []);
    hear("r0");
    deepEqual(hear("r1"), [
      "no patience",
      "accepts 1 a = ok v0 s1 from r0,r1",
      "to r0: c0/2 b",
      "patience 100",
    ]);
  });

  test("asks everybody when patience is over, ever less often, at last every 8 time-outs", () => {
    const { ask, wait } = createToy();
    ask("a");
    const patience = [200, 400, 800, 800, 800];
    for (const ms of patience) {
      deepEqual(wait(), ["to r0,r1,r2,r3: c0/1 a", "asked everybody", `patience ${ms}`]);
    }
  });

  test("has its first patience again for the next request", () => {
    const { ask, hear, wait } = createToy();
    ask("a");
    wait();
    hear("r0");
    hear("r1");
    deepEqual(ask("b"), ["to r0: c0/2 b", "patience 100"]);
  });

  test("a late time-out, when nothing is asked, does nothing", () => {
    deepEqual(createToy().wait(), []);
  });
});

describe("accepting", () => {
  test("takes f + 1 matching replies of different nodes", () => {
    const { ask, hear } = createToy();
    ask("a");
    deepEqual(hear("r3"), []);
    deepEqual(hear("r1"), ["no patience", "accepts 1 a = ok v0 s1 from r3,r1"]);
  });

  test("does not count one node twice, nor let it change its mind", () => {
    const { ask, hear } = createToy();
    ask("a");
    hear("r1");
    deepEqual(hear("r1"), ["refuses r1: second reply"]);
    deepEqual(hear("r1", { result: "other" }), ["refuses r1: second reply"]);
    hear("r2", { result: "other" });
    deepEqual(hear("r3"), ["no patience", "accepts 1 a = ok v0 s1 from r1,r3"]);
  });

  test("does not mix results", () => {
    const { ask, hear } = createToy();
    ask("a");
    deepEqual(hear("r1", { result: "x" }), []);
    deepEqual(hear("r2", { result: "y" }), []);
    deepEqual(hear("r3", { result: "z" }), []);
    deepEqual(hear("r0", { result: "y" }), ["no patience", "accepts 1 a = y v0 s1 from r2,r0"]);
  });

  test("does not mix slots: a liar with the right result cannot say where it went", () => {
    const { ask, hear } = createToy();
    ask("a");
    hear("r1", { sequence: 999 });
    deepEqual(hear("r2", { sequence: 7 }), []);
    deepEqual(hear("r3", { sequence: 7 }), ["no patience", "accepts 1 a = ok v0 s7 from r2,r3"]);
  });

  test("refuses what is no answer, and answers to what it never asked", () => {
    const { ask, hear, client } = createToy();
    ask("a");
    const request = { kind: "request", operation: "a", timestamp: 1, client: "c0" } as const;
    deepEqual(
      tell(
        client.step(
          { kind: "message", signed: { from: "r1", message: request, signature: "" } },
          0,
        ),
      ),
      ["refuses r1: not a reply"],
    );
    deepEqual(hear("r1", { timestamp: 2 }), ["refuses r1: reply to another request"]);
    deepEqual(hear("r1", { timestamp: 0 }), ["refuses r1: reply to another request"]);
  });

  test("a reply after the acceptance accepts nothing again", () => {
    const { ask, hear } = createToy();
    ask("a");
    for (const node of ["r0", "r1"]) hear(node);
    deepEqual(hear("r2"), []);
    deepEqual(hear("r3"), []);
  });

  test("replies to an older request do not help the current one", () => {
    const { ask, hear } = createToy();
    ask("a");
    for (const node of ["r0", "r1"]) hear(node);
    ask("b");
    deepEqual(hear("r2"), []);
    deepEqual(hear("r0", { timestamp: 2 }), []);
    equal(hear("r2", { timestamp: 2, result: "ok" }).length, 2);
  });
});

describe("following the view", () => {
  const askNext = (views: readonly number[], named?: string) => {
    const { ask, hear } = createToy({}, named);
    ask("a");
    for (const [index, view] of views.entries()) hear(`r${index}`, { view });
    return ask("b")[0];
  };

  test("the next request goes to the leader of the new view", () => {
    equal(askNext([2, 2]), "to r2: c0/2 b");
  });

  test("a liar cannot raise the view alone: the lowest of the matching ones counts", () => {
    equal(askNext([0, 3]), "to r0: c0/2 b");
    equal(askNext([3, 1]), "to r1: c0/2 b");
  });

  test("nor lower it", () => {
    const { ask, hear } = createToy();
    ask("a");
    for (const node of ["r0", "r1"]) hear(node, { view: 5 });
    ask("b");
    hear("r0", { timestamp: 2, view: 0 });
    const effects = hear("r1", { timestamp: 2, view: 5 });
    deepEqual(effects[1], "accepts 2 b = ok v0 s1 from r0,r1");
    equal(ask("c")[0], "to r1: c0/3 c");
  });

  test("where replies name the leader, that one is asked", () => {
    equal(askNext([1, 1], "r3"), "to r3: c0/2 b");
  });
});

describe("what a client shows", () => {
  test("its view, leader, last timestamp and how many wait", () => {
    const { client, ask } = createToy();
    deepEqual(client.status(), { role: "client", view: 0, slot: 0, leader: "r0", waiting: 0 });
    ask("a");
    ask("b");
    deepEqual(client.status(), { role: "client", view: 0, slot: 1, leader: "r0", waiting: 2 });
  });

  test("its log tells correct, corrupt and missing replies apart, late ones included", () => {
    const { client, ask, hear } = createToy();
    ask("a");
    hear("r0");
    hear("r1", { result: "corrupt" });
    equal(client.log(1, 1)[0]?.state, "asked");
    hear("r2");
    const [entry] = client.log(1, 1);
    equal(entry?.state, "accepted");
    const tally = () => {
      const [latest] = client.log(1, 1);
      const votes = latest?.votes.map(({ voter, digest }) => `${voter} ${digest}`);
      return { votes, voters: latest?.voters };
    };
    deepEqual(tally(), { votes: ["r0 #ok", "r1 #corrupt", "r2 #ok"], voters: everybody });
    hear("r3");
    equal(tally().votes?.length, 4);
    deepEqual(client.log(2, 9), []);
  });

  test("where the leader answers for all, its log misses others only once everybody was asked", () => {
    const { client, ask, wait } = createToy({}, undefined, true);
    ask("a");
    deepEqual(client.log(1, 1)[0]?.voters, ["r0"]);
    wait();
    deepEqual(client.log(1, 1)[0]?.voters, everybody);
  });

  test("its log keeps the latest 512 requests", () => {
    const { client, ask, hear } = createToy();
    for (let timestamp = 1; timestamp <= 600; timestamp += 1) {
      ask("a");
      for (const node of ["r0", "r1"]) hear(node, { timestamp, sequence: timestamp });
    }
    const kept = client.log(0, 1000).map(({ slot }) => slot);
    deepEqual([kept.length, kept[0], kept.at(-1)], [512, 89, 600]);
    deepEqual(hear("r2", { timestamp: 88 }), ["refuses r2: reply to another request"]);
  });
});
