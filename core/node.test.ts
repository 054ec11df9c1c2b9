import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "./encoding.ts";
import type { Envelope, Fault, Lies } from "./fault.ts";
import type { Effect, Input, Machine } from "./machine.ts";
import type { Message, Request, Signed } from "./messages.ts";
import { Node, type NodeOptions } from "./node.ts";
import type { Disk } from "./ports.ts";
import type { Tools } from "./protocol.ts";
import type { Random } from "./random.ts";

interface Note extends Message {
  readonly kind: "note" | "echo";
  readonly text: string;
}
type Toy = Note | Request;

const note = (text: string): Note => ({ kind: "note", text });
const textOf = (message: Toy) => (message.kind === "request" ? message.operation : message.text);
const signedText = (message: Toy) => `${message.kind}|${textOf(message)}`;
const sealed = (from: string, message: Toy): Signed<Toy> => ({
  from,
  message,
  signature: `${from}!${signedText(message)}`,
});
const send = (to: string, message: Toy): Effect<Toy> => ({ kind: "send", to, message });
const mark = (name: string): Effect<Toy> => ({ kind: "mark", mark: { name, view: 0 } });

const noLies: Lies<Toy> = {
  corrupt: () => undefined,
  equivocate: () => undefined,
  forge: () => undefined,
  spam: () => undefined,
};

const noRandom: Random = {
  integer: (low) => low,
  fraction: () => 0,
  chance: () => false,
  sample: (items, count) => items.slice(0, count),
  fork: () => noRandom,
};

/** A clock that the test moves. */
class HandClock {
  #now = 0;
  readonly #plans: { readonly at: number; run: (() => void) | undefined }[] = [];
  now = () => this.#now;
  after = (delayMs: number, run: () => void) => {
    const plan: { readonly at: number; run: (() => void) | undefined } = {
      at: this.#now + delayMs,
      run,
    };
    this.#plans.push(plan);
    return () => {
      plan.run = undefined;
    };
  };
  moveTo(moment: number): void {
    for (;;) {
      const due = this.#plans.filter(({ at, run }) => at <= moment && run !== undefined);
      const next = due.sort((a, b) => a.at - b.at)[0];
      if (next?.run === undefined) break;
      this.#now = next.at;
      const { run } = next;
      next.run = undefined;
      run();
    }
    this.#now = moment;
  }
}

/** A disk that finishes when the test says so. */
class HandDisk implements Disk {
  readonly written: Json[] = [];
  readonly #open: { readonly record: Json; done(): void }[] = [];
  append(record: Json, done: () => void): void {
    this.#open.push({ record, done });
  }
  finish(): void {
    const first = this.#open.shift();
    ok(first !== undefined, "a record is under way");
    this.written.push(first.record);
    first.done();
  }
  get isIdle(): boolean {
    return this.#open.length === 0;
  }
}

type Script = (input: Input<Toy>, tools: Tools<Toy>) => readonly Effect<Toy>[];

function createNode(script: Script, change: Partial<NodeOptions<Toy>> = {}) {
  const clock = new HandClock();
  const disk = new HandDisk();
  const sent: string[] = [];
  const inputs: Input<Toy>[] = [];
  const seen: string[] = [];
  let signatures = 0;
  const createMachine = (tools: Tools<Toy>): Machine<Toy> => ({
    step: (input) => {
      inputs.push(input);
      return script(input, tools);
    },
    status: () => ({ role: "toy", view: 3, slot: 0 }),
    log: () => [],
  });
  const node = new Node<Toy>({
    id: "r0",
    createMachine,
    signedText,
    time: clock,
    transport: {
      send: (from, to, signed) => {
        const seal = signed.signature === `${signed.from}!${signedText(signed.message)}`;
        const author = signed.from === from ? "" : ` by ${signed.from}`;
        sent.push(`${to}:${textOf(signed.message)}${author}${seal ? "" : " badly sealed"}`);
      },
    },
    disk,
    crypto: {
      digest: (text) => text,
      sign: (text) => {
        signatures += 1;
        return `r0!${text}`;
      },
      verify: (from, text, signature) => signature === `${from}!${text}`,
      knows: (id) => ["r0", "r1", "r2", "c0"].includes(id),
    },
    random: noRandom,
    peers: ["r1", "r2"],
    lies: noLies,
    observer: {
      effect: (_node, effect) => seen.push(effect.kind === "mark" ? effect.mark.name : effect.kind),
    },
    ...change,
  });
  const tell = (text: string, from = "r1") => {
    const signed = sealed(from, note(text));
    if (node.admit(signed) === undefined) node.handle(signed);
  };
  return { node, clock, disk, sent, inputs, seen, tell, signatures: () => signatures };
}

/** Does, whatever it is told, what stands under that word. */
const scripted =
  (words: Readonly<Record<string, readonly Effect<Toy>[]>>): Script =>
  (input) => {
    if (input.kind === "message") return words[textOf(input.signed.message)] ?? [];
    if (input.kind === "time-out") return words[`timer ${input.timer}`] ?? [];
    return words[input.kind] ?? [];
  };

describe("effects", () => {
  test("are carried out in order: sends, broadcasts, marks, refusals", () => {
    const { sent, seen, tell, node } = createNode(
      scripted({
        go: [
          send("r1", note("a")),
          mark("between"),
          { kind: "broadcast", to: ["r1", "r2"], message: note("b") },
          { kind: "reject", from: "r1", objection: "too late" },
        ],
      }),
    );
    tell("go");
    deepEqual(sent, ["r1:a", "r1:b", "r2:b"]);
    deepEqual(seen, ["between", "reject"]);
    deepEqual(node.counters.toJSON().refused, { "too late": 1 });
  });

  test("a message is told to the machine as it came, with its seal", () => {
    const { inputs, tell } = createNode(scripted({}));
    tell("x");
    deepEqual(inputs, [{ kind: "message", signed: sealed("r1", note("x")) }]);
  });

  test("a life starts with the records of the one before", () => {
    const { node, inputs } = createNode(scripted({}));
    node.start(["a", 1]);
    deepEqual(inputs, [{ kind: "start", records: ["a", 1] }]);
  });

  test("observers see sent and received messages and steps, each with its time", () => {
    const events: string[] = [];
    const { tell, clock } = createNode(scripted({ go: [send("r1", note("a"))] }), {
      observer: {
        sent: (node, to, { message }, now) =>
          events.push(`${now} ${node} to ${to} ${textOf(message)}`),
        received: (node, { from }, now) => events.push(`${now} ${node} from ${from}`),
        stepped: (node, input, effects, now) =>
          events.push(`${now} ${node} ${input.kind} ${effects.length}`),
      },
    });
    clock.moveTo(5);
    tell("go");
    deepEqual(events, ["5 r0 from r1", "5 r0 message 1", "5 r0 to r1 a"]);
  });
});

describe("the disk", () => {
  const words = {
    one: [
      send("r1", note("1 before")),
      { kind: "persist", record: "1" },
      send("r1", note("1 after")),
      mark("1 done"),
    ],
    two: [
      send("r1", note("2 before")),
      { kind: "persist", record: "2" },
      send("r1", note("2 after")),
    ],
    both: [
      { kind: "persist", record: "a" },
      send("r1", note("a")),
      { kind: "persist", record: "b" },
      send("r1", note("b")),
    ],
    none: [send("r1", note("3"))],
  } satisfies Record<string, readonly Effect<Toy>[]>;

  test("holds back what follows a record until it is written", () => {
    const { sent, seen, disk, tell } = createNode(scripted(words));
    tell("one");
    deepEqual([sent, seen], [["r1:1 before"], []]);
    disk.finish();
    deepEqual([sent, seen], [["r1:1 before", "r1:1 after"], ["1 done"]]);
  });

  test("holds back what later steps want, too, and keeps their order", () => {
    const { sent, disk, tell } = createNode(scripted(words));
    tell("one");
    tell("two");
    tell("none");
    deepEqual(sent, ["r1:1 before"]);
    disk.finish();
    deepEqual(sent, ["r1:1 before", "r1:1 after", "r1:2 before"]);
    disk.finish();
    deepEqual(sent.slice(3), ["r1:2 after", "r1:3"]);
    deepEqual(disk.written, ["1", "2"]);
    ok(disk.isIdle);
  });

  test("gets all records at once, so that one sync can serve them", () => {
    const open: string[] = [];
    const dones: (() => void)[] = [];
    const disk: Disk = {
      append: (record, done) => {
        open.push(String(record));
        dones.push(done);
      },
    };
    const { sent, tell } = createNode(scripted(words), { disk });
    tell("both");
    tell("two");
    deepEqual([open, sent], [["a", "b", "2"], []]);
    for (const done of dones) done();
    deepEqual(sent, ["r1:a", "r1:b", "r1:2 before", "r1:2 after"]);
  });

  test("waits for each of several records of one step", () => {
    const { sent, disk, tell } = createNode(scripted(words));
    tell("both");
    deepEqual(sent, []);
    disk.finish();
    deepEqual(sent, ["r1:a"]);
    disk.finish();
    deepEqual(sent, ["r1:a", "r1:b"]);
  });

  test("that writes at once holds nothing back", () => {
    const records: Json[] = [];
    const disk: Disk = {
      append: (record, done) => {
        records.push(record);
        done();
      },
    };
    const { sent, tell } = createNode(scripted(words), { disk });
    tell("both");
    tell("one");
    deepEqual(sent, ["r1:a", "r1:b", "r1:1 before", "r1:1 after"]);
    deepEqual(records, ["a", "b", "1"]);
  });

  test("that writes now at once and now later keeps the order", () => {
    const later: (() => void)[] = [];
    const disk: Disk = {
      append: (record, done) => {
        if (record === "a" || record === "2") later.push(done);
        else done();
      },
    };
    const { sent, tell } = createNode(scripted(words), { disk });
    tell("both");
    tell("two");
    deepEqual(sent, []);
    later.shift()?.();
    deepEqual(sent, ["r1:a", "r1:b", "r1:2 before"]);
    later.shift()?.();
    deepEqual(sent.slice(3), ["r1:2 after"]);
  });

  test("messages go on being handled while a record is under way", () => {
    const { inputs, tell } = createNode(scripted(words));
    tell("one");
    tell("none");
    equal(inputs.length, 2);
  });

  test("a timer that is to be stopped after the record does not fire before it", () => {
    const { inputs, disk, clock, tell } = createNode(
      scripted({
        go: [{ kind: "start-timer", timer: "t", afterMs: 10 }],
        calm: [
          { kind: "persist", record: "1" },
          { kind: "stop-timer", timer: "t" },
        ],
      }),
    );
    tell("go");
    tell("calm");
    clock.moveTo(20);
    disk.finish();
    clock.moveTo(100);
    deepEqual(
      inputs.map(({ kind }) => kind),
      ["message", "message"],
    );
  });

  test("a timer that is to be started anew after the record fires once, late", () => {
    const { inputs, disk, clock, tell } = createNode(
      scripted({
        go: [{ kind: "start-timer", timer: "t", afterMs: 10 }],
        again: [
          { kind: "persist", record: "1" },
          { kind: "start-timer", timer: "t", afterMs: 10 },
        ],
      }),
    );
    tell("go");
    tell("again");
    clock.moveTo(15);
    equal(inputs.length, 2);
    disk.finish();
    clock.moveTo(24);
    equal(inputs.length, 2);
    clock.moveTo(25);
    deepEqual(inputs.slice(2), [{ kind: "time-out", timer: "t" }]);
  });
});

describe("timers", () => {
  const words = {
    go: [{ kind: "start-timer", timer: "t", afterMs: 10 }],
    "go other": [{ kind: "start-timer", timer: "u", afterMs: 5 }],
    calm: [{ kind: "stop-timer", timer: "t" }],
    "timer t": [send("r1", note("late"))],
  } satisfies Record<string, readonly Effect<Toy>[]>;

  test("run out once, at their time", () => {
    const { node, sent, clock, tell } = createNode(scripted(words));
    tell("go");
    clock.moveTo(9);
    deepEqual(sent, []);
    clock.moveTo(50);
    deepEqual(sent, ["r1:late"]);
    equal(node.counters.timeOuts, 1);
  });

  test("start anew when they are started again", () => {
    const { sent, clock, tell } = createNode(scripted(words));
    tell("go");
    clock.moveTo(8);
    tell("go");
    clock.moveTo(17);
    deepEqual(sent, []);
    clock.moveTo(18);
    deepEqual(sent, ["r1:late"]);
  });

  test("do not run out when they are stopped, and each name has its own", () => {
    const { inputs, clock, tell } = createNode(scripted(words));
    tell("go");
    tell("go other");
    tell("calm");
    tell("calm");
    clock.moveTo(50);
    deepEqual(inputs.slice(4), [{ kind: "time-out", timer: "u" }]);
  });
});

describe("seals", () => {
  test("a broadcast is signed once", () => {
    const { node, sent, tell, signatures } = createNode(
      scripted({ go: [{ kind: "broadcast", to: ["r1", "r2", "c0"], message: note("a") }] }),
    );
    tell("go");
    deepEqual([signatures(), node.counters.signatures], [1, 1]);
    deepEqual(sent, ["r1:a", "r2:a", "c0:a"]);
  });

  test("so is a broadcast of a faulty node that says the same to everybody", () => {
    const { tell, signatures } = createNode(
      scripted({ go: [{ kind: "broadcast", to: ["r1", "r2"], message: note("a") }] }),
      { faults: [fault("harmless", (envelope) => [envelope])] },
    );
    tell("go");
    equal(signatures(), 1);
  });

  test("a broadcast to nobody is not signed at all", () => {
    const { tell, signatures } = createNode(
      scripted({ go: [{ kind: "broadcast", to: [], message: note("a") }] }),
    );
    tell("go");
    equal(signatures(), 0);
  });

  test("what the machine sealed for itself goes out under the same seal", () => {
    const message = note("a");
    const { tell, signatures, sent } = createNode((_input, tools) => {
      deepEqual(tools.seal(message), sealed("r0", message));
      equal(tools.seal(message), tools.seal(message));
      return [{ kind: "broadcast", to: ["r1", "r2"], message }, send("c0", message)];
    });
    tell("go");
    equal(signatures(), 1);
    deepEqual(sent, ["r1:a", "r2:a", "c0:a"]);
  });

  test("an equal message that is another object is signed again", () => {
    const { tell, signatures } = createNode(() => [send("r1", note("a")), send("r1", note("a"))]);
    tell("go");
    equal(signatures(), 2);
  });

  test("what is passed on keeps the seal of its author, and is not signed", () => {
    const signed = sealed("c0", note("a"));
    const { tell, sent, signatures } = createNode(() => [{ kind: "forward", to: "r2", signed }]);
    tell("go");
    deepEqual([sent, signatures()], [["r2:a by c0"], 0]);
  });

  test("a machine can check nested seals; that is counted", () => {
    const checks: boolean[] = [];
    const { node, tell } = createNode((_input, tools) => {
      checks.push(tools.isAuthentic(sealed("r2", note("a"))));
      checks.push(tools.isAuthentic({ ...sealed("r2", note("a")), from: "r1" }));
      return [];
    });
    tell("go");
    deepEqual(checks, [true, false]);
    equal(node.counters.verifications, 3);
  });
});

describe("who may speak", () => {
  const refused = [
    ["an unknown sender", sealed("r9", note("a")), "unknown sender"],
    ["a wrong signature", { ...sealed("r1", note("a")), signature: "r1!note|b" }, "bad signature"],
    ["somebody else's signature", { ...sealed("r1", note("a")), from: "r2" }, "bad signature"],
    ["a changed message", { ...sealed("r1", note("a")), message: note("b") }, "bad signature"],
    ["an empty signature", { ...sealed("r1", note("a")), signature: "" }, "bad signature"],
  ] as const;

  for (const [who, signed, refusal] of refused) {
    test(`${who} is refused and counted`, () => {
      const { node } = createNode(scripted({}));
      equal(node.admit(signed), refusal);
      deepEqual(node.counters.toJSON().refused, { [refusal]: 1 });
    });
  }

  test("whoever signed is let in", () => {
    const { node } = createNode(scripted({}));
    equal(node.admit(sealed("r1", note("a"))), undefined);
    deepEqual(node.counters.toJSON().refused, {});
  });

  test("an unknown sender's signature is not even looked at", () => {
    const { node } = createNode(scripted({}));
    node.admit(sealed("r9", note("a")));
    equal(node.counters.verifications, 0);
  });
});

describe("the end of a life", () => {
  const words = {
    go: [
      { kind: "start-timer", timer: "t", afterMs: 10 },
      send("r1", note("held")),
      { kind: "persist", record: "1" },
      send("r1", note("after")),
    ],
    "timer t": [send("r1", note("late"))],
    request: [send("r1", note("asked"))],
    more: [send("r1", note("more"))],
  } satisfies Record<string, readonly Effect<Toy>[]>;

  test("ends timers, delays, talk, what waits for the disk, and hearing", () => {
    const slow = fault("slow", (envelope) => [{ ...envelope, delayMs: 5 }]);
    const talk: Fault<Toy> = {
      ...fault("talk", (envelope) => [envelope]),
      everyMs: 3,
      onTick: () => [],
    };
    const { node, sent, seen, inputs, disk, clock, tell } = createNode(scripted(words), {
      faults: [slow, talk],
    });
    node.start();
    tell("go");
    equal(node.heldBack, 1);
    node.stop();
    clock.moveTo(100);
    disk.finish();
    tell("more");
    node.request("1");
    deepEqual([sent, seen, node.heldBack, node.isStopped], [[], [], 0, true]);
    equal(inputs.length, 2);
  });

  test("in the middle of effects ends the rest of them", () => {
    const { node, sent, tell } = createNode(
      () => [send("r1", note("a")), mark("stop now"), send("r1", note("b"))],
      { observer: { effect: () => node.stop() } },
    );
    tell("go");
    deepEqual(sent, ["r1:a"]);
  });
});

describe("faults", () => {
  const go = scripted({
    go: [send("r1", note("a")), { kind: "broadcast", to: ["r1", "r2"], message: note("b") }],
  });

  test("see every envelope, a broadcast once for each peer", () => {
    const seen: string[] = [];
    const { tell } = createNode(go, {
      faults: [
        fault("spy", (envelope) => {
          seen.push(`${envelope.to}:${textOf(envelope.message)}`);
          return [envelope];
        }),
      ],
    });
    tell("go");
    deepEqual(seen, ["r1:a", "r1:b", "r2:b"]);
  });

  test("work in a row: what one lets through, the next one sees", () => {
    const rename = (suffix: string) =>
      fault(suffix, (envelope) => [
        { ...envelope, message: note(`${textOf(envelope.message)}${suffix}`) },
      ]);
    const notToR1 = fault("not to r1", (envelope) => (envelope.to === "r1" ? [] : [envelope]));
    const { tell, sent } = createNode(go, { faults: [rename("+"), notToR1, rename("*")] });
    tell("go");
    deepEqual(sent, ["r2:b+*"]);
  });

  test("speak under their node's own seal", () => {
    const lie = fault("lie", (envelope) => [{ ...envelope, message: note("lie") }]);
    const { tell, sent } = createNode(go, { faults: [lie] });
    tell("go");
    deepEqual(sent, ["r1:lie", "r1:lie", "r2:lie"]);
  });

  test("may spoil the seal itself, of what is passed on, too", () => {
    const spoil = fault("spoil", (envelope) => [{ ...envelope, isBadlySealed: true }]);
    const forwarded = sealed("c0", note("f"));
    const { tell, sent } = createNode(
      () => [send("r1", note("a")), { kind: "forward", to: "r2", signed: forwarded }],
      { faults: [spoil] },
    );
    tell("go");
    deepEqual(sent, ["r1:a badly sealed", "r2:f by c0 badly sealed"]);
  });

  test("leave what is passed on under its author's seal", () => {
    const harmless = fault("harmless", (envelope) => [envelope]);
    const forwarded = sealed("c0", note("f"));
    const { tell, sent, signatures } = createNode(
      () => [{ kind: "forward", to: "r2", signed: forwarded }],
      { faults: [harmless] },
    );
    tell("go");
    deepEqual([sent, signatures()], [["r2:f by c0"], 0]);
  });

  test("hold back, and count what they hold back", () => {
    const slow = fault("slow", (envelope) => [
      { ...envelope, delayMs: envelope.to === "r1" ? 7 : 0 },
    ]);
    const { node, tell, sent, clock } = createNode(go, { faults: [slow] });
    tell("go");
    deepEqual([sent, node.heldBack], [["r2:b"], 2]);
    clock.moveTo(7);
    deepEqual([sent, node.heldBack], [["r2:b", "r1:a", "r1:b"], 0]);
  });

  test("talk unasked, again and again, through those behind them", () => {
    const talk: Fault<Toy> = {
      ...fault("talk", () => []),
      everyMs: 10,
      onTick: ({ now }) => [envelopeTo("r1", note(`at ${now}`))],
    };
    const double = fault("double", (envelope) => [envelope, envelope]);
    const { node, sent, clock } = createNode(scripted({}), { faults: [talk, double] });
    node.start();
    clock.moveTo(25);
    deepEqual(sent, ["r1:at 10", "r1:at 10", "r1:at 20", "r1:at 20"]);
  });

  test("know their node's role, view, peers and the time", () => {
    const contexts: unknown[] = [];
    const spy = fault("spy", (envelope, { self, now, role, view, peers }) => {
      contexts.push({ self, now, role, view, peers });
      return [envelope];
    });
    const { tell, clock } = createNode(scripted({ go: [send("r1", note("a"))] }), {
      faults: [spy],
    });
    clock.moveTo(4);
    tell("go");
    deepEqual(contexts, [{ self: "r0", now: 4, role: "toy", view: 3, peers: ["r1", "r2"] }]);
  });

  test("remember the signed requests that came by, newest first", () => {
    const remembered: string[][] = [];
    const spy = fault("spy", (envelope, { tools }) => {
      remembered.push(tools.requests.map(({ message }) => message.operation));
      return [envelope];
    });
    const { node } = createNode(() => [send("r1", note("a"))], { faults: [spy] });
    for (let number = 1; number <= 70; number += 1) {
      const request: Request = {
        kind: "request",
        operation: `${number}`,
        timestamp: 1,
        client: "c0",
      };
      node.handle(sealed("c0", request));
    }
    deepEqual(remembered[1], ["2", "1"]);
    equal(remembered.at(-1)?.[0], "70");
    equal(remembered.at(-1)?.length, 64);
  });

  test("are witnessed, each for itself, with the role their node held", () => {
    const fires = fault("fires", (envelope, { witness }) => {
      witness();
      return [envelope];
    });
    const { node, tell } = createNode(go, {
      faults: [fires, fault("idle", (envelope) => [envelope])],
    });
    tell("go");
    deepEqual(node.witnesses, [
      { node: "r0", fault: "fires", fired: 3, roles: new Set(["toy"]) },
      { node: "r0", fault: "idle", fired: 0, roles: new Set() },
    ]);
  });

  test("a node without faults has no witnesses", () => {
    deepEqual(createNode(go).node.witnesses, []);
  });
});

describe("counters", () => {
  test("count kinds sent and received, deliveries, marks and time-outs", () => {
    const delivery = { slot: 1, view: 0, digest: "d", executed: [], history: "h" };
    const { node, tell, clock } = createNode(
      scripted({
        go: [
          { kind: "broadcast", to: ["r1", "r2"], message: note("a") },
          send("r1", { kind: "echo", text: "e" }),
          { kind: "deliver", delivery },
          mark("prepared"),
          mark("prepared"),
          { kind: "start-timer", timer: "t", afterMs: 1 },
        ],
      }),
    );
    tell("go");
    clock.moveTo(2);
    deepEqual(JSON.parse(JSON.stringify(node.counters)), {
      signatures: 2,
      verifications: 1,
      timeOuts: 1,
      delivered: 1,
      sent: { note: 2, echo: 1 },
      received: { note: 1 },
      refused: {},
      marks: { prepared: 2 },
    });
  });
});

function fault(name: string, onSend: Fault<Toy>["onSend"]): Fault<Toy> {
  return { name, onSend };
}

function envelopeTo(to: string, message: Toy): Envelope<Toy> {
  return { to, message, delayMs: 0, isBadlySealed: false };
}
