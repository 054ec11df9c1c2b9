import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import type { Protocol } from "../../core/protocol.ts";
import { uniformDelay } from "../../sim/network.ts";
import { timeoutMsFor } from "../cell.ts";
import { protocolNamed } from "../protocols.ts";
import { type PlayOptions, play, type SetReport } from "./play.ts";
import { decodeText, readScenario } from "./read-scenario.ts";
import type { ScenarioSet, Step } from "./scenario.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
const scenarioIn = (name: string) => readScenario(decodeText(readFileSync(fixture(name))));
const expectedIn = <T>(name: string) => JSON.parse(readFileSync(fixture(name), "utf8")) as T[];

/** A transaction as the expectations write it. */
type Op = readonly ["T", string, string, number] | readonly ["R", string] | readonly ["LF"];
type Balances = Readonly<Record<string, number>>;

interface F25Pbft {
  readonly set: number;
  readonly live: readonly number[];
  readonly byzantine: readonly number[];
  readonly attacks: readonly { readonly kind: string; readonly targets: readonly number[] }[];
  readonly ops: readonly Op[];
  readonly expect: {
    readonly committed: boolean;
    readonly balances: Balances;
    readonly reads: readonly number[] | string;
    readonly failedTransfers: number;
    readonly minCorrectReplicasAtEndState: number;
    readonly view: string;
  };
}

interface F25Paxos {
  readonly set: number;
  readonly live: readonly number[];
  readonly lf: number;
  readonly ops: readonly Op[];
  readonly commits: number;
  readonly lastSeq: number;
  readonly pending: number;
  readonly balances: Balances;
}

interface F24Pbft {
  readonly set: number;
  readonly live: readonly number[];
  readonly byz: readonly number[];
  readonly ops: readonly Op[];
  readonly cumulativeBalancesIfPendingDropped: Balances;
}

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

const agreeing = ({ replicas }: SetReport) => replicas.filter(({ agrees }) => agrees).length;
const agreeingLive = ({ replicas }: SetReport) =>
  replicas.filter(({ agrees, isConnected }) => agrees && isConnected).length;
const readsOf = ({ transactions }: SetReport) =>
  transactions.flatMap(({ step, balance }) => (step.kind === "balance" ? [balance] : []));
const countOf = ({ transactions }: SetReport, outcome: string) =>
  transactions.filter((transaction) => transaction.outcome === outcome).length;
const sumOf = ({ balances }: SetReport) =>
  Object.values(balances).reduce((sum, balance) => sum + balance, 0);

/** A report for each set, told with the seed. */
function played(
  file: string,
  options: PlayOptions,
  check: (report: SetReport, number: number) => void,
): void {
  for (const report of play(scenarioIn(file).sets, options)) {
    const { number } = report.set;
    try {
      check(report, number);
    } catch (error) {
      throw new Error(`set ${number} with seed ${options.seed}: ${String(error)}`, {
        cause: error,
      });
    }
  }
}

const seeds = [1, 2, 3];

describe("the fixtures say the same twice", () => {
  const opOf = (step: Step): Op => {
    if (step.kind === "transfer") return ["T", step.from, step.to, step.amount];
    return step.kind === "balance" ? ["R", step.account] : ["LF"];
  };
  const numbers = (ids: readonly string[] = []) => ids.map((id) => Number(id.slice(1)) + 1);
  const told = ({ number, live, byzantine, steps }: ScenarioSet) => ({
    set: number,
    live: numbers(live),
    byzantine: numbers(byzantine),
    ops: steps.map(opOf),
  });

  test("fall 2025, PBFT", () => {
    const { sets } = scenarioIn("cse535-f25-pbft.csv");
    deepEqual(
      sets.map((set) => ({
        ...told(set),
        attacks: set.attacks.map(({ kind, targets }) => ({ kind, targets: numbers(targets) })),
      })),
      expectedIn<F25Pbft>("cse535-f25-pbft.json").map(({ set, live, byzantine, ops, attacks }) => ({
        set,
        live,
        byzantine,
        ops,
        attacks,
      })),
    );
  });

  test("fall 2025, Paxos", () => {
    deepEqual(
      scenarioIn("cse535-f25-paxos.csv").sets.map(told),
      expectedIn<F25Paxos>("cse535-f25-paxos.json").map(({ set, live, ops }) => ({
        set,
        live,
        byzantine: [],
        ops,
      })),
    );
  });

  test("fall 2024, PBFT", () => {
    deepEqual(
      scenarioIn("cse535-f24-pbft.csv").sets.map(told),
      expectedIn<F24Pbft>("cse535-f24-pbft.json").map(({ set, live, byz, ops }) => ({
        set,
        live,
        byzantine: byz,
        ops,
      })),
    );
  });
});

describe("fall 2025, PBFT: every set ends as it must", () => {
  const expectations = new Map(
    expectedIn<F25Pbft>("cse535-f25-pbft.json").map(({ set, expect }) => [set, expect]),
  );

  function endsAsExpected(report: SetReport, number: number): void {
    const expected = expectations.get(number);
    ok(expected !== undefined);
    deepEqual(report.complaints, []);
    deepEqual(report.verdict.violations, []);
    deepEqual(report.balances, expected.balances);
    if (!expected.committed) return nothingCommitted(report);
    equal(countOf(report, "pending"), 0);
    equal(countOf(report, "failed"), expected.failedTransfers);
    deepEqual(readsOf(report), expected.reads);
    ok(agreeingLive(report) >= expected.minCorrectReplicasAtEndState);
    deepEqual([report.verdict.safety, report.verdict.liveness], ["ok", "ok"]);
  }

  function nothingCommitted(report: SetReport): void {
    equal(countOf(report, "pending"), report.transactions.length);
    equal(report.verdict.decisions, 0);
    deepEqual(
      report.transactions.map(({ replies }) => replies.total),
      report.transactions.map(() => 0),
    );
    ok(report.replicas.every(({ slot }) => slot === 0));
    // No new view can be installed: only four of five sign validly.
    equal(report.view, undefined);
    deepEqual([report.verdict.safety, report.verdict.liveness], ["vacuous", "stalled"]);
  }

  const isViewAsExpected = ({ view }: SetReport, number: number) => {
    const { view: written = "" } = expectations.get(number) ?? {};
    return written.startsWith("0") ? view === 0 : true;
  };

  for (const seed of seeds) {
    test(`with PBFT, n = 7, seed ${seed}`, () => {
      const options = optionsFor(protocolNamed("pbft"), 7, { seed });
      played("cse535-f25-pbft.csv", options, (report, number) => {
        endsAsExpected(report, number);
        ok(isViewAsExpected(report, number), `view ${report.view}`);
        // Who is kept in the dark fetches what it missed.
        if (expectations.get(number)?.committed === true) {
          deepEqual(
            report.replicas.filter(({ isCorrect, agrees }) => isCorrect && !agrees),
            [],
          );
        }
      });
    });

    test(`with CCRO-safe, which needs n = 9 for f = 2, seed ${seed}`, () => {
      const options = optionsFor(protocolNamed("ccro-safe"), 9, { seed });
      played("cse535-f25-pbft.csv", options, endsAsExpected);
    });
  }

  test("with clients in parallel all agree, and no money is lost", () => {
    for (const [name, n] of [
      ["pbft", 7],
      ["ccro-safe", 9],
    ] as const) {
      const options = optionsFor(protocolNamed(name), n, { isParallel: true });
      played("cse535-f25-pbft.csv", options, (report, number) => {
        deepEqual(report.complaints, []);
        deepEqual(report.verdict.violations, []);
        equal(sumOf(report), 100);
        if (number === 7) nothingCommitted(report);
        else ok(agreeing(report) >= 5);
      });
    }
  });
});

describe("fall 2025, Paxos: state is kept from set to set", () => {
  const expectations = new Map(
    expectedIn<F25Paxos>("cse535-f25-paxos.json").map((expected) => [expected.set, expected]),
  );
  const kept = { highestInFile: 5, keepsState: true };

  function endsAsExpected(report: SetReport, number: number): void {
    const expected = expectations.get(number);
    ok(expected !== undefined);
    deepEqual(report.complaints, []);
    deepEqual(report.verdict.violations, []);
    deepEqual(report.balances, expected.balances);
    equal(countOf(report, "pending"), expected.pending);
    const answered = report.transactions.filter(({ outcome }) => outcome !== "pending");
    equal(answered.length, expected.commits);
    equal(report.failedLeaders.length, expected.lf);
    const pending = report.transactions.filter(({ outcome }) => outcome === "pending");
    ok(pending.every(({ replies }) => replies.total === 0));
    // Whoever is there has it all; that includes nodes that come back.
    ok(report.replicas.every(({ isCorrect, agrees }) => !isCorrect || agrees));
  }

  function isNumberedAsExpected(report: SetReport, number: number): void {
    const { lastSeq = 0, commits = 0 } = expectations.get(number) ?? {};
    equal(report.lastSlot, lastSeq);
    const slots = report.transactions.flatMap(({ slot }) => slot ?? []);
    deepEqual(
      slots.toSorted((a, b) => a - b),
      Array.from({ length: commits }, (_, index) => lastSeq - commits + 1 + index),
    );
    // Those that were pending come before the new ones.
    const first = (fromSet: (set: number) => boolean) =>
      report.transactions.flatMap(({ slot, fromSet: set }) => (fromSet(set) ? (slot ?? []) : []));
    ok(
      Math.max(...first((set) => set < number), 0) <
        Math.min(...first((set) => set === number), Number.POSITIVE_INFINITY),
    );
  }

  for (const seed of seeds) {
    test(`with Paxos, n = 5, seed ${seed}: balances, counts and sequence numbers`, () => {
      const options = optionsFor(protocolNamed("paxos"), 5, { ...kept, seed });
      played("cse535-f25-paxos.csv", options, (report, number) => {
        endsAsExpected(report, number);
        isNumberedAsExpected(report, number);
      });
    });
  }

  test("the order of clients does not matter: in parallel the same comes out", () => {
    const options = optionsFor(protocolNamed("paxos"), 5, { ...kept, isParallel: true });
    played("cse535-f25-paxos.csv", options, endsAsExpected);
  });

  test("with PBFT, which needs n = 7 for f = 2, and with CCRO-safe, n = 9", () => {
    for (const [name, n] of [
      ["pbft", 7],
      ["ccro-safe", 9],
    ] as const) {
      played("cse535-f25-paxos.csv", optionsFor(protocolNamed(name), n, kept), endsAsExpected);
    }
  });
});

describe("fall 2024, PBFT: state is kept, Byzantine nodes do not vote", () => {
  const expectations = new Map(
    expectedIn<F24Pbft>("cse535-f24-pbft.json").map((expected) => [
      expected.set,
      expected.cumulativeBalancesIfPendingDropped,
    ]),
  );
  // Of CASES.md, A3.
  const refusals = new Map([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 3],
    [5, 0],
  ]);

  for (const [name, n] of [
    ["pbft", 7],
    ["ccro-safe", 9],
  ] as const) {
    for (const seed of seeds) {
      test(`with ${name}, n = ${n}, seed ${seed}`, () => {
        const options = optionsFor(protocolNamed(name), n, { seed, keepsState: true });
        played("cse535-f24-pbft.csv", options, (report, number) => {
          deepEqual(report.complaints, []);
          deepEqual(report.balances, expectations.get(number));
          equal(countOf(report, "pending"), 0);
          equal(countOf(report, "failed"), refusals.get(number));
          deepEqual([report.verdict.safety, report.verdict.liveness], ["ok", "ok"]);
          ok(agreeingLive(report) >= 5);
          // Later on, nodes that come back may take longer than a primary is given.
          if (name === "pbft" && number < 4) equal(report.view, 0);
        });
      });
    }
  }
});
