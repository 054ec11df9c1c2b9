/** The ablation shows what each rule is good for, says which way, and says it equally each time. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { drawSchedule } from "../../sim/draw-schedule.ts";
import { groundFor } from "../hunt/ground.ts";
import { addHarvests, type Find } from "../hunt/hunter.ts";
import { huntShare, type Share } from "../hunt/worker.ts";
import { type Ablated, type AblationPlan, ablate } from "./ablation.ts";
import { forkingUnder } from "./counterexamples.ts";
import { ablationRows, costOfRule, evidenceOf } from "./rows.ts";
import type { RuleCost } from "./rule-costs.ts";
import { exitCodeOf } from "./run-ablation.ts";
import { ablationTables } from "./tables.ts";

const { signal } = new AbortController();
const small = (hunt: AblationPlan["hunt"]) => ablate({ firstSeed: 0, seeds: 4, signal, hunt });
const atOnce = async (share: Share) => huntShare(share);

/** As two workers would, the second one done first. */
const inHalves = async (share: Share) => {
  const count = share.count / 2;
  const second = huntShare({ ...share, first: share.first + count, count });
  return addHarvests(second, huntShare({ ...share, count }));
};

test("four schedules a rule: the whole rules hold, and a file breaks each of the others", async () => {
  const ablated = await small(atOnce);
  const shown = ablated.map((one) => {
    const { foundBy, counterexample } = evidenceOf(one);
    return [one.rule, one.schedules, one.violations, foundBy, counterexample];
  });
  deepEqual(shown, [
    [undefined, 4, 0, "neither", undefined],
    ["R1", 4, 0, "replay", "S4.json"],
    ["R2", 4, 0, "replay", "heights-alone.json"],
    ["R3", 4, 0, "replay", "S6.json"],
    ["R4", 4, 0, "replay", "reports-unasked.json"],
    ["R5", 4, 0, "replay", "S5.json"],
  ]);
  equal(exitCodeOf(ablated), 0);

  const quiet = ablated.map(({ costs }) =>
    costs.find(({ n, fault }) => n === 6 && fault === "none"),
  );
  // 6n − 10 messages, the request and the answer; seven hops and the request's own, of 10 ms each.
  for (const cost of quiet) equal(cost?.figures.messages_per_request, 28);
  deepEqual(
    ablationRows(await small(inHalves), { firstSeed: 0, seeds: 4 }),
    ablationRows(ablated, { firstSeed: 0, seeds: 4 }),
  );
});

test("a violation under ccro-safe itself makes the answer bad, one without a rule does not", () => {
  const broken = { violations: 1, forks: 1 };
  equal(exitCodeOf([{ ...sample(undefined), ...broken }]), 1);
  equal(exitCodeOf([{ ...sample(undefined), replayed: [{ name: "a", n: 6, events: 1 }] }]), 1);
  equal(exitCodeOf([sample(undefined), { ...sample("R1"), ...broken }]), 0);
});

test("what published CCRO is broken by is replayed, the shortest first", () => {
  const files = forkingUnder("ccro");
  deepEqual(
    new Set(files.map(({ name }) => name)),
    new Set(["S1.json", "S7.json", "heights-alone.json", "reports-unasked.json"]),
  );
  const events = files.map((file) => file.events);
  deepEqual(
    events,
    events.toSorted((a, b) => a - b),
  );
});

const cost = (messages: number, bytes: number): RuleCost => ({
  n: 6,
  fault: "none",
  figures: {
    messages_per_request: messages,
    control_messages: 3,
    bytes_per_request: bytes,
    verifications_per_request: 10,
    latency_p50_ms: 70,
  },
});

function sample(rule: Ablated["rule"], ...costs: readonly RuleCost[]): Ablated {
  const protocol = rule === undefined ? "ccro-safe" : `ccro-safe-without-${rule.toLowerCase()}`;
  const none = { violations: 0, forks: 0, find: undefined, replayed: [] };
  return { protocol, rule, schedules: 4, ...none, costs };
}

describe("made-up figures", () => {
  const whole = sample(undefined, cost(28, 11_500));
  const schedule = drawSchedule(groundFor("ccro-safe-without-r1"), 7);
  const find: Find = { schedule, broken: "fork", reasons: [] };
  const replayed = [{ name: "S4.json", n: 9, events: 99 }];
  const withoutR1 = { ...sample("R1", cost(26, 11_900)), violations: 2, forks: 1, find, replayed };

  test("a rule costs what the rules have more than those without it, less than nothing too", () => {
    const figures = costOfRule([whole, withoutR1], withoutR1, cost(26, 11_900));
    deepEqual([figures?.messages_per_request, figures?.bytes_per_request], [2, -400]);
    equal(figures?.latency_p50_ms, 0);
    equal(costOfRule([whole, withoutR1], whole, cost(28, 11_500)), undefined);
  });

  test("what the hunt found goes before what is replayed", () => {
    const { foundBy, counterexample, events } = evidenceOf(withoutR1);
    deepEqual([foundBy, counterexample], ["hunt", "ccro-safe-without-r1.json"]);
    equal(events, schedule.events.length);
  });

  test("tables say what was found which way, and what a rule adds", () => {
    const text = ablationTables([whole, withoutR1, sample("R4", cost(28, 11_500))]);
    match(text, /as it is +│ +4 │ +0 │ +0 │nothing/);
    match(text, /without R1 *│ +4 │ +2 │ +1 │the hunt: ccro-safe-without-r1\.json/);
    match(text, /without R4 *│ +4 │ +0 │ +0 │neither hunt nor replay/);
    match(text, /n = 6, quiet │all +│ +28\b/);
    match(text, /│R1 +│ +\+2 │ +0 │ +−400 │/);
    match(text, /neither: this table shows no use of the rule/);
    ok(!ablationTables([whole, withoutR1]).includes("neither:"));
  });
});
