import { deepEqual, equal, match, throws } from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvFormat, csvParse } from "d3-dsv";
import { afterEach, beforeEach, describe, test } from "vitest";
import { cellsOf } from "../experiment.ts";
import { createManifest, withEnd, withSession } from "../results/manifest.ts";
import { compareResults } from "./comparison.ts";
import { failuresIn, parseLimit } from "./limits.ts";
import { readResults } from "./read-results.ts";
import { type SampleCell, summaryFile } from "./sample-file.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

const never = Number.POSITIVE_INFINITY;
const file = (name: string, cells: readonly SampleCell[]) => summaryFile(parent, name, cells);
const compare = (base: string, candidate: string, metrics = ["latency_p50_ms"]) =>
  compareResults(readResults(base), readResults(candidate), metrics);

function written(name: string, text: string): string {
  const path = join(parent, name);
  writeFileSync(path, text);
  return path;
}

describe("matching cells", () => {
  test("have the ratio of their medians, whatever their seeds were", () => {
    const base = file("base", [{ protocol: "pbft", latencies: [10, 12, 11] }]);
    const candidate = file("candidate", [{ protocol: "pbft", latencies: [22, 20, 300, 22, 24] }]);
    const { rows, matching } = compare(base, candidate);
    equal(matching.pairs.length, 1);
    const { difference, base: one, candidate: other } = rows[0] ?? {};
    deepEqual([difference?.base, difference?.candidate, difference?.ratio], [11, 22, 2]);
    deepEqual([one?.repetitions, other?.repetitions], [3, 5]);
  });

  test("that have no counterpart are named", () => {
    const base = file("base", [
      { protocol: "pbft", latencies: [1] },
      { protocol: "paxos", latencies: [1] },
    ]);
    const candidate = file("candidate", [
      { protocol: "pbft", latencies: [1] },
      { protocol: "ccro", latencies: [1] },
    ]);
    const { onlyInBase, onlyInCandidate, pairs } = compare(base, candidate).matching;
    deepEqual([onlyInBase, onlyInCandidate, pairs.length], [["paxos n=4"], ["ccro n=4"], 1]);
  });

  const ratios = [
    ["never to never is no change", [never], [never], 1],
    ["some time to never is infinite", [5], [never], never],
    ["never to some time is zero", [never], [5], 0],
    ["zero to zero is no change", [0, 0], [0], 1],
  ] as const;
  for (const [claim, before, after, ratio] of ratios) {
    test(claim, () => {
      const base = file("base", [{ protocol: "pbft", latencies: before }]);
      const candidate = file("candidate", [{ protocol: "pbft", latencies: after }]);
      equal(compare(base, candidate).rows[0]?.difference.ratio, ratio);
    });
  }

  const without = [
    ["on neither side are no row", "", "", []],
    ["on one side are no verdict", "29", "", ["no value"]],
  ] as const;
  for (const [claim, before, after, expected] of without) {
    test(`that have no value ${claim}`, () => {
      const base = file("base", [{ protocol: "pbft", latencies: [1], messages: before }]);
      const candidate = file("candidate", [{ protocol: "pbft", latencies: [2], messages: after }]);
      const { rows } = compare(base, candidate, ["messages_per_request"]);
      deepEqual(
        rows.map(({ verdict }) => verdict),
        expected,
      );
    });
  }
});

describe("a verdict", () => {
  const five = [10, 10.2, 9.9, 10.1, 10.3];
  const verdictOf = (before: SampleCell, after: SampleCell, metric: string) =>
    compare(file("base", [before]), file("candidate", [after]), [metric]).rows[0]?.verdict;
  const was = { protocol: "pbft", latencies: five };
  const rows = [
    ["latency_p50_ms", { ...was, latencies: five.map((ms) => 2 * ms) }, "slower"],
    ["latency_p50_ms", { ...was, latencies: five.map((ms) => ms / 2) }, "faster"],
    ["latency_p50_ms", { ...was, latencies: five.map((ms) => 1.03 * ms) }, "not distinguishable"],
    ["latency_p50_ms", { ...was, latencies: [100, 101] }, "not distinguishable"],
    ["messages_per_request", { ...was, messages: "58" }, "more"],
    ["messages_per_request", { ...was, messages: "20" }, "less"],
    ["messages_per_request", { ...was, safety: "violated" }, "not distinguishable"],
  ] as const;
  for (const [metric, after, verdict] of rows) {
    test(`on ${metric} of ${JSON.stringify(after)} is ${verdict}`, () => {
      equal(verdictOf(was, after, metric), verdict);
    });
  }

  test("comes with a p-value that knows how many there are", () => {
    const cells = ["pbft", "paxos", "ccro"].map((protocol) => ({ protocol, latencies: five }));
    const slower = cells.map((cell) => ({ ...cell, latencies: five.map((ms) => 2 * ms) }));
    const { rows: found } = compare(file("base", cells), file("candidate", slower));
    equal(found[0]?.difference.p?.toFixed(4), "0.0079");
    equal(found[0]?.adjustedP?.toFixed(4), "0.0238");
  });
});

describe("files made by hand", () => {
  const ours = () =>
    file("ours", [
      { protocol: "pbft", latencies: [10, 11] },
      { protocol: "pbft", n: 7, latencies: [20, 21] },
      { protocol: "ccro", latencies: [30] },
    ]);

  test("match by the key columns that they have, however they spell numbers", () => {
    const theirs = written(
      "theirs.csv",
      "\uFEFFprotocol,n,latency_p50_ms\r\npbft,4.0,21\r\npbft,7,inf\r\nraft,4,1\r\n",
    );
    const { rows, matching } = compare(ours(), theirs);
    deepEqual(
      rows.map(({ base, difference }) => [base.name, difference.ratio]),
      [
        ["pbft n=4", 2],
        ["pbft n=7", never],
      ],
    );
    deepEqual(matching.columns, ["protocol", "n"]);
    deepEqual([matching.onlyInBase, matching.onlyInCandidate], [["ccro n=4"], ["raft 4"]]);
  });

  test("are not matched where a missing column hides which cell is meant", () => {
    const theirs = written("theirs.csv", "protocol,latency_p50_ms\npbft,15\nccro,30\n");
    const { rows, matching } = compare(ours(), theirs);
    deepEqual(
      rows.map(({ base }) => base.name),
      ["ccro n=4"],
    );
    deepEqual(matching.ambiguous, ["pbft n=4"]);
  });

  test("may name the cell alone, and have a row for each request", () => {
    const base = written("a.csv", "cell,latency_ms\nx,5\nx,7\nx,9\nx,inf\n");
    const candidate = written("b.csv", "cell,latency_ms\nx,16\nx,16\n");
    const { rows } = compare(base, candidate, ["latency_p50_ms", "committed"]);
    deepEqual(
      rows.map(({ metric, difference }) => [metric, difference.base, difference.candidate]),
      [
        ["latency_p50_ms", 8, 16],
        ["committed", 3, 2],
      ],
    );
  });

  test("may have metrics of their own", () => {
    const base = written("a.csv", "protocol,watts\npbft,10\n");
    const candidate = written("b.csv", "protocol,watts\npbft,20\n");
    deepEqual(readResults(base).metrics, ["watts"]);
    equal(compare(base, candidate, ["watts"]).rows[0]?.difference.ratio, 2);
  });

  const refused = [
    ["a,b\n1,2\n", /has no key column, such as run, cell/],
    ["protocol,safety\npbft,ok\n", /has nothing to compare/],
    [
      "protocol,latency_p50_ms\npbft,12 ms\n",
      /latency_p50_ms of pbft must be a number or inf, not "12 ms"$/,
    ],
  ] as const;
  for (const [text, sentence] of refused) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const path = written("other.csv", text);
      throws(
        () => compare(path, written("ours.csv", "protocol,latency_p50_ms\npbft,1\n")),
        sentence,
      );
    });
  }

  test("without a common key column are refused", () => {
    const base = written("a.csv", "protocol,watts\npbft,10\n");
    const candidate = written("b.csv", "n,watts\n4,20\n");
    throws(() => compare(base, candidate), /have no key column in common: protocol against n$/);
  });
});

test("files of old and new versions go together: columns are found by name", () => {
  const base = file("base", [{ protocol: "pbft", latencies: [10] }]);
  const more = csvParse(readFileSync(base, "utf8")).map((row) => ({ new_column: "1", ...row }));
  equal(compare(base, written("more.csv", csvFormat(more))).rows[0]?.difference.ratio, 1);
});

test("what is no result is refused", () => {
  throws(() => readResults(parent), /is no folder of results: no summary.csv$/);
  throws(() => readResults(join(parent, "nowhere")), /there is no file or folder/);
});

describe("warnings", () => {
  const folderWith = (name: string, change: { repetitions?: number; cpu?: string }): string => {
    const folder = join(parent, name);
    mkdirSync(folder);
    const latencies = Array.from({ length: change.repetitions ?? 5 }, (_, index) => 10 + index);
    copyFileSync(file(name, [{ protocol: "pbft", latencies }]), join(folder, "summary.csv"));
    const choice = { n: [4], repetitions: change.repetitions ?? 5 };
    const cells = [...cellsOf([{ title: undefined, choice }], {})];
    const asked = {
      run: name,
      suite: "s",
      title: "t",
      mustHold: "none" as const,
      command: "",
      seed: 1,
    };
    const manifest = withEnd(withSession(createManifest({ ...asked, cells })), false);
    const sessions = manifest.sessions.map((session) => ({
      ...session,
      machine: { ...session.machine, cpu: change.cpu ?? session.machine.cpu },
    }));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, sessions }));
    return folder;
  };

  test("are none when nothing is wrong", () => {
    deepEqual(compare(folderWith("a", {}), folderWith("b", {})).warnings, []);
  });

  test("are not made of half a row that somebody left who was killed over it", () => {
    const killed = folderWith("a", {});
    const path = join(killed, "summary.csv");
    writeFileSync(path, `${readFileSync(path, "utf8")}\nkilled,pbft n=4,1,pb`);
    const { rows, warnings } = compare(killed, folderWith("b", {}));
    deepEqual([rows[0]?.base.repetitions, warnings], [5, []]);
  });

  test("tell a quick run, and that nothing is called different in it", () => {
    const { warnings } = compare(folderWith("a", {}), folderWith("b", { repetitions: 2 }));
    deepEqual(warnings, [
      "candidate ran in quick mode",
      "1 of the cells have fewer than 5 repetitions: nothing is called different there",
    ]);
  });

  test("tell another machine", () => {
    const [warning] = compare(folderWith("a", {}), folderWith("b", { cpu: "other" })).warnings;
    equal(warning, "the machines differ: times say nothing, counts do");
  });

  test("tell files without a manifest", () => {
    const base = file("base", [{ protocol: "pbft", latencies: [1] }]);
    const candidate = file("candidate", [{ protocol: "pbft", latencies: [2] }]);
    match(compare(base, candidate).warnings.join(), /without a manifest/);
  });
});

test("the same file, by whatever path or as a copy, is told, and nothing is compared", () => {
  const path = file("base", [{ protocol: "pbft", latencies: [10] }]);
  const copy = join(parent, "copy.csv");
  copyFileSync(path, copy);
  for (const other of [path, copy]) {
    const { isSameFile, rows, warnings } = compare(path, other);
    deepEqual([isSameFile, rows, warnings], [true, [], []]);
  }
});

describe("--fail-on", () => {
  const metrics = ["latency_p50_ms", "messages_per_request"];
  const failures = (rule: string, before: SampleCell, after: SampleCell) =>
    failuresIn(compare(file("base", [before]), file("candidate", [after]), metrics), [
      parseLimit(rule, metrics),
    ]);
  const was: SampleCell = { protocol: "pbft", latencies: [10] };
  const rows = [
    ["latency_p50>10%", { ...was, latencies: [10.9] }, 0],
    ["latency_p50>10%", { ...was, latencies: [11.1] }, 1],
    ["latency_p50>10%", { ...was, latencies: [never] }, 1],
    ["latency_p50<10%", { ...was, latencies: [8.9] }, 1],
    ["latency_p50_ms > 0%", { ...was, latencies: [10] }, 0],
    ["messages>0%", { ...was, messages: "30" }, 1],
    ["messages>10%", { ...was, messages: "" }, 1],
    ["safety", { ...was, safety: "violated" }, 1],
    ["safety", { ...was, latencies: [11] }, 0],
  ] as const;
  for (const [rule, after, count] of rows) {
    test(`${rule} ${count === 0 ? "lets" : "does not let"} ${JSON.stringify(after)} pass`, () => {
      equal(failures(rule, was, after).length, count);
    });
  }

  test("says when chance could have done it", () => {
    const [sentence] = failures("latency_p50>10%", was, { ...was, latencies: [20] });
    match(sentence ?? "", /× 2\.000 exceeds latency_p50>10%, not distinguishable from chance$/);
  });

  for (const text of ["latency", "latency_p50>10", "latency_p50=10%", "", ">10%"]) {
    test(`${JSON.stringify(text)} is no rule`, () => {
      throws(() => parseLimit(text), /^UsageError: --fail-on must be METRIC>PERCENT%/);
    });
  }
});

test("100,000 rows are compared, few cells or many", () => {
  const lines = (cells: number) =>
    Array.from(
      { length: 100_000 },
      (_, row) => `pbft,${4 + (row % cells)},${1 + ((row * 7919) % 1000)}`,
    );
  const csv = (column: string, cells: number) =>
    `protocol,n,${column}\n${lines(cells).join("\n")}\n`;
  for (const [column, cells] of [
    ["latency_ms", 10],
    ["latency_p50_ms", 20_000],
  ] as const) {
    const base = written("base.csv", csv(column, cells));
    const candidate = written("candidate.csv", `${csv(column, cells)}raft,4,1\n`);
    const { matching, rows } = compare(base, candidate);
    deepEqual([rows.length, matching.onlyInCandidate], [cells, ["raft 4"]]);
  }
});
