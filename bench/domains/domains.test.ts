import { deepEqual, equal, match, throws } from "node:assert/strict";
import { test } from "vitest";
import { type Cell, specOf } from "../cell.ts";
import type { CellSummary } from "../cell-summary.ts";
import { cellsOf } from "../experiment.ts";
import { Latencies } from "../meters/histogram.ts";
import type { Choice } from "../options/choice.ts";
import { protocolNamed, protocolOf } from "../protocols.ts";
import { domainRows, domainTable } from "./domain-table.ts";
import { readDomainName } from "./in-domains.ts";
import { splitLines, splitLinesOf, splitText } from "./split-text.ts";

const cellsFor = (choice: Choice) => cellsOf([{ title: undefined, choice }], {});

test("a split has a name, and the name gives the same split again", () => {
  const { name, members } = protocolOf({ protocol: "ccro-safe", domains: 3 }, 7);
  equal(name, "ccro-safe/3/7");
  deepEqual(protocolNamed(name).members(18), members(18));
  deepEqual(readDomainName(name), { inner: "ccro-safe", domains: 3, seed: 7 });
  equal(readDomainName("ccro-safe"), undefined);
  throws(() => protocolNamed("raft/3/7"), /there is no protocol "raft"/);
});

test("one domain is the protocol itself", () => {
  equal(protocolOf({ protocol: "pbft", domains: 1 }), protocolNamed("pbft"));
});

test("another seed splits otherwise, and costs the same", () => {
  const domainsOf = (seed: number) =>
    protocolOf({ protocol: "ccro", domains: 3 }, seed)
      .members(18)
      .map(({ role }) => role)
      .join(" ");
  equal(domainsOf(1) === domainsOf(2), false);
  const costs = (seed: number) =>
    protocolOf({ protocol: "ccro", domains: 3 }, seed).expectedMessages(18);
  deepEqual(costs(1), costs(2));
});

test("a cell tolerates as many faults anywhere as its smallest domain does", () => {
  const [cell] = cellsFor({ protocol: ["ccro-safe"], n: [20], domains: [3] });
  // Domains of 7, 7 and 6 nodes.
  equal(cell?.f, 1);
  equal(cell && specOf(cell, 5).protocol.name, "ccro-safe/3/5");
});

test("so many faults ask for so many nodes in each domain", () => {
  const sizes = cellsFor({ protocol: ["pbft", "ccro"], f: [1], domains: [3] }).map(({ n }) => n);
  deepEqual(sizes, [12, 18]);
});

test("what is printed says how likely a bad split is", () => {
  const inner = protocolNamed("ccro");
  const text = splitText({ inner, n: 18, domains: 3 });
  // 1 − 108/153 and 1 − 216/816, by hand; a fourth faulty node fits nowhere.
  match(text, /^domains: 3 × 6 nodes \(f=1\) · chance/);
  match(text, /: 2: 29\.4 % · 3: 73\.5 % · 4: 100\.0 % · 5: 100\.0 %$/);
  deepEqual(splitLines([{ protocol: "ccro", n: 18, domains: 1 }]), []);
  deepEqual(splitLinesOf(protocolNamed("ccro/3/1"), 18), [`${inner.title} n=18: ${text}`]);
  deepEqual(splitLinesOf(inner, 18), []);
});

test("the table of domains has control messages apart, and the odds; what is not divided anywhere is not in it", () => {
  const summaryOf = (cell: Cell): CellSummary => ({
    ...{ cell, repetitions: 1, marks: [], safety: "ok", liveness: "ok" },
    latencies: new Latencies(),
    median: (column) =>
      ({ messages_per_request: 121, control_messages: 18, committed: 2, latency_p50_ms: 80 })[
        column
      ],
    interval: () => undefined,
  });
  const cells = cellsFor({ protocol: ["ccro"], n: [18], domains: [1, 3] });
  const others = cellsFor({ protocol: ["pbft"], n: [18] });
  const rows = domainRows([...cells, ...others].map(summaryOf));
  deepEqual(rows, [
    ["CCRO", "18", "1", "5", "http", "80", "121", "9", "–"],
    ["CCRO", "18", "3", "1", "http", "80", "121", "9", "2: 29.4 %"],
  ]);
  deepEqual(domainRows(others.map(summaryOf)), []);
  equal(domainTable(others.map(summaryOf)), undefined);
});
