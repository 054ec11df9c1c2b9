import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Acceptance, Delivery } from "../core/machine.ts";
import { Jury, judgeRun, type RunRecord } from "./judge.ts";

const delivery = (slot: number): Delivery => ({
  slot,
  view: 0,
  digest: `d${slot}`,
  executed: [{ client: "c0", timestamp: slot, operation: `${slot}`, result: `${slot}` }],
  history: `h${slot}`,
});

const acceptance = (slot: number): Acceptance => ({
  timestamp: slot,
  operation: `${slot}`,
  result: `${slot}`,
  view: 0,
  slot,
  from: ["r0"],
});

const good: RunRecord = {
  honest: ["r0", "r1"],
  submissions: [1, 2].map((slot) => ({ client: "c0", operation: `${slot}` })),
  deliveries: new Map(["r0", "r1"].map((node) => [node, [delivery(1), delivery(2)]])),
  acceptances: new Map([["c0", [acceptance(1), acceptance(2)]]]),
  witnesses: [{ node: "r2", fault: "malicious", fired: 4 }],
};

const forked = new Map(good.deliveries).set("r1", [{ ...delivery(1), digest: "x1" }, delivery(2)]);
const silent = [{ node: "r2", fault: "malicious", fired: 0 }];

const rows = [
  ["a good run is ok", {}, "ok", "ok", 2],
  ["a fork is violated", { deliveries: forked }, "violated", "ok", 2],
  [
    "what a faulty node executes is nobody's business",
    { deliveries: forked, honest: ["r0"] },
    "ok",
    "ok",
    2,
  ],
  ["a fault that never fired makes it invalid", { witnesses: silent }, "invalid", "ok", 2],
  [
    "a violation weighs more than a fault that never fired",
    { witnesses: silent, deliveries: forked },
    "violated",
    "ok",
    2,
  ],
  [
    "nothing decided is vacuous, never ok",
    { deliveries: new Map(), acceptances: new Map() },
    "vacuous",
    "stalled",
    0,
  ],
  [
    "less decided than asked is vacuous",
    {
      deliveries: new Map([["r0", [delivery(1)]]]),
      acceptances: new Map([["c0", [acceptance(1)]]]),
    },
    "vacuous",
    "stalled",
    1,
  ],
  [
    "decided but never accepted is safe and stalled",
    { acceptances: new Map([["c0", [acceptance(1)]]]) },
    "ok",
    "stalled",
    2,
  ],
  [
    "nothing asked proves nothing",
    { submissions: [], deliveries: new Map(), acceptances: new Map() },
    "vacuous",
    "ok",
    0,
  ],
  [
    "a gap without a jump is violated",
    { deliveries: new Map(good.deliveries).set("r1", [delivery(2)]) },
    "violated",
    "ok",
    2,
  ],
  [
    "a jump excuses a gap",
    { deliveries: new Map(good.deliveries).set("r1", [delivery(2)]), jumps: new Map([["r1", 1]]) },
    "ok",
    "ok",
    2,
  ],
  [
    "a node that lived again may execute again",
    {
      deliveries: new Map(good.deliveries).set("r1", [delivery(1), delivery(1), delivery(2)]),
      restarts: new Map([["r1", 1]]),
    },
    "ok",
    "ok",
    2,
  ],
  [
    "but not as often as it likes",
    {
      deliveries: new Map(good.deliveries).set("r1", [delivery(1), delivery(1), delivery(1)]),
      restarts: new Map([["r1", 1]]),
    },
    "violated",
    "ok",
    2,
  ],
  [
    "and not something else",
    {
      deliveries: new Map(good.deliveries).set("r1", [
        delivery(1),
        { ...delivery(1), digest: "x1" },
      ]),
      restarts: new Map([["r1", 1]]),
    },
    "violated",
    "ok",
    2,
  ],
] as const satisfies readonly (readonly [string, Partial<RunRecord>, string, string, number])[];

describe("a whole run", () => {
  for (const [claim, change, safety, liveness, decisions] of rows) {
    test(claim, () => {
      const verdict = judgeRun({ ...good, ...change });
      deepEqual(
        [verdict.safety, verdict.liveness, verdict.decisions],
        [safety, liveness, decisions],
        verdict.reasons.join("\n"),
      );
      equal(verdict.reasons.length === 0, safety === "ok" && liveness === "ok");
    });
  }

  test("a violation names slot, nodes and digests", () => {
    const [violation] = judgeRun({ ...good, deliveries: forked }).violations;
    deepEqual(violation, {
      judge: "agreement",
      slot: 1,
      nodes: ["r0", "r1"],
      digests: ["d1", "x1"],
      message: "slot 1 is d1 at r0 and x1 at r1",
    });
  });

  test("many violations are counted, not all kept", () => {
    const repeated = Array.from({ length: 300 }, () => delivery(1));
    const verdict = judgeRun({ ...good, deliveries: new Map([["r0", repeated]]) });
    equal(verdict.violations.length, 100);
    ok(verdict.reasons.includes("and 499 more violations"));
  });
});

describe("a run watched as it goes", () => {
  const start = { kind: "start", records: [] } as const;
  const watched = () => {
    const jury = new Jury(["r0", "r1"]);
    const { stepped, effect } = jury.observer();
    jury.submitted("c0", "1");
    jury.submitted("c0", "2");
    return {
      jury,
      start: (node: string) => stepped?.(node, start, [], 0),
      deliver: (node: string, slot: number) =>
        effect?.(node, { kind: "deliver", delivery: delivery(slot) }, 0),
      accept: (slot: number) => effect?.("c0", { kind: "accept", acceptance: acceptance(slot) }, 0),
      mark: (node: string, name: string, slot: number) =>
        effect?.(node, { kind: "mark", mark: { name, view: 0, slot } }, 0),
    };
  };

  test("comes to the same verdict", () => {
    const { jury, start, deliver, accept } = watched();
    for (const node of ["r0", "r1"]) {
      start(node);
      deliver(node, 1);
      deliver(node, 2);
    }
    accept(1);
    accept(2);
    deepEqual(jury.verdict(good.witnesses), judgeRun(good));
  });

  test("shows a violation at once, and again in the verdict, once", () => {
    const { jury, deliver } = watched();
    deliver("r0", 2);
    equal(jury.violations.length, 1);
    match(jury.violations[0]?.message ?? "", /slot 2 where slot 1 was due/);
    equal(jury.verdict().violations.length, 1);
    equal(jury.verdict().violations.length, 1);
  });

  test("knows a state transfer by its mark, and no other mark", () => {
    const { jury, deliver, mark } = watched();
    mark("r0", "state transferred", 1);
    deliver("r0", 2);
    equal(jury.violations.length, 0);
    mark("r1", "prepared", 1);
    deliver("r1", 2);
    equal(jury.violations.length, 1);
  });

  test("knows a second life by its start", () => {
    const { jury, start, deliver } = watched();
    start("r0");
    deliver("r0", 1);
    start("r0");
    deliver("r0", 1);
    equal(jury.violations.length, 0);
    deliver("r0", 1);
    ok(jury.violations.length > 0);
  });

  test("a first life has no excuse to begin late", () => {
    const { jury, start, deliver } = watched();
    start("r0");
    deliver("r0", 2);
    equal(jury.violations.length, 1);
  });
});
