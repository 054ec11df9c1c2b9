import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { replay } from "../../bench/hunt/story.ts";
import { tallyAt } from "../recording/at-step.ts";
import { stateAt, stepAt, viewSpans } from "../recording/recording.ts";
import { earlierCount, expectedTotal } from "./expected.ts";
import { play } from "./play.ts";
import {
  checkSetup,
  type Field,
  parametersOf,
  type Setup,
  setupFrom,
  usualSetup,
} from "./setup.ts";

function schedule(change: Partial<Setup>) {
  const { schedule: checked, problems } = checkSetup({ ...usualSetup, ...change });
  if (checked === undefined) throw new Error([...problems.values()].join());
  return checked;
}

const run = (change: Partial<Setup>) => play(schedule(change), { ...usualSetup, ...change });

describe("a set-up", () => {
  const wrong: readonly (readonly [Field, string, RegExp])[] = [
    ["protocol", "pbtf", /there is no protocol "pbtf", only pbft/],
    ["n", "0", /n must be a whole number from 1 to 64, not "0"/],
    ["n", "f=40", /n must be at most 64 on the page, not 121/],
    ["faults", "malicius@1", /there is no mode "malicius".*did you mean/i],
    ["faults", "malicious@communication", /PBFT has no communication node/],
    ["faults", "malicious@9", /9 cannot be drawn/],
    ["network", "delay=20ms~5ms", /the page takes lan, delay=20ms/],
    ["network", "loss=half", /is no share from 0% to 100%/],
    ["domains", "0", /domains must be a whole number from 1 to 64/],
    ["domains", "5", /domains must be at most 4 for pbft with n = 4, not 5/],
    ["operations", "Ana gives Bo 5", /line 1: the operation for bank.*Ana -> Bo 5/],
    ["balances", "Ana lots", /balances must be written as/],
    ["seed", "-1", /seed must be a whole number/],
  ];
  for (const [field, text, sentence] of wrong) {
    test(`with ${field} ${text} is told so at that field alone`, () => {
      const { problems } = checkSetup({ ...usualSetup, [field]: text });
      deepEqual([...(problems ?? new Map()).keys()], [field]);
      ok(sentence.test(problems?.get(field) ?? ""), problems?.get(field));
    });
  }

  test("comes back from its address as it was", () => {
    const setup = { ...usualSetup, protocol: "ccro", faults: "malicious@1;dark@r2", seed: "7" };
    deepEqual(setupFrom(new URLSearchParams(parametersOf(setup).toString())), setup);
    equal(parametersOf(usualSetup).toString(), "");
  });
});

describe("a recording", () => {
  const sizes = [
    ["pbft", "4"],
    ["pbft", "7"],
    ["ccro", "6"],
  ] as const;
  for (const [protocol, n] of sizes) {
    test(`of ${protocol} with ${n} nodes holds as many messages as the formula says`, () => {
      const recording = run({ protocol, n, operations: "Ana -> Bo 50" });
      const { messages, accepted } = tallyAt(recording, recording.steps.length - 1);
      equal(messages, expectedTotal(protocol, Number(n)));
      equal(accepted, 1);
      equal(recording.verdict?.safety, "ok");
    });
  }

  test("is the run that replay makes of the same schedule", () => {
    const planned = schedule({ faults: "malicious@1", operations: "Ana -> Bo 50" });
    const recorded = play(planned, usualSetup);
    const replayed = replay(JSON.parse(JSON.stringify(planned)));
    equal(recorded.messages.filter(({ isCopy }) => !isCopy).length, replayed.messages);
    equal(recorded.verdict?.safety, replayed.verdict.safety);
  });

  test("shows what each replica's bank held after each step", () => {
    const recording = run({ operations: "Ana -> Bo 50" });
    deepEqual(stateAt(recording, "r3", 0)?.holds, { Ana: 500, Bo: 200, Elisa: 100 });
    const last = stateAt(recording, "r3", recording.steps.length);
    deepEqual(last?.holds, { Ana: 450, Bo: 250, Elisa: 100 });
    const executed = recording.steps.findIndex(
      ({ kind, node }) => kind === "deliver" && node === "r3",
    );
    deepEqual(stateAt(recording, "r3", executed)?.holds, last?.holds);
    const heard = recording.steps.findLastIndex(
      ({ kind, node, index }) => kind === "received" && node === "r3" && index < executed,
    );
    deepEqual(stateAt(recording, "r3", heard - 1)?.holds, { Ana: 500, Bo: 200, Elisa: 100 });
  });

  test("of a lossy network loses and doubles about the share that was asked for", () => {
    const network = "delay=5ms-15ms,loss=10%,duplicate=5%";
    const asked = { network, n: "7", operations: "Ana -> Bo 5\nBo -> Ana 4\nAna -> Elisa 3" };
    const { messages, verdict } = run(asked);
    const share = (count: number) => count / messages.length;
    const lost = share(messages.filter(({ fate }) => fate === "lost").length);
    const doubled = share(messages.filter(({ isCopy }) => isCopy).length);
    ok(lost > 0.05 && lost < 0.15, `${lost} lost`);
    ok(doubled > 0.02 && doubled < 0.08, `${doubled} doubled`);
    equal(verdict?.safety, "ok");
  });

  test("of domains keeps the nodes of each together, and each has a client", () => {
    const recording = run({ n: "12", domains: "3", operations: "Ana -> Bo 5\nBo -> Ana 4" });
    const replicas = recording.lanes.filter(({ isReplica }) => isReplica);
    deepEqual(
      replicas.map(({ domain }) => domain),
      [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
    );
    equal(recording.lanes.filter(({ role }) => role === "client").length, 3);
    deepEqual([recording.verdict?.safety, recording.verdict?.liveness], ["ok", "ok"]);
    deepEqual(recording.states.get("r5")?.at(-1)?.holds, { Ana: 499, Bo: 201, Elisa: 100 });
    const monitored = run({ protocol: "ccro", n: "8", domains: "2", operations: "Ana -> Bo 5" });
    deepEqual(
      monitored.lanes
        .filter(({ isReplica, role }) => !isReplica && role !== "client")
        .map(({ domain }) => domain),
      [1, 2],
    );
  });

  test("says why a message was refused, a bad signature included", () => {
    const recording = run({ faults: "bad-signature@r2", operations: "Ana -> Bo 50" });
    const refused = recording.messages.filter(({ fate }) => fate === "refused");
    ok(refused.length > 0);
    deepEqual(
      [...new Set(refused.map(({ from, objection }) => `${from} ${objection}`))],
      ["r2 bad signature"],
    );
  });

  test("shades a new view from the moment in which one replica entered it", () => {
    const recording = run({ faults: "offline@commander", operations: "Ana -> Bo 50" });
    const [first, second] = viewSpans(recording);
    deepEqual([first?.view, second?.view], [0, 1]);
    ok((second?.fromMs ?? 0) > 300);
    ok(recording.timers.some(({ hasFired }) => hasFired));
    equal(stepAt(recording, -1), -1);
    equal(stepAt(recording, Number.MAX_VALUE), recording.steps.length - 1);
  });
});

for (const [n, theirs, ours] of [
  [4, 31, 29],
  [8, 127, 121],
] as const) {
  test(`a request at n = ${n} costs ${ours} messages, ${theirs} in the earlier way of counting`, () => {
    deepEqual([earlierCount(n), expectedTotal("pbft", n)], [theirs, ours]);
    // Without the client's request, and with each backup's prepare to itself.
    equal(ours - 1 + (n - 1), theirs);
  });
}
