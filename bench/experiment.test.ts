import { deepEqual, equal, notDeepEqual, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { cellsOf, planOf, seedOf } from "./experiment.ts";
import type { Choice } from "./options/choice.ts";

const cellsFor = (choice: Choice, flags: Choice = {}) =>
  cellsOf([{ title: undefined, choice }], flags);

test("f gives each protocol the n that it needs", () => {
  const cells = cellsFor({ protocol: ["pbft", "ccro"], f: [1, 2] });
  deepEqual(
    cells.map(({ protocol, n, f, groups }) => [protocol, n, f, groups]),
    [
      ["pbft", 4, 1, ["equal f = 1"]],
      ["ccro", 6, 1, ["equal f = 1"]],
      ["pbft", 7, 2, ["equal f = 2"]],
      ["ccro", 9, 2, ["equal f = 2"]],
    ],
  );
});

test("a cell that stands in two groups is run once", () => {
  const cells = cellsFor({ protocol: ["pbft"], f: [1], n: [4] });
  deepEqual(
    cells.map(({ name, groups }) => [name, groups]),
    [["pbft n=4", ["equal f = 1", "equal n = 4"]]],
  );
});

test("flags override the suite, and a size those of the suite in either word", () => {
  const cells = cellsFor(
    { protocol: ["pbft", "ccro"], f: [1, 2], requests: 50 },
    { n: [16], requests: 5 },
  );
  deepEqual(
    cells.map(({ name, requests }) => [name, requests]),
    [
      ["pbft n=16", 5],
      ["ccro n=16", 5],
    ],
  );
});

test("a cell is named by all that is unusual about it", () => {
  const [cell] = cellsFor({
    protocol: ["pbft"],
    n: [4],
    auth: ["none"],
    transport: ["memory"],
    clients: [8],
    fault: [" malicious@1 ; delay(20ms)@r2 "],
  });
  equal(cell?.name, "pbft n=4 malicious@1;delay(20ms)@r2 transport=memory auth=none clients=8");
});

test("the time-out policy is 500 + 0.75 n² ms for all, unless somebody says otherwise", () => {
  const [small, large] = cellsFor({ protocol: ["pbft"], n: [4, 31] });
  deepEqual([small?.timeoutMs, large?.timeoutMs], [512, 1220.75]);
  deepEqual([small?.patienceMs, large?.patienceMs], [8 * 512, 8 * 1220.75]);
  equal(cellsFor({ protocol: ["pbft"], n: [4], timeout: 100 })[0]?.timeoutMs, 100);
});

describe("what makes no sense is refused in a sentence", () => {
  const rows: readonly (readonly [Choice, RegExp])[] = [
    [{ protocol: ["ccro"], n: [2] }, /n must be at least 3 for ccro, not 2$/],
    [{ fault: ["offline@communication"] }, /communication/],
    [{ fault: ["malicous@1"] }, /did you mean malicious\?$/],
    [{ fault: ["malicious@5"], n: [4] }, /./],
    [{ fault: ["malicious@r9"], n: [4] }, /r9/],
    [
      { domains: [5] },
      /domains must be at most 4 for pbft with n = 4, not 5: a domain needs at least 1 node$/,
    ],
    [
      { domains: [2], protocol: ["paxos"] },
      /domains must be 1 for paxos, not 2: only pbft and ccro /,
    ],
    [{ place: ["hosts"] }, /hosts are not available yet$/],
    [
      { place: ["processes"], transport: ["memory"] },
      /place processes needs transport http, not memory$/,
    ],
    [{ coalesce: ["peer"], transport: ["memory"] }, /coalesce peer needs transport http/],
    [{ disk: ["log"], transport: ["simulated"] }, /disk log needs transport http or memory/],
    [
      { disk: ["log"], protocol: ["flood"] },
      /a disk has no meaning for flood: its nodes keep nothing/,
    ],
  ];
  for (const [choice, sentence] of rows) {
    test(JSON.stringify(choice), () => {
      throws(() => cellsFor({ protocol: ["pbft"], n: [4], ...choice }), sentence);
    });
  }
});

describe("the plan", () => {
  const cells = cellsFor({ protocol: ["pbft", "ccro"], n: [4, 7, 10], repetitions: 3 });
  const names = (seed: number) =>
    planOf(cells, seed).map(({ cell, number }) => `${cell.name} #${number}`);

  test("holds every cell once in each block", () => {
    const plan = planOf(cells, 1);
    equal(plan.length, 18);
    for (const block of [1, 2, 3]) {
      const inBlock = plan.slice(6 * (block - 1), 6 * block);
      deepEqual(new Set(inBlock.map(({ number }) => number)), new Set([block]));
      equal(new Set(inBlock.map(({ cell }) => cell.name)).size, 6);
    }
  });

  test("orders blocks differently, and equally for equal seeds", () => {
    const [first, second] = [names(1).slice(0, 6), names(1).slice(6, 12)];
    notDeepEqual(
      first.map((name) => name.split(" #")[0]),
      second.map((name) => name.split(" #")[0]),
    );
    deepEqual(names(1), names(1));
    notDeepEqual(names(1), names(2));
  });

  test("gives equal repetitions of all cells one seed, counted up from the first", () => {
    for (const { number, seed } of planOf(cells, 7)) equal(seed, 6 + number);
  });

  test("repeats a cell as often as it asks", () => {
    const [one, ...others] = cells;
    const mixed = one === undefined ? [] : [{ ...one, repetitions: 1 }, ...others];
    equal(planOf(mixed, 1).length, 16);
  });
});

test("the seed is that of the flags, else of the suite, else 1", () => {
  const grids = [{ title: undefined, choice: { seed: 5 } }];
  equal(seedOf(grids, { seed: 9 }), 9);
  equal(seedOf(grids, {}), 5);
  equal(seedOf([], {}), 1);
});
