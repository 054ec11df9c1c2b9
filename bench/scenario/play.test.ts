import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import type { Protocol } from "../../core/protocol.ts";
import { uniformDelay } from "../../sim/network.ts";
import { sequencer } from "../../test-support/sequencer.ts";
import { timeoutMsFor } from "../cell.ts";
import { protocolNamed } from "../protocols.ts";
import { type PlayOptions, play } from "./play.ts";
import { decodeText, readScenario } from "./read-scenario.ts";
import type { ScenarioSet, Step } from "./scenario.ts";

const fixture = new URL("./fixtures/cse535-f25-pbft.csv", import.meta.url);
const { sets } = readScenario(decodeText(readFileSync(fixture)));
const numbered = (...numbers: readonly number[]) =>
  numbers.flatMap((number) => sets.filter((set) => set.number === number));

const optionsFor = (
  protocol: Protocol,
  n: number,
  change: Partial<PlayOptions> = {},
): PlayOptions => ({
  protocol,
  n,
  highestInFile: 7,
  seed: 1,
  settings: { batch: 1, timeoutMs: timeoutMsFor(n), checkpointInterval: 10 },
  network: uniformDelay(0.1, 0.5),
  patienceMs: 20 * timeoutMsFor(n),
  keepsState: false,
  isParallel: false,
  ...change,
});

describe("what naive submissions do does not happen", () => {
  const options = optionsFor(protocolNamed("pbft"), 7);

  test("executing a later sequence number over a hole: equivocation leaves one, filled first", () => {
    const [report] = [...play(numbered(6), options)];
    deepEqual(
      report?.transactions.map(({ slot }) => slot),
      [2, 3, 4, 5, 6],
    );
    deepEqual([report?.verdict.safety, report?.lastSlot], ["ok", 6]);
  });

  test("counting four of seven as a quorum: with three faults nothing is decided", () => {
    const [report] = [...play(numbered(7), options)];
    equal(report?.verdict.decisions, 0);
  });

  test("leaving unfinished requests alive: they do not execute in the next set", () => {
    const [, next] = [...play(numbered(7, 1), options)];
    equal(next?.verdict.decisions, 5);
    equal(next?.transactions.length, 5);
    equal(next?.transactions.at(-1)?.balance, 14);
    equal(next?.balances["G"], 10);
  });

  test("never changing view on equivocation", () => {
    const [report] = [...play(numbered(6), options)];
    equal(report?.view, 1);
    equal(report?.leader, "r1");
  });
});

describe("PBFT gets through every attack with two faulty nodes", () => {
  const rows = [
    ["n1", "crash", 1],
    ["n1 n2", "crash", 2],
    ["n3 n7", "crash", 0],
    ["n1", "sign", 1],
    ["n1 n2", "sign", 2],
    ["n1 n2", "", 0],
    ["n1 n3", "time", 0],
    ["n1 n3", "dark(n6, n7)", 0],
    ["n1", "equivocation(n7)", 1],
    ["n1", "equivocation(n6, n7)", 1],
    // With the leader itself, those who hear the first number are a quorum.
    ["n1", "equivocation(n2, n3, n4, n5)", 0],
    ["n1 n2", "equivocation(n3); dark(n4, n5)", 2],
    ["n1 n2", "time; dark(n3); equivocation(n4)", 2],
  ] as const;
  const steps = Array.from({ length: 22 }, (_, index) => {
    const [from, to] = ["ABCDEFGHIJ"[index % 10], "ABCDEFGHIJ"[(index + 1) % 10]];
    return `(${from}, ${to}, 1)`;
  });

  for (const [byzantine, attack, view] of rows) {
    test(`${byzantine}: ${attack || "no votes"}`, () => {
      const text = `Set Number,Transactions,Live,Byzantine,Attack\n1,${steps.join(" ")},,[${byzantine}],[${attack}]`;
      const [report] = [...play(readScenario(text).sets, optionsFor(protocolNamed("pbft"), 7))];
      deepEqual(report?.complaints, []);
      deepEqual([report?.verdict.safety, report?.verdict.liveness], ["ok", "ok"]);
      deepEqual(report?.balances, {
        ...Object.fromEntries([..."ABDEFGHIJ"].map((a) => [a, 10])),
        A: 9,
        C: 11,
      });
      equal(report?.view, view);
      // Two checkpoints on, or by fetching, everybody correct is level: dark nodes, too.
      deepEqual(
        report?.replicas.filter(({ isCorrect, agrees }) => isCorrect && !agrees),
        [],
      );
      ok(report?.attacks.some(({ fired }) => fired > 0));
    });
  }

  test("time slows every transaction down, by less than a time-out", () => {
    const text = "Set Number,Transactions,Live,Byzantine,Attack\n1,(A) (B) (C),,[n1],[time]";
    const [report] = [...play(readScenario(text).sets, optionsFor(protocolNamed("pbft"), 7))];
    for (const { latencyMs = 0 } of report?.transactions ?? []) {
      ok(latencyMs > 0.2 * timeoutMsFor(7) && latencyMs < timeoutMsFor(7));
    }
  });
});

test("nodes that the file does not have are never disconnected", () => {
  const options = optionsFor(protocolNamed("pbft"), 9, { highestInFile: 7 });
  const [report] = [...play([...numbered(2)], options)];
  deepEqual(report?.spare, ["r7", "r8"]);
  deepEqual(
    report?.replicas.filter(({ isConnected }) => !isConnected).map(({ id }) => id),
    ["r5", "r6"],
  );
});

test("a node that comes back in a kept state catches up with what it missed", () => {
  const text = "Set Number,Transactions,Live\n1,(A) (B) (C),n1 n2 n3 n4 n5\n2,(D),";
  const options = optionsFor(protocolNamed("pbft"), 7, { keepsState: true });
  const [first, second] = [...play(readScenario(text).sets, options)];
  deepEqual(
    first?.replicas.map(({ slot }) => slot),
    [3, 3, 3, 3, 3, 0, 0],
  );
  deepEqual(
    second?.replicas.map(({ slot }) => slot),
    [4, 4, 4, 4, 4, 4, 4],
  );
});

test("one after another is file order; in parallel only each client keeps its own order", () => {
  const text = "Set Number,Transactions,Live\n1,(A) (B) (C) (D) (E) (F) (A) (B) (C) (D) (E) (F),";
  const slotsWith = (isParallel: boolean) => {
    const options = optionsFor(protocolNamed("pbft"), 7, { isParallel });
    const [report] = [...play(readScenario(text).sets, options)];
    return report?.transactions.map(({ slot = 0 }) => slot) ?? [];
  };
  const inFileOrder = Array.from({ length: 12 }, (_, index) => index + 1);
  deepEqual(slotsWith(false), inFileOrder);
  const slots = slotsWith(true);
  deepEqual(
    slots.toSorted((a, b) => a - b),
    inFileOrder,
  );
  ok(slots.some((slot, index) => slot !== index + 1));
  for (const [index, slot] of slots.slice(0, 6).entries()) ok(slot < (slots[index + 6] ?? 0));
});

test("the leader that fails is the one that led, and is back in the next set", () => {
  const set = (number: number, ...steps: readonly Step[]): ScenarioSet => ({
    number,
    line: number,
    steps,
    live: undefined,
    byzantine: [],
    attacks: [],
  });
  const read: Step = { kind: "balance", account: "A", text: "(A)", line: 1 };
  const fail: Step = { kind: "leader fails", text: "LF", line: 1 };
  const sets = [set(1, read, fail, read, fail, read), set(2, read)];
  const [first, second] = [
    ...play(sets, optionsFor(protocolNamed("paxos"), 5, { highestInFile: 5, keepsState: true })),
  ];
  equal(first?.failedLeaders[0], "r0");
  equal(new Set(first?.failedLeaders).size, 2);
  equal(first?.replicas.filter(({ isConnected }) => isConnected).length, 3);
  deepEqual(first?.complaints, []);
  ok(second?.replicas.every(({ isConnected }) => isConnected));
  deepEqual(second?.complaints, []);
});

test("of two that take themselves for the leader, the one with the newer ballot is", () => {
  const text = "Set Number,Transactions,Live\n1,(A) LF (A),\n2,LF (A),";
  const options = optionsFor(protocolNamed("paxos"), 5, { highestInFile: 5, keepsState: true });
  const [first, second] = [...play(readScenario(text).sets, options)];
  deepEqual(first?.failedLeaders, ["r0"]);
  // r0 is back, and has not heard yet that somebody else leads.
  deepEqual(second?.failedLeaders, [first?.leader]);
  ok(first?.leader !== "r0");
});

test("equal seeds play equal sets, other seeds take other times", () => {
  const tell = (seed: number) =>
    [...play(sets, optionsFor(protocolNamed("pbft"), 7, { seed }))]
      .map(({ transactions, attacks }) =>
        JSON.stringify([
          transactions.map(({ latencyMs }) => latencyMs),
          attacks.map(({ fired }) => fired),
        ]),
      )
      .join();
  equal(tell(4), tell(4));
  ok(tell(4) !== tell(5));
});

describe("what should not be is said", () => {
  /** Numbers requests at r0 and asks nobody: it calls itself PBFT and promises what it cannot keep. */
  const naive = {
    ...sequencer,
    name: "pbft",
    faultsTolerated: (n: number) => Math.floor((n - 1) / 3),
    nodesFor: (f: number) => 3 * f + 1,
  } as unknown as Protocol;
  const [first] = sets;

  function complaintsOf(protocol: Protocol, live: readonly string[] | undefined) {
    ok(first !== undefined);
    const [report] = [...play([{ ...first, live }], optionsFor(protocol, 7))];
    return (report?.complaints ?? []).join();
  }

  test("a set that stalls and must not", () => {
    equal(complaintsOf(naive, undefined), "");
    match(
      complaintsOf(naive, ["r1", "r2", "r3", "r4", "r5", "r6"]),
      /^5 of 5 transactions are pending, and everything must commit$/,
    );
  });

  test("a set that commits and may not", () => {
    match(
      complaintsOf(naive, ["r0", "r1", "r2", "r3"]),
      /^5 of 5 transactions committed, and nothing may commit$/,
    );
  });

  const wrongAtOne: Protocol = {
    ...naive,
    createMember: (setup) => {
      const wrong = { ...setup.service, execute: () => ({ result: '"wrong"', undo: () => {} }) };
      return naive.createMember(setup.id === "r3" ? { ...setup, service: wrong } : setup);
    },
  };

  test("a set in which two correct nodes differ", () => {
    match(complaintsOf(wrongAtOne, undefined), /^safety is violated$/);
  });

  test("but not one in which a liar does: what it executes is its own affair", () => {
    const violationsWith = (kind: "crash" | "sign") => {
      ok(first !== undefined);
      const attacked = { ...first, byzantine: ["r3"], attacks: [{ kind, targets: [] }] };
      const [report] = [...play([attacked], optionsFor(wrongAtOne, 7))];
      return report?.verdict.violations.length ?? 0;
    };
    ok(violationsWith("crash") > 0);
    equal(violationsWith("sign"), 0);
  });

  test("and nothing of a protocol that does not promise it", () => {
    const modest: Protocol = { ...naive, name: "sequencer" };
    equal(complaintsOf(modest, ["r1", "r2", "r3", "r4", "r5", "r6"]), "");
  });
});
