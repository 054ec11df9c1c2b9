import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Cell } from "../cell.ts";
import { cellsOf, planOf } from "../experiment.ts";
import { readSuite } from "../suite.ts";
import { guessMs, TimeLeft, timeWords } from "./time-left.ts";

function cellsFor(change: Parameters<typeof cellsOf>[1]): readonly Cell[] {
  return cellsOf([{ title: undefined, choice: { protocol: ["pbft"], n: [4, 7], ...change } }], {});
}

test("a run with a duration takes at least that in each repetition", () => {
  const [cell] = cellsFor({ duration: 5000, rate: [10] });
  ok(cell !== undefined && guessMs(cell) > 5000);
  const [virtual] = cellsFor({ duration: 5000, transport: ["simulated"] });
  ok(virtual !== undefined && guessMs(virtual) < 1000, "virtual time costs none");
});

test("who has more faults than it tolerates is expected to wait in vain", () => {
  const [lost, quiet] = [cellsFor({ fault: ["offline@2"] })[0], cellsFor({})[0]];
  ok(lost !== undefined && quiet !== undefined);
  equal(Math.round(guessMs(lost) - guessMs(quiet)), Math.round(lost.patienceMs));
});

test("the default suite is said to take under two minutes, scaling longer", () => {
  const guess = (name: string) =>
    new TimeLeft(planOf(cellsOf(readSuite(name).grids, {}), 1)).leftMs;
  ok(guess("default") < 120_000, String(guess("default")));
  ok(guess("scaling") > 120_000, String(guess("scaling")));
});

test("what took long takes long again, and guesses for the others grow with it", () => {
  const cells = cellsFor({ repetitions: 3 });
  const [small, large] = cells;
  ok(small !== undefined && large !== undefined);
  const time = new TimeLeft(planOf(cells, 1));
  equal(time.leftMs, 3 * guessMs(small) + 3 * guessMs(large));
  time.done(small, 2 * guessMs(small));
  equal(Math.round(time.leftMs), Math.round(2 * 2 * guessMs(small) + 3 * 2 * guessMs(large)));
  for (let left = 0; left < 3; left += 1) time.leaveOut(large);
  equal(Math.round(time.leftMs), Math.round(4 * guessMs(small)));
  time.done(small, 0);
  time.done(small, 0);
  equal(time.leftMs, 0);
});

for (const [ms, words] of [
  [40_400, "40 s"],
  [59_900, "1 min"],
  [12 * 60_000, "12 min"],
  [65 * 60_000, "1 h 5 min"],
] as const) {
  test(`${ms} ms are ${words}`, () => equal(timeWords(ms), words));
}

test("over a slow network each step of a request waits, and in virtual time none", () => {
  const guess = (change: Parameters<typeof cellsOf>[1]) => {
    const [cell] = cellsFor({ requests: 10, warmup: 0, ...change });
    return cell === undefined ? 0 : guessMs(cell);
  };
  // Request, pre-prepare, prepare, commit, reply.
  const added = guess({ network: ["delay=20ms"] }) - guess({});
  equal(Math.round(added), 10 * 5 * 20);
  const virtual = { transport: ["simulated"] } as const;
  equal(guess({ ...virtual, network: ["delay=20ms"] }), guess(virtual));
});
