import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Effect } from "../core/machine.ts";
import type { Message, Request, Signed } from "../core/messages.ts";
import type { Settings, Tools } from "../core/protocol.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { flood } from "./index.ts";
import type { FloodMessage } from "./messages.ts";

const settings: Settings = { batch: 1, timeoutMs: 500, checkpointInterval: 128 };

function toolsOf<M extends Message>(self: string): Tools<M> {
  return {
    digest: hash128,
    seal: (message) => ({ from: self, message, signature: "" }),
    isAuthentic: () => true,
    random: createRandom(1),
  };
}

function machine(id: string, n = 4) {
  const setup = { id, n, f: 1, settings, tools: toolsOf<FloodMessage>(id) };
  return id.startsWith("c")
    ? flood.createClient({ ...setup, firstTimestamp: 1 })
    : flood.createMember({ ...setup, service: createEcho() });
}

const said = (from: string, message: FloodMessage): Signed<FloodMessage> => ({
  from,
  message,
  signature: "",
});

const request = (timestamp = 1, client = "c0"): Request => ({
  kind: "request",
  operation: '"x"',
  timestamp,
  client,
});

const prePrepare = { kind: "pre-prepare", sequence: 1, request: request() } as const;
const prepare = { kind: "prepare", sequence: 1, request: request() } as const;
const commit = { kind: "commit", sequence: 1, origin: "r1", request: request() } as const;
const reply = {
  kind: "reply",
  view: 0,
  sequence: 1,
  timestamp: 1,
  client: "c0",
  replica: "r0",
  result: '"x"',
} as const;

const objectionsIn = (effects: readonly Effect<FloodMessage>[]) =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

/** Shows a node some messages; the answer is what the last one led to. */
function after(id: string, messages: readonly Signed<FloodMessage>[]) {
  const node = machine(id);
  let effects: readonly Effect<FloodMessage>[] = [];
  for (const signed of messages) effects = node.step({ kind: "message", signed }, 0);
  return effects;
}

type Row = readonly [
  why: string,
  at: string,
  messages: readonly Signed<FloodMessage>[],
  objection: string,
];

const refused: readonly Row[] = [
  ["of a client", "r2", [said("c0", prepare)], "not a member"],
  ["of a node that is none here", "r2", [said("r4", prepare)], "not a member"],
  ["of the node itself", "r2", [said("r2", prepare)], "its own word"],
  ["about sequence 0", "r2", [said("r1", { ...prepare, sequence: 0 })], "sequence below 1"],
  ["pre-prepare of a backup", "r2", [said("r1", prePrepare)], "not the commander"],
  [
    "second pre-prepare",
    "r2",
    [said("r0", prePrepare), said("r0", prePrepare)],
    "second pre-prepare",
  ],
  [
    "second pre-prepare with another value",
    "r2",
    [said("r0", prePrepare), said("r0", { ...prePrepare, request: request(2) })],
    "second pre-prepare",
  ],
  ["prepare of the commander", "r2", [said("r0", prepare)], "prepare of the commander"],
  ["second prepare", "r2", [said("r1", prepare), said("r1", prepare)], "second prepare"],
  [
    "second prepare with another value",
    "r2",
    [said("r1", prepare), said("r1", { ...prepare, request: request(2) })],
    "second prepare",
  ],
  [
    "commit of the commander's prepare",
    "r2",
    [said("r1", { ...commit, origin: "r0" })],
    "commit of nobody's prepare",
  ],
  [
    "commit of a client's prepare",
    "r2",
    [said("r1", { ...commit, origin: "c0" })],
    "commit of nobody's prepare",
  ],
  ["commit of its own prepare", "r2", [said("r1", commit)], "commit of its own prepare"],
  ["second commit", "r2", [said("r3", commit), said("r3", commit)], "second commit"],
  [
    "of a sequence that the commander never used",
    "r0",
    [said("r1", prepare)],
    "sequence that was never proposed",
  ],
  ["commit of such a sequence", "r0", [said("r2", commit)], "sequence that was never proposed"],
  ["reply at a node", "r1", [said("r0", reply)], "a reply is for a client"],
  ["request at a backup", "r1", [said("c0", request())], "not the commander"],
  ["request that another client signed", "r0", [said("c1", request())], "not its own request"],
  ["request that a node signed", "r0", [said("r1", request())], "not its own request"],
  [
    "request older than the last",
    "r0",
    [said("c0", request(2)), said("c0", request(1))],
    "old request",
  ],
  [
    "65th request under way",
    "r0",
    Array.from({ length: 65 }, (_, index) => said(`c${index}`, request(1, `c${index}`))),
    "too many requests at once",
  ],
];

for (const [why, at, messages, objection] of refused) {
  test(`${objection}: a word or request ${why} is refused by ${at} and leads to nothing`, () => {
    deepEqual(after(at, messages), [{ kind: "reject", from: messages.at(-1)?.from, objection }]);
  });
}

const taken: readonly (readonly [string, string, readonly Signed<FloodMessage>[]])[] = [
  ["a prepare that overtook the pre-prepare", "r2", [said("r1", prepare)]],
  ["a pre-prepare that prepares overtook", "r2", [said("r1", prepare), said("r0", prePrepare)]],
  ["a commit that overtook everything", "r2", [said("r0", commit)]],
  ["one's own prepare, told by another", "r1", [said("r3", commit)]],
  ["the same prepare, told by two", "r2", [said("r0", commit), said("r3", commit)]],
  [
    "a 64th request under way",
    "r0",
    Array.from({ length: 64 }, (_, index) => said(`c${index}`, request(1, `c${index}`))),
  ],
];

for (const [what, at, messages] of taken) {
  test(`${what} is taken`, () => {
    deepEqual(objectionsIn(after(at, messages)), []);
  });
}

describe("a client", () => {
  const rows = [
    ["of a backup", "r1", { ...reply, replica: "r1" }, "reply of nobody that was asked"],
    ["under the commander's name", "r1", reply, "reply of nobody that was asked"],
    ["under another name", "r0", { ...reply, replica: "r1" }, "reply of nobody that was asked"],
    ["for another client", "r0", { ...reply, client: "c1" }, "reply to another client"],
    ["to another request", "r0", { ...reply, timestamp: 9 }, "reply to another request"],
    ["that is a prepare", "r0", prepare, "not a reply"],
  ] as const;

  for (const [why, from, message, objection] of rows) {
    test(`refuses a reply ${why}`, () => {
      const client = machine("c0");
      client.step({ kind: "request", operation: '"x"' }, 0);
      deepEqual(objectionsIn(client.step({ kind: "message", signed: said(from, message) }, 0)), [
        objection,
      ]);
    });
  }

  test("takes the commander's word for it", () => {
    const client = machine("c0");
    client.step({ kind: "request", operation: '"x"' }, 0);
    const effects = client.step({ kind: "message", signed: said("r0", reply) }, 0);
    equal(
      effects.some(({ kind }) => kind === "accept"),
      true,
    );
  });
});

/** Lets the commander's wait run out; the answer is what the last turn led to. */
function waitFor(commander: ReturnType<typeof machine>, sequence: number) {
  const timer = `quiet ${sequence}`;
  const turns = [1, 2, 3, 4].map(() => commander.step({ kind: "time-out", timer }, 0));
  return turns.at(-1) ?? [];
}

test("a word that comes after late timers begins the wait anew", () => {
  const commander = machine("r0");
  commander.step({ kind: "message", signed: said("c0", request()) }, 0);
  const timeOut = { kind: "time-out", timer: "quiet 1" } as const;
  for (let turn = 1; turn <= 3; turn += 1) {
    const again = { kind: "start-timer", timer: "quiet 1", afterMs: 62.5 };
    deepEqual(commander.step(timeOut, 0), [again]);
  }
  commander.step({ kind: "message", signed: said("r1", prepare) }, 0);
  deepEqual(
    commander.step(timeOut, 0).map(({ kind }) => kind),
    ["start-timer"],
  );
  equal(commander.status()["waiting"], 1);
});

test("sequences that nobody proposed do not push out a request that waits for its answer", () => {
  const commander = machine("r0");
  commander.step({ kind: "message", signed: said("c0", request()) }, 0);
  for (let client = 1; client <= 300; client += 1) {
    const id = `c${client}`;
    const effects = commander.step({ kind: "message", signed: said(id, request(1, id)) }, 0);
    const [proposed] = effects;
    if (proposed?.kind !== "broadcast" || proposed.message.kind !== "pre-prepare") continue;
    // Every other flood is over at once.
    waitFor(commander, proposed.message.sequence);
  }
  equal(commander.status()["waiting"], 1);
  const effects = waitFor(commander, 1);
  deepEqual(
    effects.map(({ kind }) => kind),
    ["mark", "send"],
  );
});

test("the log is in the order of sequences, whatever came first", () => {
  const node = machine("r2");
  for (const sequence of [3, 2, 1]) {
    node.step({ kind: "message", signed: said("r1", { ...prepare, sequence }) }, 0);
  }
  deepEqual(
    node.log(1, 2).map(({ slot, state }) => [slot, state]),
    [
      [1, "flooding"],
      [2, "flooding"],
    ],
  );
});
