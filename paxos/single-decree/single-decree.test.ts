import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../../core/fault.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Acceptance, Delivery } from "../../core/machine.ts";
import { createEcho } from "../../services/echo.ts";
import { type Network, uniformDelay } from "../../sim/network.ts";
import { Simulation } from "../../sim/simulation.ts";
import { crashBefore, type SingleDecreeMessage, singleDecree } from "./index.ts";

const settings = { batch: 1, timeoutMs: 500, checkpointInterval: 128 };

interface Run {
  readonly roles: readonly [proposers: number, acceptors: number, learners: number];
  readonly values: readonly string[];
  readonly seed?: number | string;
  readonly network?: Network;
  readonly offline?: readonly NodeId[];
  readonly faults?: ReadonlyMap<NodeId, readonly Fault<SingleDecreeMessage>[]>;
  readonly desired?: readonly number[];
  readonly untilMs?: number;
  plan?(simulation: Simulation<SingleDecreeMessage>): void;
}

/** Client k asks for the k-th value at the very start. */
function decide(run: Run) {
  const [proposers, acceptors, learners] = run.roles;
  const counts = { proposers, acceptors, learners };
  const sent: Record<string, number> = {};
  const accepted: [NodeId, Acceptance][] = [];
  const delivered: [NodeId, Delivery][] = [];
  const marks: string[] = [];
  const simulation = new Simulation<SingleDecreeMessage>({
    protocol: singleDecree({
      ...counts,
      desiredProposer: (client) =>
        run.desired?.[Number(client.slice(1))] ?? Number(client.slice(1)),
    }),
    n: proposers + acceptors + learners,
    clients: run.values.length,
    seed: run.seed ?? 1,
    settings,
    network: run.network ?? uniformDelay(1, 10),
    createService: createEcho,
    offline: run.offline,
    faults: run.faults,
    observer: {
      sent: (_node, _to, { message: { kind } }) => {
        sent[kind] = (sent[kind] ?? 0) + 1;
      },
      effect: (node, effect) => {
        if (effect.kind === "accept") accepted.push([node, effect.acceptance]);
        if (effect.kind === "deliver") delivered.push([node, effect.delivery]);
        if (effect.kind === "mark") {
          marks.push(`${node}: ${effect.mark.name} ${effect.mark.detail ?? ""}`);
        }
      },
    },
  });
  for (const [client, value] of run.values.entries()) simulation.request(`c${client}`, value);
  run.plan?.(simulation);
  const isOver = () => run.untilMs === undefined && accepted.length === run.values.length;
  simulation.run(run.untilMs ?? 60_000, isOver);
  simulation.run(simulation.now + 1_000);
  const answers = new Map(accepted.map(([client, { result }]) => [client, result]));
  return {
    simulation,
    sent,
    accepted,
    answers,
    delivered,
    marks,
    values: new Set(answers.values()),
  };
}

describe("in a quiet run", () => {
  for (const roles of [
    [1, 1, 1],
    [1, 3, 1],
    [2, 3, 1],
    [2, 5, 3],
    [3, 13, 2],
  ] as const) {
    test(`${roles.join("+")} nodes: one client, its value, and the messages of the formula`, () => {
      const [proposers, acceptors, learners] = roles;
      const expected = singleDecree({ proposers, acceptors, learners }).expectedMessages(0);
      for (let seed = 0; seed < 20; seed += 1) {
        const { sent, answers } = decide({ roles, values: ["210"], seed });
        deepEqual([...answers], [["c0", "210"]]);
        deepEqual(
          Object.fromEntries(Object.keys(expected).map((kind) => [kind, sent[kind]])),
          expected,
        );
      }
    });
  }
});

test("the highest id is elected, roles follow the ids, and all is announced", () => {
  const { marks, sent } = decide({ roles: [2, 3, 1], values: ["55"] });
  const elected = marks.filter((mark) => mark.includes("leader elected"));
  deepEqual(
    elected.sort(),
    ["r0", "r1", "r2", "r3", "r4", "r5"].map((id) => `${id}: leader elected r5`),
  );
  const roles = marks.filter((mark) => mark.includes("roles assigned")).sort();
  deepEqual(roles, [
    "r0: roles assigned proposer",
    "r1: roles assigned proposer",
    "r2: roles assigned acceptor",
    "r3: roles assigned acceptor",
    "r4: roles assigned acceptor",
    "r5: roles assigned learner",
  ]);
  ok(marks.includes("r5: value learned 55"));
  // On this ring only r5's id survives its first hop.
  deepEqual([sent["election"], sent["elected"], sent["roles"]], [11, 6, 5]);
});

test("a client's desired proposer is counted modulo their number", () => {
  for (const [desired, proposer] of [
    [0, "r0"],
    [1, "r1"],
    [7, "r1"],
  ] as const) {
    const { marks } = decide({ roles: [2, 3, 1], values: ["1"], desired: [desired] });
    deepEqual(
      marks.filter((mark) => mark.includes("proposal")).map((mark) => mark.slice(0, 2)),
      [proposer],
    );
  }
});

describe("every client learns the one chosen value", () => {
  for (const [name, values, allowed] of [
    ["P1: one proposer", ["1"], ["1"]],
    ["P2: three proposers with the same value", ["7", "7", "7"], ["7"]],
    ["P3: three proposers with different values", ["1", "2", "3"], ["1", "2", "3"]],
  ] as const) {
    test(name, () => {
      const run = decide({ roles: [values.length, 3, 2], values });
      equal(run.answers.size, values.length);
      equal(run.values.size, 1);
      ok(allowed.some((value) => run.values.has(value)));
      // Both learners, the same.
      deepEqual(
        run.delivered.map(([, { executed }]) => executed[0]?.operation),
        [...run.values, ...run.values],
      );
    });
  }

  test("2 proposers at odds, 3 acceptors, 1 learner, 2 clients: one value, which one of them asked for", () => {
    const { answers, values } = decide({ roles: [2, 3, 1], values: ["55", "230"] });
    equal(answers.size, 2);
    equal(values.size, 1);
  });

  test("proposers that duel back off until one gets through", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const runs = seeds.map((seed) =>
      decide({ roles: [5, 3, 1], values: ["1", "2", "3", "4", "5"], seed }),
    );
    ok(runs.some(({ marks }) => marks.some((mark) => mark.includes("backed off"))));
    for (const { answers, values } of runs) deepEqual([answers.size, values.size], [5, 1]);
  });

  test("a client that comes later gets the old value, not its own", () => {
    const { accepted } = decide({
      roles: [1, 3, 1],
      values: ["1"],
      plan: (simulation) => simulation.at(5_000, () => simulation.request("c0", "2")),
      untilMs: 10_000,
    });
    const answers = accepted.map(([, { operation, result }]) => [operation, result]);
    deepEqual(answers, [
      ["1", "1"],
      ["2", "1"],
    ]);
  });
});

describe("what may fail", () => {
  for (const phase of ["promise", "accepted"] as const) {
    test(`a minority of acceptors that crash before their ${phase} do not matter`, () => {
      const faults = new Map([
        ["r2", [crashBefore(phase)]],
        ["r3", [crashBefore(phase)]],
      ]);
      const { answers } = decide({ roles: [2, 5, 1], values: ["1", "1"], faults });
      deepEqual([...answers.values()], ["1", "1"]);
    });

    test(`2 of 3 acceptors that crash before their ${phase}: no value, and the proposer says why`, () => {
      const faults = new Map([
        ["r1", [crashBefore(phase)]],
        ["r2", [crashBefore(phase)]],
      ]);
      const run = decide({ roles: [1, 3, 1], values: ["1"], faults });
      equal(run.answers.size, 0);
      equal(run.delivered.length, 0);
      const reason = `r0: no majority 1 of 3 acceptors ${phase === "promise" ? "promised" : "accepted"}, 2 must`;
      ok(run.marks.includes(reason), run.marks.join("\n"));
    });
  }

  for (const phase of ["prepare", "accept"] as const) {
    test(`a proposer that crashes before its ${phase} is replaced by the next one`, () => {
      const faults = new Map([["r0", [crashBefore(phase)]]]);
      const { answers } = decide({ roles: [2, 3, 1], values: ["7"], faults });
      deepEqual([...answers.values()], ["7"]);
    });
  }

  test("what a crashed proposer got accepted is what the next one proposes", () => {
    // r1 reaches r2 only, before it crashes; the other proposer, first heard then, hears of it from r2.
    const network: Network = ({ from, to, kind, now, random }) =>
      (from === "r1" && kind === "accept" && to !== "r2") ||
      (from === "r0" && kind === "prepare" && now < 60)
        ? []
        : [1 + random.fraction()];
    const { answers, marks } = decide({
      roles: [2, 3, 1],
      values: ["1", "2"],
      desired: [1, 0],
      network,
      plan(simulation) {
        simulation.at(60, () => simulation.crash("r1"));
        simulation.at(61, () => simulation.crash("r3"));
      },
    });
    ok(marks.includes("r0: chosen 1"));
    deepEqual(new Set(answers.values()), new Set(["1"]));
  });

  test("a learner that missed the votes asks for them, even when no proposer is left", () => {
    const network: Network = ({ to, kind, now, random }) =>
      kind === "accepted" && to === "r4" && now < 400 ? [] : [1 + random.fraction()];
    const { answers, marks } = decide({
      roles: [1, 3, 1],
      values: ["1"],
      network,
      plan: (simulation) => simulation.at(400, () => simulation.crash("r0")),
    });
    ok(marks.includes("r0: chosen 1"));
    deepEqual([...answers.values()], ["1"]);
  });

  for (const [down, leader] of [
    [["r5"], "r4"],
    [["r0"], "r5"],
    [["r2", "r0"], "r5"],
    [["r4", "r5"], "r3"],
  ] as const) {
    test(`the election passes over ${down.join(" and ")}: ${leader} leads, and a value is chosen`, () => {
      const { answers, marks } = decide({ roles: [2, 3, 1], values: ["9"], offline: down });
      ok(marks.includes(`${leader}: leader elected ${leader}`));
      deepEqual([...answers.values()], ["9"]);
    });
  }

  test("a leader that dies before it assigns the roles is replaced in a new term", () => {
    const faults = new Map([["r5", [crashBefore("roles")]]]);
    const { answers } = decide({ roles: [2, 3, 1], values: ["9"], faults });
    deepEqual([...answers.values()], ["9"]);
  });

  test("a node that comes late is told the roles without another election", () => {
    const { marks } = decide({
      roles: [2, 3, 2],
      values: ["9"],
      offline: ["r6"],
      plan: (simulation) => simulation.at(8_000, () => simulation.restart("r6")),
      untilMs: 9_000,
    });
    ok(marks.includes("r6: roles assigned learner"));
    ok(!marks.includes("r6: leader elected r6"));
  });
});
