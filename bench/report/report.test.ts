import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvFormat, csvParse } from "d3-dsv";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { runCli } from "../cli.ts";
import type { TextRow } from "../results/result-folder.ts";
import { parseSuite } from "../suite.ts";
import { startRun } from "../suite-run.ts";
import { readRun } from "./run-data.ts";
import { writeReport } from "./write-report.ts";

let parent = "";
let run = "";

const suite = `
title: What does CCRO buy, and what does it cost?
transport: simulated
protocol: [pbft, ccro]
n: [4, 7]
fault: [none, equivocating@commander]
requests: 5
warmup: 1
repetitions: 2
timeout: 100
`;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), "quorumlab-"));
  run = join(parent, "run");
  const options = { flags: {}, out: run, command: "run small" };
  await startRun(parseSuite(suite, "small.yaml"), options, new AbortController().signal);
});
afterAll(() => {
  rmSync(parent, { recursive: true });
});

const copyOf = (name: string): string => {
  const folder = join(parent, name);
  cpSync(run, folder, { recursive: true });
  return folder;
};

/** Paths and texts of all that a report writes. */
function writtenIn(folder: string): ReadonlyMap<string, string> {
  const charts = readdirSync(join(folder, "charts")).map((file) => `charts/${file}`);
  const files = ["comparison.csv", "report.html", ...charts];
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

const pageOf = (folder: string) =>
  parseHTML(readFileSync(join(folder, "report.html"), "utf8")).document;
const textsOf = (elements: Iterable<{ readonly textContent: string | null }>) =>
  [...elements].map(({ textContent }) => String(textContent));

/** The same folder with every value of a column changed. */
function changed(
  name: string,
  column: string,
  change: (value: string, row: TextRow) => string,
): string {
  const folder = copyOf(name);
  const path = join(folder, "summary.csv");
  const rows = csvParse(readFileSync(path, "utf8"));
  const fresh = rows.map((row) => ({ ...row, [column]: change(row[column] ?? "", row) }));
  writeFileSync(path, `${csvFormat(fresh, rows.columns)}\n`);
  writeReport(folder);
  return folder;
}

describe("a run", () => {
  test("leaves comparison.csv, charts and report.html behind", () => {
    const files = [...writtenIn(run).keys()];
    for (const file of ["comparison.csv", "report.html", "charts/cost-by-kind.svg"]) {
      ok(files.includes(file), `${file} in ${files}`);
    }
  });

  test("has a row in comparison.csv for each pair and metric, with key columns first", () => {
    const rows = csvParse(readFileSync(join(run, "comparison.csv"), "utf8"));
    deepEqual(rows.columns.slice(0, 5), ["run", "cell", "repetition", "protocol", "n"]);
    const messages = rows.filter(
      ({ metric, fault }) => metric === "messages_per_request" && fault === "none",
    );
    deepEqual(
      messages.map((row) => [
        row["cell"],
        row["base_cell"],
        row["terms"],
        row["base"],
        row["candidate"],
        row["verdict"],
      ]),
      [
        [
          "ccro n=4 transport=simulated",
          "pbft n=4 transport=simulated",
          "equal n",
          "29",
          "16",
          "less",
        ],
        [
          "ccro n=7 transport=simulated",
          "pbft n=4 transport=simulated",
          "equal f",
          "29",
          "34",
          "more",
        ],
        [
          "ccro n=7 transport=simulated",
          "pbft n=7 transport=simulated",
          "equal n",
          "92",
          "34",
          "less",
        ],
      ],
    );
  });
});

describe("report", () => {
  test("makes all of it again from the CSV files, to the byte", () => {
    const before = writtenIn(run);
    const folder = copyOf("run-again");
    for (const file of before.keys()) rmSync(join(folder, file));
    writeReport(folder);
    deepEqual(writtenIn(folder), before);
  });

  test("needs no manifest, and says that there was none", () => {
    const folder = copyOf("carried");
    rmSync(join(folder, "manifest.json"));
    writeReport(folder);
    match(pageOf(folder).querySelector(".regime")?.textContent ?? "", /There is no manifest/);
    const rows = csvParse(readFileSync(join(folder, "comparison.csv"), "utf8"));
    equal(rows.length, csvParse(readFileSync(join(run, "comparison.csv"), "utf8")).length);
  });

  test("removes charts that have nothing to show any more", () => {
    const folder = copyOf("fewer");
    rmSync(join(folder, "messages.csv"));
    writeReport(folder);
    equal(existsSync(join(folder, "charts/cost-by-kind.svg")), false);
  });

  test("is a command, and refuses what is no result", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    equal(await runCli(["report", run, "--json"]), 0);
    const { files } = JSON.parse(String(log.mock.calls[0]?.[0]));
    ok(files.includes("report.html"));
    equal(await runCli(["report", parent]), 2);
    match(
      String(error.mock.calls[0]?.[0]),
      /is no folder of results: there is no summary\.csv in it$/,
    );
    vi.restoreAllMocks();
    process.exitCode = 0;
  });
});

describe("the page", () => {
  test("asks the question, answers it, and gives verdicts before figures", () => {
    const document = pageOf(run);
    equal(document.querySelector("h1")?.textContent, "What does CCRO buy, and what does it cost?");
    deepEqual(textsOf(document.querySelectorAll("h2")), [
      "Answer",
      "Verdicts",
      "Figures",
      "Processes",
      "Comparisons",
      "Charts",
      "Regime",
      "Manifest",
      "How to repeat",
    ]);
  });

  test("shows what each process spent; the bench's and all nodes' where they share one", () => {
    const table = [...pageOf(run).querySelectorAll("table")].find(
      (one) => one.querySelector("caption")?.textContent === "What each process spent",
    );
    const rows = [...(table?.querySelectorAll("tbody tr") ?? [])].map((row) =>
      textsOf(row.querySelectorAll("th, td")),
    );
    equal(rows.length, 8);
    const [cell, process, cpuMs] = rows[0] ?? [];
    deepEqual([cell?.startsWith("pbft n=4"), process], [true, "one: bench and all nodes"]);
    match(cpuMs ?? "", /^[\d.,]+$/);
  });

  test("answers in words that come from the rows", () => {
    const answer = textsOf(pageOf(run).querySelectorAll(".answer li")).join("\n");
    match(answer, /No cell of 8 violated safety\./);
    match(
      answer,
      /Without faults, CCRO \(n = 7\) against PBFT \(n = 7\) at equal n: .*messages less \(× 0\.37 \[0\.37–0\.37\]\)/,
    );
    match(answer, /With a fault, CCRO against PBFT, by median latency: /);
    const slower = changed("slow", "latency_p50_ms", (_, { protocol, fault }) =>
      protocol === "pbft" ? "100" : fault === "none" ? "1000" : "1",
    );
    const changedAnswer = textsOf(pageOf(slower).querySelectorAll(".answer li")).join("\n");
    match(changedAnswer, /CCRO \(n = 7\) against PBFT \(n = 7\) at equal n: median latency slower/);
    match(changedAnswer, /by median latency: faster in 3 of 3 comparisons, slower in 0/);
  });

  test("says where safety was violated, and whether that was to be expected", () => {
    const folder = changed("broken", "safety", () => "violated");
    const document = pageOf(folder);
    match(
      document.querySelector(".answer li")?.textContent ?? "",
      /^Safety was violated in 8 cells of 8, \d of them where it was promised/,
    );
    const list = [...document.querySelectorAll("table")].find(
      (table) =>
        table.querySelector("caption")?.textContent === "Cells that were not safe and live",
    );
    equal(list?.querySelectorAll("tbody tr").length, 8);
    ok(textsOf(list?.querySelectorAll(".bad") ?? []).includes("no: it was promised"));
    ok(textsOf(list?.querySelectorAll(".expected") ?? []).some((text) => /tolerates 0/.test(text)));
  });

  test("needs nothing but itself", () => {
    const html = readFileSync(join(run, "report.html"), "utf8");
    equal(/<script|<link|<img|src=|@import|url\(/.test(html), false);
    equal(/NaN|undefined|\[object/.test(html), false);
  });

  test("can be read without eyes: language, one h1, heads, captions, named charts", () => {
    const document = pageOf(run);
    equal(document.documentElement.getAttribute("lang"), "en");
    ok((document.querySelector("title")?.textContent ?? "").length > 10);
    equal(document.querySelectorAll("h1").length, 1);
    for (const table of document.querySelectorAll("table")) {
      ok((table.querySelector("caption")?.textContent ?? "") !== "");
      ok([...table.querySelectorAll("th")].every((head) => head.getAttribute("scope") !== null));
      ok([...table.querySelectorAll("th")].every((head) => head.textContent !== ""));
    }
    const charts = [...document.querySelectorAll("figure > svg")];
    ok(charts.length >= 3);
    for (const chart of charts) {
      equal(chart.getAttribute("role"), "img");
      ok((chart.getAttribute("aria-label") ?? "") !== "");
    }
    equal(document.querySelectorAll("figcaption").length, charts.length);
  });

  test("shows titles and names from files as text, never as markup", () => {
    const evil = `<script>alert(1)</script>"'&`;
    const folder = changed("evil", "cell", (value) => `${evil}${value}`);
    rmSync(join(folder, "manifest.json"));
    const path = join(folder, "summary.csv");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(",ok,ok", ",violated,ok"));
    writeReport(folder);
    const document = pageOf(folder);
    equal(document.querySelectorAll("script").length, 0);
    ok(textsOf(document.querySelectorAll("tbody th")).some((text) => text.startsWith(evil)));
    const titled = copyOf("titled");
    const manifest = join(titled, "manifest.json");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace('"title": "What', '"title": "<script>What'),
    );
    writeReport(titled);
    equal(pageOf(titled).querySelectorAll("script").length, 0);
    match(pageOf(titled).querySelector("h1")?.textContent ?? "", /^<script>What/);
  });

  test("says how to repeat it", () => {
    const code = pageOf(run).querySelector("pre")?.textContent ?? "";
    match(code, /^npm run bench -- run small\nnpm run bench -- run --protocol pbft --n 4/);
  });
});

test("every CSV reads by the plainest rules: as many cells in each row as in the head, numbers as numbers", () => {
  for (const file of readdirSync(run).filter((name) => name.endsWith(".csv"))) {
    const rows = csvParse(readFileSync(join(run, file), "utf8"));
    const numeric = rows.columns.filter((column) =>
      /^(n|f)$|_ms$|_per_|ratio|^p$|p_holm/.test(column),
    );
    for (const row of rows) {
      equal(Object.keys(row).length, rows.columns.length, file);
      for (const column of numeric) {
        const value = row[column] ?? "";
        ok(
          value === "" || value === "inf" || Number.isFinite(Number(value)),
          `${file}: ${column} ${value}`,
        );
      }
    }
  }
});

test("what was read is what was written: the run's own data come back", () => {
  const { summaries, comparisons, hasManifest } = readRun(run);
  equal(summaries.length, 8);
  equal(hasManifest, true);
  equal(comparisons.filter(({ metric }) => metric === "latency_p50_ms").length, 6);
});
