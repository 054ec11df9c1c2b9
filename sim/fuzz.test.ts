/**
 * Rough runs of every protocol, each drawn from a seed and judged: what is lost, late, doubled, cut,
 * crashed and lied about, then healing. FUZZ_SEEDS: how many for each protocol; FUZZ_FROM: the first
 * one; FUZZ_SEED: one only; FUZZ_PROTOCOL: one protocol only.
 */

import { deepEqual, fail, match, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { expectations } from "../bench/fuzz/expectations.ts";
import { type Failure, runSeed, tell } from "../bench/fuzz/rough-run.ts";
import { protocols } from "../bench/protocols.ts";
import type { Protocol } from "../core/protocol.ts";
import { pbft } from "../pbft/index.ts";
import { createKeyValue } from "../services/kv.ts";

const setting = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined || text === "" ? undefined : Number(text);
};

const seedsEach = setting("FUZZ_SEEDS") ?? 350;
const firstSeed = setting("FUZZ_SEED") ?? setting("FUZZ_FROM") ?? 1;
const lastSeed = setting("FUZZ_SEED") ?? firstSeed + seedsEach - 1;

// On a machine that is busy with other things; FUZZ_SEEDS may ask for more.
const longestMs = 60_000 + 500 * seedsEach;

const only = process.env["FUZZ_PROTOCOL"];
const fuzzed = protocols.filter(
  ({ name }) => expectations.has(name) && (only === undefined || only === name),
);
const seeds = (lastSeed - firstSeed + 1) * fuzzed.length;

describe(`${seeds} seeds over ${fuzzed.length} protocols`, () => {
  for (const protocol of fuzzed) {
    const claim = `${protocol.name} keeps what it promises, whatever happens, on seeds ${firstSeed} to ${lastSeed}`;
    test(claim, { timeout: longestMs }, () => fuzz(protocol));
  }
});

function fuzz(protocol: Protocol): void {
  const expected = expectations.get(protocol.name);
  ok(expected !== undefined);
  const outcomes = new Map<string, number>();
  const reached = new Map<string, number>();
  const failures: Failure[] = [];
  for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
    const { verdict, marks, failure } = runSeed(protocol, expected, seed);
    countUp(outcomes, `safety ${verdict.safety}, liveness ${verdict.liveness}`);
    for (const mark of marks) countUp(reached, mark);
    if (failure !== undefined) failures.push(failure);
  }
  report(protocol.name, outcomes, reached);
  const [first, ...others] = failures;
  if (first !== undefined) fail(tell(protocol, first, others));
  if (lastSeed - firstSeed < 50) return;
  deepEqual(
    expected.reached.filter((mark) => !reached.has(mark)),
    [],
    "marks that no run came to",
  );
}

const countUp = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

function report(name: string, ...counts: readonly ReadonlyMap<string, number>[]): void {
  const told = counts.map((each) =>
    [...each].map(([what, count]) => `${count} ${what}`).join(", "),
  );
  process.stdout.write(`${name}, runs: ${told.join("; ")}\n`);
}

/** r1 forgets every write: whatever it answers, its results are not those of the others. */
const broken: typeof pbft = {
  ...pbft,
  createMember: (setup) =>
    pbft.createMember(
      setup.id === "r1"
        ? {
            ...setup,
            service: { ...createKeyValue(), execute: () => ({ result: '"lost"', undo: () => {} }) },
          }
        : setup,
    ),
};

test("a seed that fails tells its seed, what was drawn, the last events and the command", () => {
  const expected = expectations.get("pbft");
  ok(expected !== undefined);
  const quiet = { ...expected, modes: ["replay"] };
  const failures = [1, 2, 3].flatMap((seed) => runSeed(broken, quiet, seed).failure ?? []);
  const [first, ...others] = failures;
  ok(first !== undefined, "it is noticed");
  const told = tell(broken, first, others);
  match(told, /^pbft is not safe, seed 1\n/);
  match(told, /state digests: in slot 1 r\d executed .*"lost"/);
  match(told, /drawn: \{"n":\d+,"settings":\{"batch":\d+,"timeoutMs":\d+/);
  match(told, /"operation":/);
  match(told, /the last events:\n( {4}.*\n){10,30}/);
  match(told, /other seeds: 2 is not safe/);
  match(told, /again: FUZZ_PROTOCOL=pbft FUZZ_SEED=1 npx vitest run sim\/fuzz.test.ts$/);
});
