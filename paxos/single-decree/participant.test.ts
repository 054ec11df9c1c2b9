import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Effect } from "../../core/machine.ts";
import type { Request, Signed } from "../../core/messages.ts";
import { createEcho } from "../../services/echo.ts";
import { hash128 } from "../../sim/hash.ts";
import { createRandom } from "../../sim/random.ts";
import { lies } from "./lies.ts";
import type { Decree, SingleDecreeMessage } from "./messages.ts";
import { createParticipant } from "./participant.ts";
import { assignRoles, seatsOf } from "./roles.ts";

const timeoutMs = 100;
// r0 and r1 propose, r2 to r4 accept, r5 learns.
const counts = { proposers: 2, acceptors: 3, learners: 1 };
const seats = seatsOf(counts);
const roles = { kind: "roles", term: 1, leader: "r5", version: 0, ...seats } as const;

const signed = <M extends SingleDecreeMessage>(from: NodeId, message: M): Signed<M> => ({
  from,
  message,
  signature: `of ${from}`,
});

const wish = (operation: string, client = "c0"): Signed<Request> =>
  signed(client, { kind: "request", operation, timestamp: 1, client });

const [a, b] = [wish('"a"'), wish('"b"', "c1")];
const ballot0 = 1000;
const ballot1 = 1001;

function life(id: NodeId, records: readonly Json[] = []) {
  const disk: Json[] = [...records];
  const machine = createParticipant(
    {
      id,
      n: 6,
      f: 1,
      service: createEcho(),
      tools: {
        digest: hash128,
        seal: (message) => signed(id, message),
        isAuthentic: ({ from, signature }) => signature === `of ${from}`,
        random: createRandom(1),
      },
      settings: { batch: 1, timeoutMs, checkpointInterval: 128 },
    },
    counts,
  );
  const note = (effects: readonly Effect<SingleDecreeMessage>[]) => {
    for (const effect of effects) if (effect.kind === "persist") disk.push(effect.record);
    return effects;
  };
  note(machine.step({ kind: "start", records: structuredClone(records) }, 0));
  return {
    machine,
    disk,
    hear: (from: NodeId, message: SingleDecreeMessage) =>
      note(machine.step({ kind: "message", signed: signed(from, message) }, 0)),
    ask: (asked: Signed<Request>) => note(machine.step({ kind: "message", signed: asked }, 0)),
    wait: (timer: string) => note(machine.step({ kind: "time-out", timer }, 0)),
  };
}

/** A participant that knows its role. */
function member(id: NodeId, records: readonly Json[] = []) {
  const participant = life(id, records);
  participant.hear(id === "r5" ? "r4" : "r5", roles);
  return participant;
}

const said = (effects: readonly Effect<SingleDecreeMessage>[]): string[] =>
  effects.flatMap((effect) => {
    switch (effect.kind) {
      case "send":
        return [`${effect.to}: ${inWords(effect.message)}`];
      case "broadcast":
        return [`${effect.to.join(",")}: ${inWords(effect.message)}`];
      case "reject":
        return [`refuses ${effect.from}: ${effect.objection}`];
      case "deliver":
        return [`executes ${effect.delivery.executed[0]?.operation}`];
      case "persist":
        return ["on disk"];
      default:
        return [];
    }
  });

function inWords(message: SingleDecreeMessage): string {
  const operationIn = (decree: Decree | undefined) => decree?.message.operation ?? "nothing";
  switch (message.kind) {
    case "prepare":
    case "nack":
      return `${message.kind} ${message.ballot}`;
    case "promise":
      return `promise ${message.ballot} with ${operationIn(message.accepted?.decree)}`;
    case "accept":
    case "accepted":
      return `${message.kind} ${operationIn(message.decree)} in ${message.ballot}`;
    case "reply":
      return `reply ${message.result}`;
    case "election":
      return `election ${message.candidate}`;
    case "elected":
      return `elected ${message.leader}, met ${message.alive.join(",")}`;
    default:
      return message.kind;
  }
}

describe("an acceptor", () => {
  test("promises and accepts from disk, and tells proposer and learners", () => {
    const r2 = member("r2");
    deepEqual(said(r2.hear("r0", { kind: "prepare", ballot: ballot0 })), [
      "on disk",
      "r0: promise 1000 with nothing",
    ]);
    deepEqual(said(r2.hear("r0", { kind: "accept", ballot: ballot0, decree: a })), [
      "on disk",
      'r0: accepted "a" in 1000',
      'r5: accepted "a" in 1000',
    ]);
    deepEqual(said(r2.hear("r1", { kind: "prepare", ballot: ballot1 })), [
      "on disk",
      'r1: promise 1001 with "a"',
    ]);
  });

  test("that does not know the learners yet tells them as soon as it does", () => {
    const r2 = life("r2");
    deepEqual(
      said(r2.hear("r0", { kind: "accept", ballot: ballot0, decree: a })).at(-1),
      'r0: accepted "a" in 1000',
    );
    ok(said(r2.hear("r5", roles)).includes('r5: accepted "a" in 1000'));
  });

  test("answers a learner that asks", () => {
    const r2 = member("r2");
    deepEqual(said(r2.hear("r5", { kind: "query" })), []);
    r2.hear("r0", { kind: "accept", ballot: ballot0, decree: a });
    deepEqual(said(r2.hear("r5", { kind: "query" })), ['r5: accepted "a" in 1000']);
  });

  test("keeps promise and vote in a later life", () => {
    const first = member("r2");
    first.hear("r0", { kind: "accept", ballot: ballot0, decree: a });
    first.hear("r1", { kind: "prepare", ballot: ballot1 });
    const second = member("r2", first.disk);
    deepEqual(said(second.hear("r0", { kind: "accept", ballot: ballot0, decree: a })), [
      "refuses r0: older ballot",
      "r0: nack 1001",
    ]);
    deepEqual(said(second.hear("r1", { kind: "prepare", ballot: ballot1 })), [
      'r1: promise 1001 with "a"',
    ]);
  });

  for (const [what, from, message, objection] of [
    ["a prepare of the past", "r0", { kind: "prepare", ballot: ballot0 }, "older ballot"],
    ["another's ballot", "r0", { kind: "prepare", ballot: 2001 }, "not the owner of the ballot"],
    ["an accept of the past", "r0", { kind: "accept", ballot: ballot0, decree: a }, "older ballot"],
    [
      "a second value in one ballot",
      "r1",
      { kind: "accept", ballot: ballot1, decree: b },
      "another value in this ballot",
    ],
    [
      "what no client signed",
      "r1",
      { kind: "accept", ballot: 2001, decree: { ...a, signature: "" } },
      "request not by its client",
    ],
    [
      "what another client signed",
      "r1",
      { kind: "accept", ballot: 2001, decree: { ...a, from: "c7" } },
      "request not by its client",
    ],
    ["strangers", "c0", { kind: "query" }, "not another participant"],
    ["answers", "r3", { kind: "nack", ballot: ballot0 }, "not a proposer"],
    ["answers of no acceptor", "r0", { kind: "promise", ballot: ballot1 }, "not from an acceptor"],
    [
      "what is for clients",
      "r5",
      { kind: "start", proposers: [], learners: [] },
      "that is for clients",
    ],
    ["other acceptors", "r5", { ...roles, term: 9, acceptors: ["r2"] }, "other acceptors"],
  ] as const) {
    test(`refuses ${what}: ${objection}`, () => {
      const r2 = member("r2");
      r2.hear("r1", { kind: "accept", ballot: ballot1, decree: a });
      deepEqual(
        said(r2.hear(from, message))[0],
        `refuses ${objection === "other acceptors" ? "r5" : from}: ${objection}`,
      );
    });
  }

  test("is none where it has another role", () => {
    deepEqual(said(member("r5").hear("r0", { kind: "prepare", ballot: ballot0 })), [
      "refuses r0: not an acceptor",
    ]);
  });
});

describe("a proposer", () => {
  test("proposes what its first client wants, with a majority of promises", () => {
    const r0 = member("r0");
    deepEqual(said(r0.ask(a)), ["on disk", "r2,r3,r4: prepare 1000"]);
    deepEqual(said(r0.ask(b)), []);
    deepEqual(said(r0.hear("r2", { kind: "promise", ballot: ballot0 })), []);
    deepEqual(said(r0.hear("r2", { kind: "promise", ballot: ballot0 })), [
      "refuses r2: second promise",
    ]);
    deepEqual(said(r0.hear("r3", { kind: "promise", ballot: ballot0 })), [
      'r2,r3,r4: accept "a" in 1000',
    ]);
  });

  const low = { ballot: 1, decree: a };
  const high = { ballot: 2001, decree: b };
  for (const [order, first, second] of [
    ["first", high, low],
    ["last", low, high],
  ] as const) {
    test(`proposes what was accepted in the highest ballot, told ${order}`, () => {
      const r0 = member("r0");
      r0.ask(wish('"w"', "c9"));
      r0.hear("r2", { kind: "promise", ballot: ballot0, accepted: first });
      deepEqual(said(r0.hear("r3", { kind: "promise", ballot: ballot0, accepted: second })), [
        'r2,r3,r4: accept "b" in 1000',
      ]);
    });
  }

  test("does not believe in a value that no client signed", () => {
    const r0 = member("r0");
    r0.ask(a);
    r0.hear("r2", { kind: "promise", ballot: ballot0 });
    const forged = { ballot: 1, decree: { ...b, signature: "" } };
    deepEqual(said(r0.hear("r3", { kind: "promise", ballot: ballot0, accepted: forged })), [
      'r2,r3,r4: accept "a" in 1000',
    ]);
  });

  test("backs off at random when another is ahead, then goes above it", () => {
    const r0 = member("r0");
    r0.ask(a);
    const pauses: number[] = [];
    for (let round = 1; round <= 6; round += 1) {
      const nack = { kind: "nack", ballot: round * 1000 + 1 } as const;
      for (const effect of r0.hear("r2", nack)) {
        if (effect.kind === "start-timer") pauses.push(effect.afterMs);
      }
      deepEqual(said(r0.wait("round")), ["on disk", `r2,r3,r4: prepare ${(round + 1) * 1000}`]);
    }
    for (const [index, most] of [25, 50, 100, 200, 400, 400].entries()) {
      ok((pauses[index] ?? Infinity) < most, `${pauses}`);
    }
    equal(new Set(pauses).size, 6);
  });

  test("begins with a counter of 1, whoever it is: none is ahead of the others by its first ballot", () => {
    for (const [id, ballot] of [
      ["r0", ballot0],
      ["r1", ballot1],
    ] as const) {
      deepEqual(said(member(id).ask(a)).at(-1), `r2,r3,r4: prepare ${ballot}`);
    }
  });

  test("never uses a ballot twice, not even in a later life", () => {
    const first = member("r0");
    first.ask(a);
    deepEqual(said(member("r0", first.disk).ask(b)), ["on disk", "r2,r3,r4: prepare 2000"]);
  });

  test("is done with a majority of votes for its ballot; a client that asks again starts it again", () => {
    const r0 = member("r0");
    r0.ask(a);
    for (const from of ["r2", "r3"]) r0.hear(from, { kind: "promise", ballot: ballot0 });
    for (const from of ["r2", "r3"])
      r0.hear(from, { kind: "accepted", ballot: ballot0, decree: a });
    deepEqual(said(r0.wait("round")), []);
    deepEqual(said(r0.ask(b)), []);
    deepEqual(said(r0.ask(b)), ["on disk", "r2,r3,r4: prepare 2000"]);
  });
});

describe("a learner", () => {
  const vote = { kind: "accepted", ballot: ballot0, decree: a } as const;

  test("knows the value with a majority of senders in one ballot, and tells who asked", () => {
    const r5 = member("r5");
    r5.ask(b);
    deepEqual(said(r5.hear("r2", vote)), []);
    deepEqual(said(r5.hear("r2", vote)), ["refuses r2: second vote"]);
    deepEqual(said(r5.hear("r3", { ...vote, ballot: ballot1 })), []);
    deepEqual(said(r5.hear("r4", vote)), ['executes "a"', 'c1: reply "a"']);
    deepEqual(said(r5.ask(a)), ['c0: reply "a"']);
  });

  test("asks the acceptors while a client waits", () => {
    const r5 = member("r5");
    r5.ask(a);
    deepEqual(said(r5.wait("query")), ["r2,r3,r4: query"]);
  });

  test("does not count votes for what no client signed, nor for two values together", () => {
    const r5 = member("r5");
    deepEqual(said(r5.hear("r2", { ...vote, decree: { ...a, signature: "" } })), [
      "refuses r2: request not by its client",
    ]);
    r5.hear("r2", vote);
    deepEqual(said(r5.hear("r3", { ...vote, decree: b })), []);
    equal(r5.machine.status().slot, 0);
  });

  test("shows the votes in its log", () => {
    const r5 = member("r5");
    for (const from of ["r2", "r3", "r4"]) r5.hear(from, vote);
    const [entry] = r5.machine.log(1, 1);
    deepEqual(
      entry?.votes.map(({ voter }) => voter),
      seats.acceptors,
    );
    deepEqual(r5.machine.log(2, 9), []);
  });
});

describe("the ring", () => {
  test("lower ids are swallowed, higher ones go on, and a neighbour that is silent twice is passed over", () => {
    const r3 = life("r3");
    deepEqual(said(r3.hear("r2", { kind: "election", term: 1, candidate: "r2" })), ["r2: heard"]);
    deepEqual(said(r3.hear("r2", { kind: "election", term: 1, candidate: "r5" })), [
      "r2: heard",
      "r4: election r5",
    ]);
    const key = "ring election 1 r5";
    deepEqual(said(r3.wait(key)), ["r4: election r5"]);
    deepEqual(said(r3.wait(key)), ["r5: election r5"]);
    const heard = { kind: "heard", of: "election", term: 1, about: "r5" } as const;
    deepEqual(said(r3.hear("r4", heard)), ["refuses r4: nothing under way to it"]);
    deepEqual(said(r3.hear("r5", heard)), []);
    deepEqual(said(r3.wait(key)), []);
  });

  test("whose own id comes round leads, and assigns the roles when word of that came round, too", () => {
    const r5 = life("r5");
    deepEqual(said(r5.hear("r4", { kind: "election", term: 1, candidate: "r5" })), [
      "r4: heard",
      "r0: elected r5, met r5",
    ]);
    const elected = { kind: "elected", term: 1, leader: "r5", alive: seats.acceptors } as const;
    deepEqual(said(r5.hear("r4", elected)), ["r4: heard", "r0,r1,r2,r3,r4: roles"]);
  });

  test("the roles are sent again to those that did not confirm", () => {
    const r5 = life("r5");
    r5.hear("r4", { kind: "election", term: 1, candidate: "r5" });
    r5.hear("r4", { kind: "elected", term: 1, leader: "r5", alive: ["r0", "r1", "r2"] });
    for (const node of ["r0", "r2", "r3"]) {
      r5.hear(node, { kind: "heard", of: "roles", term: 1, about: "r5" });
    }
    deepEqual(said(r5.wait("confirm")), ["r1,r4: roles"]);
  });

  test("who seemed to be down and confirms gets its seat back", () => {
    const r5 = life("r5");
    r5.hear("r4", { kind: "election", term: 1, candidate: "r5" });
    r5.hear("r4", { kind: "elected", term: 1, leader: "r5", alive: ["r2", "r3", "r4", "r5"] });
    const heard = { kind: "heard", of: "roles", term: 1, about: "r5" } as const;
    const [again] = r5.hear("r1", heard).filter(({ kind }) => kind === "broadcast");
    ok(again?.kind === "broadcast" && again.message.kind === "roles");
    deepEqual([again.message.version, again.message.proposers], [1, ["r0", "r1"]]);
  });
});

describe("roles", () => {
  for (const [down, proposers, learners] of [
    [[], ["r0", "r1"], ["r5"]],
    [["r5"], ["r0"], ["r5", "r1"]],
    [
      ["r0", "r5"],
      ["r0", "r1"],
      ["r5", "r4"],
    ],
    [["r0", "r1"], ["r0", "r1", "r4"], ["r5"]],
    [["r0", "r1", "r2"], ["r0", "r1"], ["r5"]],
  ] as const) {
    test(`with ${down.join(", ") || "nobody"} down: ${proposers.join()} propose, ${learners.join()} learn`, () => {
      const ids = [...seats.proposers, ...seats.acceptors, ...seats.learners];
      const alive = new Set(ids.filter((id) => !down.some((one) => one === id)));
      deepEqual(assignRoles(seats, alive), { ...seats, proposers, learners });
    });
  }
});

describe("a lie", () => {
  const tools = {
    self: "r2",
    digest: hash128,
    seal: (message: SingleDecreeMessage) => signed("r2", message),
    requests: [],
  };
  const vote = { kind: "accepted", ballot: ballot0, decree: a } as const;

  test("is another client's value, or else one of its own", () => {
    deepEqual(lies.corrupt(vote, { ...tools, requests: [a, b] }), { ...vote, decree: b });
    const own = lies.equivocate(vote, tools);
    ok(own?.kind === "accepted");
    deepEqual([own.decree.from, own.decree.message.operation], ["r2", '"Corrupt"']);
  });

  test("as evidence is in the highest ballot that a promise may name", () => {
    const forged = lies.forge({ kind: "promise", ballot: ballot1 }, { ...tools, requests: [b] });
    deepEqual(forged, {
      kind: "promise",
      ballot: ballot1,
      accepted: { ballot: ballot0, decree: b },
    });
    equal(lies.forge(vote, tools), undefined);
  });

  test("about nothing there is none", () => {
    equal(lies.corrupt({ kind: "prepare", ballot: 1 }, tools), undefined);
    equal(lies.corrupt({ kind: "promise", ballot: 1 }, tools), undefined);
    deepEqual(lies.spam(0, tools), { kind: "prepare", ballot: 2 });
  });
});
