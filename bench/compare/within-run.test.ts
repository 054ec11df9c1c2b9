import { deepEqual } from "node:assert/strict";
import { csvParse } from "d3-dsv";
import { test } from "vitest";
import { cellsIn } from "./csv-cells.ts";
import { pairsWithin } from "./within-run.ts";

const pairsOf = (csv: string) =>
  pairsWithin(
    cellsIn(csvParse(`cell,protocol,n,f,fault,latency_p50_ms\n${csv}`), "a.csv").cells,
  ).map(({ base, candidate, terms }) => `${candidate.name} / ${base.name}: ${terms}`);

test("protocols are held against the first of the house, at equal n and at equal f", () => {
  deepEqual(
    pairsOf("C4,ccro,4,0,none,1\nC6,ccro,6,1,none,1\nP4,pbft,4,1,none,1\nX4,paxos,4,1,none,1\n"),
    ["C4 / P4: equal n", "C6 / P4: equal f", "X4 / P4: equal n and f"],
  );
});

test("at equal f only the sizes that f needs are compared", () => {
  deepEqual(pairsOf("P4,pbft,4,1,none,1\nC6,ccro,6,1,none,1\nC7,ccro,7,1,none,1\n"), [
    "C6 / P4: equal f",
  ]);
});

test("what differs in anything else is no pair", () => {
  deepEqual(pairsOf("P4,pbft,4,1,none,1\nC4,ccro,4,0,offline@1,1\n"), []);
});
