/** The sentences on the paper's figures follow from the rows: made-up ones here, on either side of each verdict. */

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { csvParse } from "d3-dsv";
import { describe, test } from "vitest";
import type { Cell } from "../cell.ts";
import type { CellSummary } from "../cell-summary.ts";
import { cellsOf } from "../experiment.ts";
import { Latencies } from "../meters/histogram.ts";
import type { TextRow } from "../results/result-folder.ts";
import { readSuite } from "../suite.ts";
import { orderingOf, shapeOf } from "./agreement.ts";
import { countsIn, sentenceOnCounts } from "./counts.ts";
import { paperFigures, sentenceOnTrust } from "./figures.ts";
import { paperCharts } from "./paper-charts.ts";
import { type PublishedPoint, publishedPoints } from "./published-points.ts";
import { figureColumns, figureLines } from "./rows.ts";
import { verdictSentences } from "./verdicts.ts";
import { domainWords, sentenceOn } from "./wording.ts";

const csv = csvParse(readFileSync(new URL("../data/paper-figures.csv", import.meta.url), "utf8"));
const all = publishedPoints(csv);

describe("the published file", () => {
  test("has all points of figures 3 to 8, numbers throughout", () => {
    const counts = [3, 4, 5, 6, 7, 8].map(
      (figure) => all.filter((point) => point.figure === figure).length,
    );
    deepEqual(counts, [60, 9, 12, 4, 8, 8]);
  });

  test("calls Raft Paxos, keeps other names, and leaves averages without a place", () => {
    const averages = all.filter(({ figure }) => figure === 6);
    deepEqual(
      averages.map(({ series, x, value }) => [series, x, value]),
      [
        ["paxos", undefined, 1695],
        ["pbft", undefined, 1125],
        ["pos", undefined, 1075],
        ["ccro", undefined, 2100],
      ],
    );
  });

  test("says which point is wrong; times of others are no points", () => {
    const good = { figure: "4", protocol: "pbft", x: "6", value: "251" };
    for (const wrong of [{ value: "many" }, { value: "" }, { figure: "" }, { x: "six" }]) {
      throws(
        () => publishedPoints([good, { ...good, ...wrong }]),
        /UsageError: published.csv, point 2:/,
      );
    }
    deepEqual(publishedPoints([{ source: "seed 004", x: "1", n: "4", seconds: "0.1" }]), []);
  });
});

/** Five repetitions around a value. */
const measured = (series: string, x: number, value: number, costs: TextRow = {}) => ({
  ...{ series, x, rows: [{ protocol: series, ...costs }] },
  values: [0.99, 1, 1.01, 0.995, 1.005].map((factor) => value * factor),
});
const point = (series: string, x: number, value: number): PublishedPoint => ({
  ...{ figure: 4, series, name: series, x, value },
});
const at = (x: number | undefined) => ` at n = ${x}`;

const published = [
  ...[point("pbft", 6, 250), point("ccro", 6, 130)],
  ...[point("pbft", 12, 500), point("ccro", 12, 300)],
];
const agreeing = [
  ...[measured("pbft", 6, 10), measured("ccro", 6, 8)],
  ...[measured("pbft", 12, 40), measured("ccro", 12, 16)],
];

describe("ordering and shape", () => {
  test("hold where every comparison agrees, however far the values are apart", () => {
    deepEqual(
      sentenceOn({ published, measured: agreeing, at }),
      "The ordering holds (2 of 2 comparisons agree); the shape holds (2 of 2 comparisons agree).",
    );
  });

  const outcomes = [
    ["below, as published", 8, "agrees"],
    ["above", 12, "reversed"],
    ["equal within 5 %", 10.2, "not distinguishable"],
  ] as const;
  for (const [where, value, outcome] of outcomes) {
    test(`CCRO ${where}: ${outcome}`, () => {
      const [claim] = orderingOf(published, [measured("pbft", 6, 10), measured("ccro", 6, value)]);
      equal(claim?.outcome, outcome);
    });
  }

  test("what was published as level and rises here differs", () => {
    const level = [point("pbft", 6, 100), point("pbft", 12, 103)];
    const [claim] = shapeOf(level, [measured("pbft", 6, 10), measured("pbft", 12, 20)]);
    equal(claim?.outcome, "differs");
  });

  test("too few repetitions tell nothing", () => {
    const few = agreeing.map((one) => ({ ...one, values: one.values.slice(0, 3) }));
    const outcomesOf = orderingOf(published, few).map(({ outcome }) => outcome);
    deepEqual(outcomesOf, ["too few", "too few"]);
    const sentence = sentenceOn({ published, measured: few, at });
    match(sentence, /^The ordering cannot be told with fewer than 5 repetitions; the shape cannot/);
    equal(sentence.includes("behind it"), false);
  });

  test("an ordering that is only not seen is not confirmed", () => {
    const here = [...agreeing.slice(0, 3), measured("ccro", 12, 40.5)];
    match(sentenceOn({ published, measured: here, at }), /^The ordering is not confirmed \(1 of 2/);
  });

  test("a reversed ordering names who, where, by how much, and what they cost", () => {
    const costly = measured("ccro", 12, 60, {
      messages_per_request: "62",
      bytes_per_request: "900",
    });
    const cheap = measured("pbft", 12, 40, {
      messages_per_request: "310",
      bytes_per_request: "300",
    });
    const here = [...agreeing.slice(0, 2), cheap, costly];
    const sentence = sentenceOn({ published, measured: here, at });
    match(
      sentence,
      /^The ordering does not hold \(1 of 2 comparisons agree\): CCRO against PBFT at n = 12 is the other way round \(published × 0\.60, here × 1\.50\); /,
    );
    match(sentence, /the shape holds/);
    match(
      sentence,
      /per request CCRO at n = 12 takes × 0\.20 messages, × 3\.00 bytes of what PBFT at n = 12 takes/,
    );
  });

  test("a shape that falls where the paper's rises is told by its step", () => {
    const here = [...agreeing.slice(0, 3), measured("ccro", 12, 5)];
    const sentence = sentenceOn({ published, measured: here, at });
    match(sentence, /^The ordering holds/);
    match(
      sentence,
      /the shape does not hold \(1 of 2 comparisons agree\): CCRO at n = 6 to n = 12 is the other way round \(published × 2\.31, here × 0\.63\)/,
    );
  });

  test("where nothing was measured nothing is said to hold", () => {
    match(
      sentenceOn({ published, measured: [], at }),
      /^The ordering cannot be told.*; the shape cannot be told/,
    );
  });
});

describe("G-PBFT", () => {
  const theirs = [6, 12, 18].map((n) => point("g-pbft", n, 100));
  const split = (n: string) => ({ protocol: "pbft", n, domains: "3" });

  test("is PBFT in domains: the sentence says in how many, and where there is none", () => {
    const rows = [
      split("12"),
      split("18"),
      split("18"),
      { protocol: "pbft", n: "6", domains: "1" },
    ];
    equal(
      domainWords(theirs, rows),
      " G-PBFT here is PBFT in 3 domains at n = 12 and 3 domains at n = 18; at n = 6 nothing stands beside it.",
    );
    equal(domainWords(theirs, [{ protocol: "ccro", n: "18", domains: "3" }]), "");
  });

  test("has cells at n = 12 and 18, in domains that each stand a faulty node", () => {
    const own = cellsOf(readSuite("paper").grids, {}).filter(
      ({ protocol, domains, groups }) =>
        protocol === "pbft" && domains > 1 && groups.some((group) => group.startsWith("Figure 4")),
    );
    deepEqual(
      own.map(({ n, domains, f }) => [n, domains, f]),
      [
        [12, 3, 1],
        [18, 3, 1],
      ],
    );
  });
});

describe("verdicts under faults built to break CCRO", () => {
  const built = cellsOf(readSuite("paper").grids, {}).filter(({ groups }) =>
    groups.some((group) => group.startsWith("Verdicts:")),
  );
  /** Only what the sentence reads. */
  const summaryOf = (cell: Cell, safety: string): CellSummary => ({
    ...{ cell, safety, liveness: "ok", repetitions: 5, marks: [], latencies: new Latencies() },
    median: () => undefined,
    interval: () => undefined,
  });

  test("are told by protocol, from the rows", () => {
    const summaries = built.map((cell) =>
      summaryOf(cell, cell.protocol === "ccro" ? "violated" : "ok"),
    );
    deepEqual(verdictSentences({ summaries }), [
      "Verdicts under faults built to break CCRO (equivocating(r5)@commander at n = 6, equivocating(r3)@commander at n = 6, equivocating(r5)@r0+r1 at n = 9): PBFT ok in 3 of 3 cells; CCRO violated in 3 of 3 cells; CCRO-safe ok in 3 of 3 cells.",
    ]);
  });

  test("a protocol with several verdicts has them counted, and no cells are no sentence", () => {
    const [first, second] = built.filter(({ protocol }) => protocol === "ccro");
    ok(first !== undefined && second !== undefined);
    const summaries = [summaryOf(first, "ok"), summaryOf(second, "violated")];
    match(verdictSentences({ summaries }).join(), /CCRO violated in 1 of 2 cells, ok in 1\.$/);
    deepEqual(verdictSentences({ summaries: [] }), []);
  });
});

describe("figure 2", () => {
  const row = (changes: TextRow): TextRow => ({
    ...{ protocol: "ccro", n: "6", network: "delay=10ms", latency_p50_ms: "70" },
    ...{ payload_bytes: "64", messages_per_request: "28", bytes_per_request: "9706" },
    ...changes,
  });
  const large = { payload_bytes: "100064", bytes_per_request: "1109706" };

  test("counts messages, copies of the payload, and hops", () => {
    const sentence = sentenceOnCounts(countsIn([row({}), row(large)]));
    equal(
      sentence,
      "All 2 counts of messages and of copies of the payload equal their formulas; hops from request to acceptance: CCRO 7.",
    );
  });

  test("says which count differs, and takes one payload for no count of copies", () => {
    const more = { messages_per_request: "29" };
    match(
      sentenceOnCounts(countsIn([row(more), row({ ...large, ...more })])),
      /^1 of 2 counts differ from their formulas: CCRO n = 6 has 29 messages and not 28;/,
    );
    equal(
      countsIn([row({})]).some(({ metric }) => metric === "copies"),
      false,
    );
  });
});

describe("figure 3", () => {
  const trust = [
    point("ccro node 1", 1, 5),
    point("ccro node 1", 2, 9),
    point("ccro node 1", 3, 7),
  ];
  const rising = [measured("r0", 1, 5), measured("r0", 2, 6), measured("r0", 3, 7)];

  test("where trust only rises here the shape does not hold; the printed formula's bound is named", () => {
    const sentence = sentenceOnTrust(trust, rising);
    match(
      sentence,
      /the shape does not hold: 1 of 1 nodes both gain and lose trust in the paper and 0 of 1 here/,
    );
    match(
      sentence,
      /from 5 to 9 there and from 5 to 7 here; 2 of the 3 published points are above 6\.6/,
    );
  });

  test("where it falls here, too, the shape holds", () => {
    match(sentenceOnTrust(trust, [...rising, measured("r0", 4, 5)]), /the shape holds/);
  });
});

describe("a run of the suite", () => {
  const cells = cellsOf(readSuite("paper").grids, {});
  const summary = cells.map(
    (cell): TextRow => ({
      ...{ cell: cell.name, protocol: cell.protocol, n: String(cell.n), repetition: "1" },
      ...{ domains: "1", payload_bytes: String(cell.payload), batch: String(cell.batch) },
      ...{ network: cell.network, latency_p50_ms: "50", throughput_per_s: "20" },
      ...{ messages_per_request: "10", bytes_per_request: String(5 * cell.payload) },
    }),
  );
  const monitored = cells.find(({ groups }) =>
    groups.some((group) => group.startsWith("Figure 3")),
  );
  const trust = [{ cell: monitored?.name ?? "", node: "r0", height: "1", trust: "5" }];
  const figures = paperFigures({ cells, tables: { summary, trust, published: csv } });

  test("has every figure, each at the places of the paper", () => {
    deepEqual(
      figures.map(({ number }) => number),
      [2, 3, 4, 5, 6, 7, 8],
    );
    for (const { number, measured: own, published: theirs } of figures.slice(2)) {
      const places = (points: readonly { readonly x: number | undefined }[]) =>
        [...new Set(points.map(({ x }) => x))].sort((a = 0, b = 0) => a - b);
      deepEqual(places(own), places(theirs), `figure ${number}`);
    }
  });

  test("draws a chart for each but figure 2, published points in it, equal bytes each time", () => {
    const charts = paperCharts(figures);
    deepEqual(
      charts.map(({ name }) => name),
      [3, 4, 5, 6, 7, 8].map((number) => `figure-${number}`),
    );
    for (const { svg } of charts) ok(svg.includes("#8a8a8a"));
    deepEqual(paperCharts(figures), charts);
  });

  test("leaves lines as wide as their head, for either source", () => {
    for (const shown of figures) {
      const lines = figureLines(shown);
      const sources = new Set(lines.map(([, source]) => source));
      ok(sources.has("measured"));
      ok(lines.every((line) => line.length === figureColumns.length));
    }
  });

  test("Raft keeps its name in grey: nobody published Paxos", () => {
    const [svg] = paperCharts(figures).flatMap((chart) =>
      chart.name === "figure-5" ? [chart.svg] : [],
    );
    ok(svg?.includes(">Raft<"));
    const lines = figures.flatMap(figureLines).filter(([, source]) => source === "published");
    const names = new Set(lines.map(([, , series]) => series));
    deepEqual([names.has("raft"), names.has("paxos")], [true, false]);
  });

  test("without the paper's points there are no figures", () => {
    deepEqual(paperFigures({ cells, tables: { summary, trust, published: [] } }), []);
  });
});
