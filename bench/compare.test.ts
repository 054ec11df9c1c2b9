import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvFormat, csvParse } from "d3-dsv";
import { afterEach, beforeEach, describe, test } from "vitest";
import { requestColumns, summaryColumns } from "./columns.ts";
import { compareResults, failuresIn, metricNamed, parseLimit } from "./compare.ts";
import { readResults } from "./compare-input.ts";
import { printComparison } from "./compare-report.ts";
import { cellsOf } from "./experiment.ts";
import { createManifest, withEnd, withSession } from "./manifest.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

interface Given {
  readonly protocol: string;
  readonly latencies: readonly number[];
  readonly safety?: string;
  readonly messages?: string;
}

/** A summary file with a repetition for each latency. */
function summaryFile(name: string, cells: readonly Given[]): string {
  const rows: Record<string, string>[] = cells.flatMap(
    ({ protocol, latencies, safety = "ok", messages = "29" }) =>
      latencies.map((latency, index) => ({
        ...Object.fromEntries(summaryColumns.map((column) => [column, ""])),
        run: name,
        cell: `${protocol} n=4`,
        protocol,
        n: "4",
        repetition: String(index + 1),
        seed: String(index + 1),
        latency_p50_ms: latency === Number.POSITIVE_INFINITY ? "inf" : String(latency),
        messages_per_request: messages,
        safety,
        liveness: "ok",
      })),
  );
  const path = join(parent, `${name}.csv`);
  writeFileSync(path, csvFormat(rows, [...summaryColumns]));
  return path;
}

const compare = (base: string, candidate: string, metrics = ["latency_p50_ms"]) =>
  compareResults(readResults(base), readResults(candidate), metrics);

describe("matching cells", () => {
  test("have the ratio of their medians, whatever their seeds were", () => {
    const base = summaryFile("base", [{ protocol: "pbft", latencies: [10, 12, 11] }]);
    const candidate = summaryFile("candidate", [
      { protocol: "pbft", latencies: [22, 20, 300, 22, 24] },
    ]);
    const { pairs, matched } = compare(base, candidate);
    equal(matched, 1);
    const [pair] = pairs;
    deepEqual([pair?.base, pair?.candidate, pair?.ratio], [11, 22, 2]);
    deepEqual([pair?.baseRepetitions, pair?.candidateRepetitions], [3, 5]);
  });

  test("that have no counterpart are named", () => {
    const base = summaryFile("base", [
      { protocol: "pbft", latencies: [1] },
      { protocol: "paxos", latencies: [1] },
    ]);
    const candidate = summaryFile("candidate", [
      { protocol: "pbft", latencies: [1] },
      { protocol: "ccro", latencies: [1] },
    ]);
    const { onlyInBase, onlyInCandidate, matched } = compare(base, candidate);
    deepEqual([onlyInBase, onlyInCandidate, matched], [["paxos n=4"], ["ccro n=4"], 1]);
  });

  const ratios = [
    ["never to never is no change", [Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY], 1],
    ["some time to never is infinite", [5], [Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
    ["never to some time is zero", [Number.POSITIVE_INFINITY], [5], 0],
    ["zero to zero is no change", [0], [0], 1],
  ] as const;
  for (const [claim, before, after, ratio] of ratios) {
    test(claim, () => {
      const base = summaryFile("base", [{ protocol: "pbft", latencies: before }]);
      const candidate = summaryFile("candidate", [{ protocol: "pbft", latencies: after }]);
      equal(compare(base, candidate).pairs[0]?.ratio, ratio);
    });
  }

  test("without a value have no ratio", () => {
    const base = summaryFile("base", [{ protocol: "pbft", latencies: [1], messages: "" }]);
    const [pair] = compare(base, base, ["messages_per_request"]).pairs;
    deepEqual([pair?.base, pair?.ratio], [undefined, undefined]);
  });
});

test("requests.csv is read as well as summary.csv", () => {
  const rows: Record<string, string>[] = [5, 7, 9, Number.POSITIVE_INFINITY].map(
    (latency, index) => ({
      ...Object.fromEntries(requestColumns.map((column) => [column, ""])),
      run: "one",
      cell: "pbft n=4",
      protocol: "pbft",
      n: "4",
      repetition: "1",
      request: String(index + 1),
      latency_ms: latency === Number.POSITIVE_INFINITY ? "inf" : String(latency),
      outcome: latency === Number.POSITIVE_INFINITY ? "timeout" : "committed",
    }),
  );
  const path = join(parent, "requests.csv");
  writeFileSync(path, csvFormat(rows, [...requestColumns]));
  const { pairs } = compare(path, path, ["latency_p50_ms", "committed"]);
  deepEqual(
    pairs.map(({ metric, base }) => [metric, base]),
    [
      ["latency_p50_ms", 8],
      ["committed", 3],
    ],
  );
});

test("files of old and new versions go together: columns are found by name", () => {
  const base = summaryFile("base", [{ protocol: "pbft", latencies: [10] }]);
  const more = csvParse(readFileSync(base, "utf8")).map((row) => ({ new_column: "1", ...row }));
  const path = join(parent, "more.csv");
  writeFileSync(path, csvFormat(more));
  equal(compare(base, path).pairs[0]?.ratio, 1);
});

test("what is no result is refused", () => {
  const path = join(parent, "other.csv");
  writeFileSync(path, "a,b\n1,2\n");
  throws(
    () => readResults(path),
    /is neither a summary.csv nor a requests.csv: it has no column protocol$/,
  );
  throws(() => readResults(parent), /is no folder of results: no summary.csv$/);
  throws(() => readResults(join(parent, "nowhere")), /there is no file or folder/);
});

describe("warnings", () => {
  const folderWith = (name: string, change: { repetitions?: number; cpu?: string }): string => {
    const folder = join(parent, name);
    mkdirSync(folder);
    const file = summaryFile(name, [{ protocol: "pbft", latencies: [10] }]);
    writeFileSync(join(folder, "summary.csv"), readFileSync(file));
    const choice = { n: [4], repetitions: change.repetitions ?? 5 };
    const cells = [...cellsOf([{ title: undefined, choice }], {})];
    const asked = {
      run: name,
      suite: "s",
      title: "t",
      mustHold: "none" as const,
      command: "",
      seed: 1,
      cells,
    };
    const manifest = withEnd(withSession(createManifest(asked)), false);
    const sessions = manifest.sessions.map((session) => ({
      ...session,
      machine: { ...session.machine, cpu: change.cpu ?? session.machine.cpu },
    }));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, sessions }));
    return folder;
  };

  test("there are none for two full runs on one machine", () => {
    deepEqual(compare(folderWith("a", {}), folderWith("b", {})).warnings, []);
  });

  test("tell a quick run", () => {
    const [warning] = compare(folderWith("a", {}), folderWith("b", { repetitions: 2 })).warnings;
    equal(warning, "candidate quick: too few repetitions to tell noise from change");
  });

  test("tell another machine", () => {
    const [warning] = compare(folderWith("a", {}), folderWith("b", { cpu: "other" })).warnings;
    equal(warning, "the machines differ: times say nothing, counts do");
  });

  test("tell the same file", () => {
    const folder = folderWith("a", {});
    deepEqual(compare(folder, folder).warnings, ["base and candidate are the same file"]);
  });

  test("tell files without a manifest", () => {
    const base = summaryFile("base", [{ protocol: "pbft", latencies: [1] }]);
    const candidate = summaryFile("candidate", [{ protocol: "pbft", latencies: [1] }]);
    match(compare(base, candidate).warnings[0] ?? "", /without a manifest/);
  });
});

describe("--fail-on", () => {
  const failures = (rule: string, before: Given, after: Given) => {
    const comparison = compare(summaryFile("base", [before]), summaryFile("candidate", [after]), [
      "latency_p50_ms",
      "messages_per_request",
    ]);
    return failuresIn(comparison, [parseLimit(rule)], [rule]);
  };
  const was: Given = { protocol: "pbft", latencies: [10] };
  const rows = [
    ["latency_p50>10%", { ...was, latencies: [10.9] }, 0],
    ["latency_p50>10%", { ...was, latencies: [11.1] }, 1],
    ["latency_p50>10%", { ...was, latencies: [Number.POSITIVE_INFINITY] }, 1],
    ["latency_p50<10%", { ...was, latencies: [8.9] }, 1],
    ["latency_p50_ms > 0%", { ...was, latencies: [10] }, 0],
    ["messages>0%", { ...was, messages: "30" }, 1],
    ["safety", { ...was, safety: "violated" }, 1],
    ["safety", was, 0],
  ] as const;
  for (const [rule, after, count] of rows) {
    test(`${rule} ${count === 0 ? "lets" : "does not let"} ${JSON.stringify(after)} pass`, () => {
      equal(failures(rule, was, after).length, count);
    });
  }

  for (const text of ["latency", "latency_p50>10", "latency_p50=10%", "", ">10%"]) {
    test(`${JSON.stringify(text)} is no rule`, () => {
      throws(() => parseLimit(text), /^UsageError: --fail-on must be METRIC>PERCENT%/);
    });
  }
});

test("a metric is found with or without its unit, another is told with those there are", () => {
  equal(metricNamed("latency_p50"), "latency_p50_ms");
  equal(metricNamed("messages"), "messages_per_request");
  equal(metricNamed("rss_max_mb"), "rss_max_mb");
  throws(
    () => metricNamed("latency_p5O"),
    /there is no metric latency_p5O, only .*: did you mean latency_p50_ms\?$/,
  );
});

describe("a report", () => {
  const report = (format: "table" | "markdown" | "csv" | "json") => {
    const base = summaryFile("base", [
      { protocol: "pbft", latencies: [10] },
      { protocol: "paxos", latencies: [1] },
    ]);
    const candidate = summaryFile("candidate", [{ protocol: "pbft", latencies: [15] }]);
    return printComparison(compare(base, candidate), ["pbft n=4 is too slow"], format);
  };

  test("as a table has the ratio, what has no counterpart, warnings and failures", () => {
    const text = report("table");
    match(text, /pbft n=4 +│latency_p50_ms +│ +10 │ +15 │ *× 1\.500 │/);
    match(text, /Only in base: paxos n=4/);
    match(text, /Failed: pbft n=4 is too slow/);
  });

  test("as Markdown is a table, too", () => {
    match(
      report("markdown"),
      /^\| cell \| metric \|.*\n\|---.*\n\| pbft n=4 \| latency_p50_ms \| 10 \| 15 \| × 1\.500 \|\n/,
    );
  });

  test("as CSV has a row for each pair and metric", () => {
    const [row, ...others] = csvParse(report("csv"));
    equal(others.length, 0);
    deepEqual(
      [row?.["protocol"], row?.["metric"], row?.["ratio"]],
      ["pbft", "latency_p50_ms", "1.5"],
    );
  });

  test("as JSON has all of it", () => {
    const { pairs, onlyInBase, failures } = JSON.parse(report("json"));
    deepEqual(
      [pairs[0].ratio, onlyInBase, failures],
      [1.5, ["paxos n=4"], ["pbft n=4 is too slow"]],
    );
  });
});
