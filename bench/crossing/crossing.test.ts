/** Crossing points follow from the rows: made-up ones here, with every outcome that a line can have. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { type ComparedCell, groupBy } from "../compare/csv-cells.ts";
import { comparePairs } from "../compare/pairs.ts";
import { pairsWithin } from "../compare/within-run.ts";
import { cellsOf } from "../experiment.ts";
import { readSuite } from "../suite.ts";
import { crossingCharts } from "./chart.ts";
import { crossingsOf } from "./crossings.ts";
import { findingsText } from "./files.ts";
import { findingsIn, findingsJson } from "./findings.ts";
import { delayOf, linesIn, placesIn } from "./places.ts";
import { safetyCosts, safetySentence } from "./safety-cost.ts";
import { crossingSentence, labelFor } from "./wording.ts";

/** Five repetitions around a value. */
const around = (value: number) => [0.99, 1, 1.01, 0.995, 1.005].map((factor) => value * factor);

function cell(
  protocol: string,
  n: number,
  latency: number,
  changes: Readonly<Record<string, string>> = {},
  repetitions = 5,
): ComparedCell {
  const keys = { protocol, n: String(n), f: "1", fault: "none", auth: "ed25519", ...changes };
  const values: Readonly<Record<string, readonly number[]>> = {
    latency_p50_ms: around(latency).slice(0, repetitions),
    messages_per_request: around(1).map(() => 28),
    bytes_per_request: around(1).map(() => (protocol === "ccro-safe" ? 1500 : 1000)),
  };
  return {
    name: `${protocol} n=${n} ${Object.values(changes).join(" ")}`,
    keys,
    values: (metric) => values[metric] ?? [],
    repetitions,
    safety: undefined,
  };
}

const metrics = ["latency_p50_ms", "messages_per_request", "bytes_per_request"];
const compared = (cells: readonly ComparedCell[]) => comparePairs(pairsWithin(cells), metrics);

/** PBFT takes 10 ms everywhere; CCRO what is written, by delay and n. */
function run(latencies: Readonly<Record<string, readonly number[]>>, repetitions = 5) {
  const nodes = [6, 12, 18];
  const cells = Object.entries(latencies).flatMap(([network, own]) =>
    own.flatMap((latency, index) => {
      const n = nodes[index] ?? 0;
      return [
        cell("pbft", n, 10, { network }, repetitions),
        cell("ccro", n, latency, { network }, repetitions),
      ];
    }),
  );
  return compared(cells);
}

/** The crossings along n of the first network. */
function alongNodes(own: readonly number[], repetitions = 5) {
  const latencies = { "delay=20ms": own, lan: own.map(() => 5) };
  const places = placesIn(run(latencies, repetitions));
  const [line] = linesIn(places).filter(({ axis, at }) => axis === "n" && at === 20);
  const label = labelFor(places);
  return (line === undefined ? [] : crossingsOf(line)).map((crossing) =>
    crossingSentence(crossing, label),
  );
}

describe("along n", () => {
  const rows = [
    ["slower, then faster", [12, 8, 6], "CCRO overtakes PBFT between n = 6 and n = 12 at 20 ms."],
    ["level between", [12, 10.1, 6], "CCRO overtakes PBFT between n = 6 and n = 18 at 20 ms."],
    [
      "faster, then slower",
      [8, 8, 12],
      "CCRO falls behind PBFT between n = 12 and n = 18 at 20 ms.",
    ],
    ["faster throughout", [8, 8, 8], "CCRO is never behind PBFT from n = 6 to n = 18 at 20 ms."],
    ["faster or level", [10, 8, 8], "CCRO is never behind PBFT from n = 6 to n = 18 at 20 ms."],
    ["slower throughout", [12, 12, 11], "CCRO never overtakes PBFT from n = 6 to n = 18 at 20 ms."],
    [
      "level throughout",
      [10, 10.2, 9.9],
      "CCRO and PBFT cannot be told apart from n = 6 to n = 18 at 20 ms.",
    ],
  ] as const;
  for (const [what, own, sentence] of rows) {
    test(`${what}: ${sentence}`, () => deepEqual(alongNodes(own), [sentence]));
  }

  test("a line that turns twice has two crossings", () => {
    deepEqual(alongNodes([12, 8, 12]), [
      "CCRO overtakes PBFT between n = 6 and n = 12 at 20 ms.",
      "CCRO falls behind PBFT between n = 12 and n = 18 at 20 ms.",
    ]);
  });

  test("too few repetitions tell nothing", () => {
    match(
      alongNodes([12, 8, 6], 4).join(),
      /at 20 ms cannot be told with fewer than 5 repetitions/,
    );
  });
});

test("along the delay n stays, and the delays are in order of their size", () => {
  const comparisons = run({ "delay=20ms": [12], lan: [8], "delay=5ms": [8] });
  const findings = findingsIn({ comparisons, tables: noTables });
  deepEqual(findings?.sentences, [
    "With growing delay (1 line), CCRO against PBFT: falls behind in 1.",
    "CCRO falls behind PBFT between 5 ms and 20 ms at n = 6.",
  ]);
});

const noTables = {
  ...{ summary: [], requests: [], messages: [], timeline: [] },
  ...{ trust: [], knees: [], published: [] },
};

test("what differs between conditions is named, what does not is not", () => {
  const cells = ["none", "ed25519"].flatMap((auth) =>
    ["lan", "delay=5ms"].flatMap((network) =>
      ["64", "100000"].flatMap((payload_bytes) =>
        ["pbft", "ccro"].map((protocol) =>
          cell(protocol, 6, 10, { auth, network, payload_bytes, transport: "http" }),
        ),
      ),
    ),
  );
  const places = placesIn(compared(cells));
  const label = labelFor(places);
  deepEqual([...new Set(places.map(({ conditions }) => label(conditions)))].sort(), [
    "signed, 100 kB",
    "signed, 64 B",
    "unsigned, 100 kB",
    "unsigned, 64 B",
  ]);
  equal([...groupBy(linesIn(places), ({ axis }) => axis).keys()].join(), "delay");
});

describe("a run has no crossings", () => {
  test("with one delay only, or where the delay differs together with something else", () => {
    deepEqual(placesIn(run({ lan: [12, 8, 6] })), []);
    const cells = [
      ...["pbft", "ccro"].map((name) => cell(name, 6, 10, { network: "lan", transport: "http" })),
      ...["pbft", "ccro"].map((name) =>
        cell(name, 6, 10, { network: "delay=10ms", transport: "simulated" }),
      ),
    ];
    deepEqual(placesIn(compared(cells)), []);
  });

  test("in cells with a fault", () => {
    const cells = ["lan", "delay=5ms"].flatMap((network) =>
      ["pbft", "ccro"].map((name) => cell(name, 6, 10, { network, fault: "silent@1" })),
    );
    deepEqual(placesIn(compared(cells)), []);
  });
});

test("a delay is a number only where every message is as late", () => {
  const networks = ["lan", "delay=5ms", "delay=1ms-5ms", "delay=5ms~1ms", "delay=5ms,loss=1%", "x"];
  deepEqual(networks.map(delayOf), [0, 5, undefined, undefined, undefined, undefined]);
});

describe("what safety costs", () => {
  const cells = [6, 12].flatMap((n) => [
    cell("pbft", n, 10),
    cell("ccro", n, 10),
    cell("ccro-safe", n, n === 6 ? 12 : 14),
    cell("ccro-safe", n, 99, { fault: "silent@1" }),
    cell("ccro", n, 10, { fault: "silent@1" }),
  ]);
  const costs = safetyCosts(compared(cells));

  test("is a ratio with its interval, for each pair without faults", () => {
    const latencies = costs.filter(({ metric }) => metric === "latency_p50_ms");
    deepEqual(
      latencies.map(({ difference }) => difference.ratio?.toFixed(2)),
      ["1.20", "1.40"],
    );
    for (const { base, difference } of latencies) {
      equal(base.keys["protocol"], "ccro");
      const { ratio = 0, interval } = difference;
      ok(interval !== undefined && interval.low < ratio && ratio < interval.high);
    }
  });

  test("is told in a sentence with its spread over the conditions", () => {
    equal(
      safetySentence(costs),
      "What safety costs: CCRO-safe takes, against CCRO as published, × 1.30 [1.20–1.40] of its median latency, × 1.00 [1.00–1.00] of its messages, × 1.50 [1.50–1.50] of its bytes: the middle of 2 comparisons without faults and their range, times without those that were simulated.",
    );
  });

  test("counts times of simulated cells for nothing, and their bytes for something", () => {
    const virtual = { transport: "simulated" };
    const both = [cell("ccro", 18, 10, virtual), cell("ccro-safe", 18, 90, virtual)];
    const sentence = safetySentence(safetyCosts([...compared(cells), ...compared(both)]));
    match(sentence ?? "", /× 1\.30 \[1\.20–1\.40\] of its median latency/);
    match(sentence ?? "", /the middle of 3 comparisons/);
  });

  test("is nothing where one of the two did not run", () => {
    deepEqual(safetyCosts(compared([cell("pbft", 6, 10), cell("ccro", 6, 10)])), []);
    equal(safetySentence([]), undefined);
  });
});

describe("a run of the suite", () => {
  const cells = cellsOf(readSuite("crossing").grids, {});
  const found = cells.map((one) => {
    const network = Number(delayOf(one.network));
    const latency = one.protocol === "pbft" ? one.n + 5 * network : 8 + 7 * network;
    return cell(one.protocol, one.n, latency, {
      ...{ network: one.network, auth: one.auth, payload_bytes: String(one.payload) },
      ...{ f: String(one.f), transport: one.transport },
    });
  });
  const findings = findingsIn({ comparisons: compared(found), tables: noTables });

  test("compares at equal n and equal f, over HTTP, at four delays, two payloads, with and without signatures", () => {
    const sizes = new Set(cells.map(({ n, f }) => `${n} ${f}`));
    deepEqual([...sizes].sort(), ["12 3", "18 5", "6 1"]);
    equal(findings?.places.length, 2 * 3 * 4 * 2 * 2);
    ok(cells.every(({ transport, repetitions }) => transport === "http" && repetitions >= 5));
  });

  test("names the crossing in each row of its tables, for terminal and for machines", () => {
    ok(findings !== undefined);
    equal(findings.tables.length, 3);
    const [first] = findings.tables;
    equal(first?.rows.length, 16);
    ok(first?.rows.every((row) => row.length === first.columns.length));
    const text = findingsText(findings);
    match(text, /signed, 64 B .*0 ms .*overtakes between n = 6 and n = 12/);
    match(text, /5 ms .*≈ × 1\.00 .*never overtakes in this range, not distinguishable at n = 18/);
    const json = findingsJson(findings);
    equal(json.ratios.length, 96);
    equal(JSON.stringify(json).includes("null"), false);
    ok(json.crossings.every(({ sentence }) => sentence.endsWith(".")));
  });

  test("draws a chart for each pair, the same each time", () => {
    ok(findings !== undefined);
    const charts = crossingCharts(findings);
    deepEqual(
      charts.map(({ name }) => name),
      ["crossing-ccro-over-pbft", "crossing-ccro-safe-over-pbft"],
    );
    for (const { svg } of charts) ok(svg.includes("20 ms one way") && svg.includes("unsigned"));
    deepEqual(crossingCharts(findings), charts);
  });
});
