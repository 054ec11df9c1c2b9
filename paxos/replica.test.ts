import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { Effect } from "../core/machine.ts";
import type { Request, Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { ballotOf } from "./ballots.ts";
import {
  digestOfValue,
  digestsOf,
  type PaxosMessage,
  type PromiseMessage,
  type Proposal,
} from "./messages.ts";
import { createReplica } from "./replica.ts";

const timeoutMs = 100;
const K = 2;

const signed = <M extends PaxosMessage>(from: NodeId, message: M): Signed<M> => ({
  from,
  message,
  signature: `of ${from}`,
});

const request = (operation: string, client = "c0", timestamp = 1): Signed<Request> =>
  signed(client, { kind: "request", operation, timestamp, client });

const digestOf = (...requests: readonly Signed<Request>[]) =>
  digestOfValue(digestsOf(requests, hash128), hash128);

const noOp = digestOf();

const proposal = (
  slot: number,
  ballot: number,
  ...requests: readonly Signed<Request>[]
): Proposal => ({ slot, ballot, digest: digestOf(...requests), requests });

const accept = (...parts: Parameters<typeof proposal>) =>
  ({ kind: "accept", ...proposal(...parts) }) as const;

const promise = (
  ballot: number,
  executed = 0,
  ...accepted: readonly Proposal[]
): PromiseMessage => ({ kind: "promise", ballot, executed, accepted });

const a = request('"a"');
const b = request('"b"', "c1");
const ballot1 = ballotOf(1, 1);

/** One replica of n, told things by hand. */
function life(id: NodeId, { n = 3, batch = 1, records = [] as readonly Json[] } = {}) {
  const disk: Json[] = [...records];
  const machine = createReplica({
    id,
    n,
    f: Math.floor((n - 1) / 2),
    service: createEcho(),
    tools: {
      digest: hash128,
      seal: (message) => signed(id, message),
      isAuthentic: ({ from, signature }) => signature === `of ${from}`,
      random: createRandom(1),
    },
    settings: { batch, timeoutMs, checkpointInterval: K },
  });
  const note = (effects: readonly Effect<PaxosMessage>[]) => {
    for (const effect of effects) if (effect.kind === "persist") disk.push(effect.record);
    return effects;
  };
  const started = note(machine.step({ kind: "start", records: structuredClone(records) }, 0));
  return {
    machine,
    disk,
    started,
    hear: (from: NodeId, message: PaxosMessage) =>
      note(machine.step({ kind: "message", signed: signed(from, message) }, 0)),
    ask: (asked: Signed<Request>) => note(machine.step({ kind: "message", signed: asked }, 0)),
    wait: (timer: string) => note(machine.step({ kind: "time-out", timer }, 0)),
    status: () => machine.status(),
  };
}

/** What is said to whom, and what is refused; timers and marks left out. */
const said = (effects: readonly Effect<PaxosMessage>[]): string[] =>
  effects.flatMap((effect) => {
    switch (effect.kind) {
      case "send":
        return [`${effect.to}: ${inWords(effect.message)}`];
      case "broadcast":
        return [`${effect.to.join(",")}: ${inWords(effect.message)}`];
      case "forward":
        return [`${effect.to}: ${effect.signed.from}'s ${effect.signed.message.kind}`];
      case "reject":
        return [`refuses ${effect.from}: ${effect.objection}`];
      case "deliver":
        return [
          `executes ${effect.delivery.slot}: ${effect.delivery.executed.map(({ operation }) => operation).join(" ")}`,
        ];
      case "persist":
        return ["on disk"];
      default:
        return [];
    }
  });

function inWords(message: PaxosMessage): string {
  switch (message.kind) {
    case "accept":
      return `accept ${message.slot} in ${message.ballot}: ${operationsOf(message)}`;
    case "accepted":
    case "chosen":
      return `${message.kind} ${message.slot} in ${message.ballot}`;
    case "promise":
      return `promise ${message.ballot}, executed ${message.executed}, accepted ${message.accepted
        .map((value) => `${value.slot} in ${value.ballot}: ${operationsOf(value)}`)
        .join(", ")}`;
    case "prepare":
    case "nack":
      return `${message.kind} ${message.ballot}`;
    case "fetch":
      return `fetch ${message.slot}`;
    case "values":
      return `values ${message.values.map(({ slot }) => slot).join(" ")}, executed ${message.executed}`;
    case "snapshot":
      return `snapshot ${message.slot}`;
    case "reply":
      return `reply ${message.result} in ${message.sequence}`;
    default:
      return message.kind;
  }
}

const operationsOf = ({ requests }: Pick<Proposal, "requests">) =>
  requests.map(({ message }) => message.operation).join(" ") || "no-op";

describe("the first life of a quiet cluster", () => {
  test("r0 leads its ballot without a phase 1: a request is proposed at once", () => {
    const r0 = life("r0");
    deepEqual(r0.started, []);
    deepEqual(said(r0.ask(a)), ["on disk", 'r1,r2: accept 1 in 0: "a"']);
  });

  test("an acceptor answers the leader alone, from disk; with a majority the value is chosen", () => {
    const [r0, r1] = [life("r0"), life("r1")];
    r0.ask(a);
    deepEqual(said(r1.hear("r0", accept(1, 0, a))), ["on disk", "r0: accepted 1 in 0"]);
    deepEqual(said(r0.hear("r1", { kind: "accepted", ballot: 0, slot: 1, digest: digestOf(a) })), [
      'executes 1: "a"',
      'c0: reply "a" in 1',
      "r1,r2: chosen 1 in 0",
    ]);
    deepEqual(said(r1.hear("r0", { kind: "chosen", ballot: 0, slot: 1, digest: digestOf(a) })), [
      'executes 1: "a"',
    ]);
  });

  test("what was chosen may be heard before its value: it is executed when that comes", () => {
    const r1 = life("r1");
    deepEqual(said(r1.hear("r0", { kind: "chosen", ballot: 0, slot: 1, digest: digestOf(a) })), []);
    deepEqual(said(r1.hear("r0", accept(1, 0, a))), [
      "on disk",
      "r0: accepted 1 in 0",
      'executes 1: "a"',
    ]);
  });

  test("nothing is executed over a gap", () => {
    const r1 = life("r1");
    r1.hear("r0", accept(2, 0, b));
    r1.hear("r0", { kind: "chosen", ballot: 0, slot: 2, digest: digestOf(b) });
    equal(r1.status().slot, 0);
    r1.hear("r0", accept(1, 0, a));
    deepEqual(said(r1.hear("r0", { kind: "chosen", ballot: 0, slot: 1, digest: digestOf(a) })), [
      'executes 1: "a"',
      'executes 2: "b"',
      "on disk",
    ]);
  });

  test("what was accepted is not what was chosen, when another value was: that one is fetched", () => {
    const r2 = life("r2");
    r2.hear("r0", accept(1, 0, a));
    const chosen = { kind: "chosen", ballot: ballot1, slot: 1, digest: digestOf(b) } as const;
    deepEqual(said(r2.hear("r1", chosen)), ["on disk"]);
    equal(r2.status().slot, 0);
    const values = [proposal(1, ballot1, b)];
    const answer = { kind: "values", ballot: ballot1, executed: 1, values } as const;
    deepEqual(said(r2.hear("r1", answer)), ['executes 1: "b"']);
  });

  test("alone, a replica is its own majority", () => {
    const effects = life("r0", { n: 1 }).ask(a);
    deepEqual(said(effects).slice(0, 4), [
      "on disk",
      ': accept 1 in 0: "a"',
      'executes 1: "a"',
      'c0: reply "a" in 1',
    ]);
  });
});

describe("the leader counts", () => {
  const accepted = { kind: "accepted", ballot: 0, slot: 1, digest: digestOf(a) } as const;

  test("each sender once: a vote that comes twice is one vote", () => {
    const r0 = life("r0", { n: 5 });
    r0.ask(a);
    r0.hear("r1", accepted);
    deepEqual(said(r0.hear("r1", accepted)), ["refuses r1: second vote"]);
    equal(r0.status().slot, 0);
    r0.hear("r2", accepted);
    equal(r0.status().slot, 1);
  });

  test("votes for its value only", () => {
    const r0 = life("r0");
    r0.ask(a);
    r0.hear("r1", { ...accepted, digest: noOp });
    equal(r0.status().slot, 0);
    r0.hear("r2", accepted);
    equal(r0.status().slot, 1);
  });

  test("all votes into its log, late ones, too; a backup shows the leader's and its own", () => {
    const r0 = life("r0");
    r0.ask(a);
    for (const voter of ["r1", "r2"]) r0.hear(voter, accepted);
    const r1 = life("r1");
    r1.hear("r0", accept(1, 0, a));
    for (const [replica, voters] of [
      [r0, ["r0", "r1", "r2"]],
      [r1, ["r0", "r1"]],
    ] as const) {
      const [entry] = replica.machine.log(1, 1);
      deepEqual(
        entry?.votes.map(({ voter }) => voter),
        voters,
      );
      deepEqual(entry?.voters, voters);
    }
  });

  for (const [why, message, objection] of [
    ["in another ballot", { ...accepted, ballot: ballot1 }, "another ballot"],
    ["on an empty slot", { ...accepted, slot: 9 }, "nothing proposed in this slot"],
  ] as const) {
    test(`no vote ${why}`, () => {
      const r0 = life("r0");
      r0.ask(a);
      deepEqual(said(r0.hear("r1", message)), [`refuses r1: ${objection}`]);
    });
  }
});

describe("the leader proposes", () => {
  test("several slots at a time, up to K above what it executed", () => {
    const r0 = life("r0");
    const proposed = ["c0", "c1", "c2"].flatMap((client) => said(r0.ask(request('"x"', client))));
    deepEqual(proposed.filter((line) => line.includes("accept")).length, K);
    const more = r0.hear("r1", {
      kind: "accepted",
      ballot: 0,
      slot: 1,
      digest: digestOf(request('"x"', "c0")),
    });
    ok(said(more).includes('r1,r2: accept 3 in 0: "x"'));
  });

  test("a lone request at once; others in batches while it is under way", () => {
    const r0 = life("r0", { batch: 3 });
    const of = (client: string) => said(r0.ask(request(`"${client}"`, client)));
    deepEqual(of("c0").at(-1), 'r1,r2: accept 1 in 0: "c0"');
    deepEqual([of("c1"), of("c2")], [[], []]);
    deepEqual(of("c3").at(-1), 'r1,r2: accept 2 in 0: "c1" "c2" "c3"');
  });

  test("a request once, however often it is asked; and answers it again when it is executed", () => {
    const r0 = life("r0");
    r0.ask(a);
    deepEqual(said(r0.ask(a)), []);
    r0.hear("r1", { kind: "accepted", ballot: 0, slot: 1, digest: digestOf(a) });
    deepEqual(said(r0.ask(a)), ['c0: reply "a" in 1']);
    deepEqual(said(r0.ask(request('"old"', "c0", 0))), []);
  });

  test("again, after a while, to those that have not answered", () => {
    const r0 = life("r0", { n: 5 });
    r0.ask(a);
    r0.hear("r1", { kind: "accepted", ballot: 0, slot: 1, digest: digestOf(a) });
    deepEqual(said(r0.wait("resend")), ['r2,r3,r4: accept 1 in 0: "a"']);
  });

  test("in a higher ballot when acceptors know its ballot from a life that it forgot", () => {
    const r1 = life("r1");
    r1.hear("r0", accept(1, 0, a));
    const refused = r1.hear("r0", accept(1, 0, b));
    deepEqual(said(refused), ["refuses r0: another value in this ballot", "r0: nack 0"]);
    const r0 = life("r0");
    r0.ask(b);
    deepEqual(said(r0.hear("r1", { kind: "nack", ballot: 0 })), ["on disk", "r1,r2: prepare 1000"]);
  });
});

describe("an acceptor refuses", () => {
  /** r2 of 3, which promised r1's ballot and accepted b in its first slot. */
  function acceptor() {
    const r2 = life("r2");
    r2.hear("r1", { kind: "prepare", ballot: ballot1 });
    r2.hear("r1", accept(1, ballot1, b));
    return r2;
  }

  const rejected = [
    [
      "a prepare of another's ballot",
      "r0",
      { kind: "prepare", ballot: 2001 },
      "not the owner of the ballot",
    ],
    ["a prepare of the past", "r0", { kind: "prepare", ballot: 1000 }, "older ballot"],
    ["an accept of another's ballot", "r0", accept(2, ballot1, a), "not the owner of the ballot"],
    ["an accept of the past", "r0", accept(1, 0, a), "older ballot"],
    ["a slot before the first", "r1", accept(0, ballot1, a), "slots count from 1"],
    ["a slot far ahead", "r1", accept(2 * K + 1, ballot1, a), "slot beyond the window"],
    ["a second value in one ballot", "r1", accept(1, ballot1, a), "another value in this ballot"],
    [
      "a digest of another value",
      "r1",
      { ...accept(2, ballot1, a), digest: noOp },
      "digest of another value",
    ],
    [
      "a request nobody signed",
      "r1",
      accept(2, ballot1, { ...a, signature: "" }),
      "request not by its client",
    ],
    [
      "a request under another name",
      "r1",
      accept(2, ballot1, { ...a, from: "c7" }),
      "request not by its client",
    ],
    ["what a client says", "c0", { kind: "prepare", ballot: 0 }, "not another replica"],
    ["a ballot of nobody", "r1", { kind: "nack", ballot: 5007 }, "ballot of nobody"],
    [
      "a reply",
      "r1",
      {
        kind: "reply",
        view: 0,
        sequence: 1,
        timestamp: 1,
        client: "c0",
        replica: "r1",
        result: "",
      },
      "replies are for clients",
    ],
    [
      "a choice in another's ballot",
      "r0",
      { kind: "chosen", ballot: ballot1, slot: 1, digest: digestOf(b) },
      "not the owner of the ballot",
    ],
    [
      "a choice before the first slot",
      "r1",
      { kind: "chosen", ballot: ballot1, slot: 0, digest: noOp },
      "slots count from 1",
    ],
    [
      "a choice far ahead",
      "r1",
      { kind: "chosen", ballot: ballot1, slot: 99, digest: noOp },
      "slot beyond the window",
    ],
    [
      "a vote",
      "r1",
      { kind: "accepted", ballot: ballot1, slot: 1, digest: noOp },
      "not the leader",
    ],
    ["a promise", "r1", promise(ballot1), "not a candidate"],
    ["a nack of the past", "r1", { kind: "nack", ballot: 0 }, "older ballot"],
    ["a nack of the present", "r1", { kind: "nack", ballot: ballot1 }, "not the leader"],
  ] as const;

  for (const [what, from, message, objection] of rejected) {
    test(`${what}: ${objection}`, () => {
      const r2 = acceptor();
      const before = r2.disk.length;
      equal(said(r2.hear(from, message))[0], `refuses ${from}: ${objection}`);
      equal(r2.disk.length, before);
    });
  }

  test("a second choice for one slot", () => {
    const r2 = acceptor();
    r2.hear("r1", { kind: "chosen", ballot: ballot1, slot: 2, digest: digestOf(a) });
    const other = { kind: "chosen", ballot: ballot1, slot: 2, digest: noOp } as const;
    deepEqual(said(r2.hear("r1", other)), ["refuses r1: another value was chosen"]);
    deepEqual(said(r2.hear("r1", accept(2, ballot1, b))), ["refuses r1: another value was chosen"]);
  });

  test("and tells the old leader, who then serves the new one and passes on who waits", () => {
    const r0 = life("r0");
    r0.ask(a);
    deepEqual(said(acceptor().hear("r0", accept(1, 0, a))), [
      "refuses r0: older ballot",
      `r0: nack ${ballot1}`,
    ]);
    deepEqual(said(r0.hear("r2", { kind: "nack", ballot: ballot1 })), [
      "on disk",
      "r1: c0's request",
    ]);
    equal(r0.status().role, "backup");
  });
});

describe("a new leader", () => {
  test("is who waited in vain; it passes the request on first", () => {
    const r1 = life("r1");
    deepEqual(said(r1.ask(a)), ["r0: c0's request"]);
    deepEqual(said(r1.wait("suspect")), ["on disk", "r0,r2: prepare 1"]);
  });

  test("leads with a majority of promises, and proposes what is waiting", () => {
    const r1 = life("r1");
    r1.ask(a);
    r1.wait("suspect");
    deepEqual(said(r1.hear("r2", promise(1))), ["on disk", 'r0,r2: accept 1 in 1: "a"']);
    equal(r1.status().role, "leader");
  });

  test("counts promises by sender: the same one twice is no majority", () => {
    const r1 = life("r1", { n: 5 });
    r1.ask(a);
    r1.wait("suspect");
    r1.hear("r2", promise(1));
    deepEqual(said(r1.hear("r2", promise(1))), ["refuses r2: second promise"]);
    equal(r1.status().role, "candidate");
  });

  const low = promise(4, 0, proposal(3, 0, a), proposal(1, 0, a));
  const high = promise(4, 0, proposal(3, 3, b));
  for (const [order, first, second] of [
    ["first", high, low],
    ["last", low, high],
  ] as const) {
    test(`proposes again what was accepted in the highest ballot, told ${order}; gaps get the no-op`, () => {
      const r4 = life("r4", { n: 5 });
      r4.ask(request('"w"', "c9"));
      r4.wait("suspect");
      r4.hear("r0", first);
      deepEqual(
        said(r4.hear("r1", second)).filter((line) => line.includes("accept")),
        [
          'r0,r1,r2,r3: accept 1 in 4: "a"',
          "r0,r1,r2,r3: accept 2 in 4: no-op",
          'r0,r1,r2,r3: accept 3 in 4: "b"',
        ],
      );
    });
  }

  test("counts no vote of a lower ballot, not even for the same value", () => {
    const r1 = life("r1", { n: 5 });
    r1.hear("r0", accept(1, 0, a));
    r1.wait("suspect");
    for (const acceptor of ["r2", "r3"]) r1.hear(acceptor, promise(1));
    const vote = { kind: "accepted", ballot: 1, slot: 1, digest: digestOf(a) } as const;
    r1.hear("r2", vote);
    equal(r1.status().slot, 0);
    r1.hear("r3", vote);
    equal(r1.status().slot, 1);
  });

  test("goes on above what any of its majority executed, and fetches that", () => {
    const r1 = life("r1");
    r1.ask(a);
    r1.wait("suspect");
    deepEqual(said(r1.hear("r2", promise(1, 7, proposal(8, 0, b)))), [
      "r2: fetch 1",
      "on disk",
      'r0,r2: accept 8 in 1: "b"',
    ]);
  });

  test("takes its own acceptor's word, too", () => {
    const r1 = life("r1");
    r1.hear("r0", accept(1, 0, a));
    r1.wait("suspect");
    deepEqual(said(r1.hear("r2", promise(1)))[1], 'r0,r2: accept 1 in 1: "a"');
  });

  for (const [why, word, objection] of [
    ["in another ballot", promise(2), "another ballot"],
    ["with a vote of the future", promise(1, 0, proposal(1, 1, a)), "accepted in a later ballot"],
    ["with a slot far ahead", promise(1, 0, proposal(99, 0, a)), "slot beyond the window"],
    ["with a slot that is done", promise(1, 1, proposal(1, 0, a)), "slot beyond the window"],
  ] as const) {
    test(`is not made by a promise ${why}`, () => {
      const r1 = life("r1");
      r1.ask(b);
      r1.wait("suspect");
      deepEqual(said(r1.hear("r2", word)), [`refuses r2: ${objection}`]);
    });
  }

  test("does not believe in requests that no client signed", () => {
    const r1 = life("r1");
    r1.ask(b);
    r1.wait("suspect");
    const forged = proposal(1, 0, { ...a, signature: "" });
    deepEqual(said(r1.hear("r2", promise(1, 0, forged)))[1], 'r0,r2: accept 1 in 1: "b"');
  });

  test("gives way to a higher ballot, and later tries above it", () => {
    const r1 = life("r1");
    r1.ask(a);
    r1.wait("suspect");
    deepEqual(said(r1.hear("r2", { kind: "prepare", ballot: 2 })), [
      "on disk",
      "r2: c0's request",
      "r2: promise 2, executed 0, accepted ",
    ]);
    deepEqual(said(r1.wait("suspect")), ["on disk", "r0,r2: prepare 1001"]);
  });

  test("waits at random, ever longer: patience is drawn from 1 to 2 time-outs, then doubled", () => {
    const r1 = life("r1");
    const drawn: number[] = [];
    const note = (effects: readonly Effect<PaxosMessage>[]) => {
      for (const effect of effects) {
        if (effect.kind === "start-timer" && effect.timer === "suspect") drawn.push(effect.afterMs);
      }
    };
    note(r1.ask(a));
    for (let round = 0; round < 5; round += 1) note(r1.wait("suspect"));
    for (const [index, factor] of [1, 2, 4, 8, 8, 8].entries()) {
      const ms = drawn[index] ?? 0;
      ok(ms >= factor * timeoutMs && ms < 2 * factor * timeoutMs, `${drawn}`);
    }
    equal(new Set(drawn).size, 6);
  });
});

describe("catching up", () => {
  /** r1, which executed slots 1 to `count`. */
  function ahead(count: number) {
    const r1 = life("r1");
    for (let slot = 1; slot <= count; slot += 1) {
      const value = request(`"${slot}"`, "c0", slot);
      r1.hear("r0", accept(slot, 0, value));
      r1.hear("r0", { kind: "chosen", ballot: 0, slot, digest: digestOf(value) });
    }
    return r1;
  }

  test("what is missing is asked of the leader, then of anybody, while requests are passed on", () => {
    const r2 = life("r2");
    r2.ask(a);
    deepEqual(said(r2.wait("fetch")), ["r0: fetch 1", "r0: c0's request"]);
    ok(/^r[01]: fetch 1$/.test(said(r2.wait("fetch"))[0] ?? ""));
  });

  test("chosen values are handed over, executed, and more is asked for", () => {
    const values = ahead(2).hear("r2", { kind: "fetch", slot: 1 });
    deepEqual(said(values), ["r2: values 1 2, executed 2"]);
    const [effect] = values;
    ok(effect?.kind === "send" && effect.message.kind === "values");
    const r2 = life("r2");
    deepEqual(said(r2.hear("r1", effect.message)), [
      'executes 1: "1"',
      'executes 2: "2"',
      "on disk",
    ]);
    const more = { ...effect.message, values: effect.message.values.slice(0, 1) };
    deepEqual(said(life("r2").hear("r1", more)), ['executes 1: "1"', "r1: fetch 2"]);
  });

  test("where the log was collected the state is handed over; the log stays bounded", () => {
    const r1 = ahead(9);
    equal(r1.status()["kept"], 3);
    equal(r1.status()["checkpoint"], 8);
    const handed = r1.hear("r2", { kind: "fetch", slot: 1 });
    deepEqual(said(handed), ["r2: snapshot 8"]);
    const [effect] = handed;
    ok(effect?.kind === "send" && effect.message.kind === "snapshot");
    const r2 = life("r2");
    deepEqual(said(r2.hear("r1", effect.message)), ["on disk", "r1: fetch 9"]);
    equal(r2.status().slot, 8);
    const again = request('"8"', "c0", 8);
    ok(said(r2.ask(again)).includes('c0: reply "8" in 8'));
    deepEqual(said(r2.hear("r1", effect.message)), ["refuses r1: snapshot of the past"]);
  });

  for (const [what, snapshot] of [
    ["no JSON", "x"],
    ["another shape", '"Corrupt"'],
    ["another slot", '[3,"0",[],"0"]'],
  ] as const) {
    test(`a snapshot that is ${what} is refused and changes nothing`, () => {
      const r2 = life("r2");
      const message = { kind: "snapshot", ballot: 0, slot: 4, snapshot } as const;
      deepEqual(said(r2.hear("r1", message)), ["refuses r1: unreadable snapshot"]);
      equal(r2.status().slot, 0);
      deepEqual(r2.disk, []);
    });
  }

  for (const [what, value, objection] of [
    ["under a wrong digest", { ...proposal(1, 0, a), digest: noOp }, "digest of another value"],
    ["with a forged request", proposal(1, 0, { ...a, signature: "" }), "request not by its client"],
  ] as const) {
    test(`a value ${what} is refused`, () => {
      const message = { kind: "values", ballot: 0, executed: 1, values: [value] } as const;
      deepEqual(said(life("r2").hear("r1", message)), [`refuses r1: ${objection}`]);
    });
  }

  test("an acceptor that collected a slot still says yes to it", () => {
    const r1 = ahead(9);
    const again = accept(1, 2, request('"1"', "c0", 1));
    deepEqual(said(r1.hear("r2", again)), ["on disk", "r2: accepted 1 in 2"]);
  });
});

describe("a later life", () => {
  test("keeps its promise: it refuses what an earlier life refused", () => {
    const first = life("r2");
    first.hear("r1", { kind: "prepare", ballot: ballot1 });
    const second = life("r2", { records: first.disk });
    deepEqual(said(second.hear("r0", accept(1, 0, a)))[0], "refuses r0: older ballot");
  });

  test("tells of what an earlier life accepted", () => {
    const first = life("r2");
    first.hear("r0", accept(1, 0, a));
    const second = life("r2", { records: first.disk });
    deepEqual(
      said(second.hear("r1", { kind: "prepare", ballot: ballot1 })).at(-1),
      `r1: promise ${ballot1}, executed 0, accepted 1 in 0: "a"`,
    );
  });

  test("has the state of its last checkpoint, and looks for what came after", () => {
    const first = life("r2");
    for (let slot = 1; slot <= 3; slot += 1) {
      const value = request(`"${slot}"`, "c0", slot);
      first.hear("r0", accept(slot, 0, value));
      first.hear("r0", { kind: "chosen", ballot: 0, slot, digest: digestOf(value) });
    }
    const second = life("r2", { records: first.disk });
    deepEqual(said(second.started), ["r0: fetch 3"]);
    equal(second.status().slot, 2);
  });

  test("never leads on in a ballot that it led: it prepares a higher one", () => {
    const first = life("r0");
    first.ask(a);
    const second = life("r0", { records: first.disk });
    deepEqual(said(second.started), ["on disk", "r1,r2: prepare 1000"]);
  });
});
