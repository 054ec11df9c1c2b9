/** A report: one page that needs nothing but itself; the question, the answer, then what they stand on. */

import type { Chart } from "../charts/drawing.ts";
import { titleOf } from "../charts/palette.ts";
import { faultWords } from "../charts/points.ts";
import type { Findings } from "../crossing/findings.ts";
import { domainColumns, domainLegend, domainRows, domainTitle } from "../domains/domain-table.ts";
import { excuseFor } from "../expectations.ts";
import { figure, pValue, ratioWords } from "../output/figures.ts";
import { commonRegime, loadOf } from "../output/regime.ts";
import { tableOf } from "../output/table.ts";
import type { PaperFigure } from "../paper/figures.ts";
import { aboutPaper, paperSentences } from "../paper/paper-files.ts";
import { verdictSentences } from "../paper/verdicts.ts";
import { answerOf } from "./answer.ts";
import { type Content, element, htmlTable, type Markup, markupOf, trusted } from "./html.ts";
import { processTable } from "./process-table.ts";
import { manifestSection, repeatSection } from "./provenance.ts";
import type { RunData } from "./run-data.ts";
import { style } from "./style.ts";

export function reportPage(
  data: RunData,
  charts: readonly Chart[],
  figures: readonly PaperFigure[] = [],
  findings?: Findings,
): string {
  const { manifest } = data;
  const head = element(
    "head",
    {},
    trusted('<meta charset="utf-8">'),
    trusted('<meta name="viewport" content="width=device-width, initial-scale=1">'),
    element("title", {}, `${manifest.title} · ${manifest.run}`),
    element("style", {}, trusted(style)),
  );
  const body = element(
    "body",
    {},
    element("header", {}, element("h1", {}, manifest.title), regimeLine(data)),
    element(
      "main",
      {},
      section(
        "Answer",
        element(
          "ul",
          { class: "answer" },
          answerOf(data).map((text) => element("li", {}, text)),
        ),
      ),
      ...(figures.length === 0 ? [] : [paperSection(figures, data)]),
      ...(findings === undefined ? [] : [findingsSection(findings)]),
      ...domainSection(data),
      section("Verdicts", verdictTable(data), verdictList(data)),
      section("Figures", figureTables(data)),
      ...processSection(data),
      section("Comparisons", comparisonTable(data)),
      section("Charts", charts.map(chartFigure)),
      section("Regime", regimeList(data)),
      manifestSection(data),
      repeatSection(data),
    ),
  );
  return `<!doctype html>\n${markupOf(element("html", { lang: "en" }, head, body))}\n`;
}

export const section = (title: string, ...content: readonly Content[]): Markup =>
  element("section", {}, element("h2", {}, title), content);

/** What was published, and whether it holds here. */
function paperSection(figures: readonly PaperFigure[], data: RunData): Markup {
  const texts = [...paperSentences(figures), ...verdictSentences(data)];
  const sentences = texts.map((text) => element("li", {}, text));
  return section(
    "The paper's figures",
    element("ul", {}, sentences),
    element("p", { class: "note" }, aboutPaper),
  );
}

/** None where no cell is divided. */
function domainSection({ summaries }: RunData): readonly Markup[] {
  const rows = domainRows(summaries);
  if (rows.length === 0) return [];
  const legend = element("p", { class: "note" }, domainLegend);
  return [section("Domains", htmlTable(domainTitle, domainColumns, rows), legend)];
}

/** Where one protocol overtakes another, and what safety costs. */
function findingsSection({ crossings, tables, sentences }: Findings): Markup {
  return section(
    crossings.length > 0 ? "Crossing points" : "What safety costs",
    element(
      "ul",
      {},
      sentences.map((text) => element("li", {}, text)),
    ),
    tables.map(({ title, columns, rows }) => htmlTable(title, columns, rows)),
  );
}

/** Older folders have no such file. */
function processSection({ processes, summaries }: RunData): readonly Markup[] {
  const table = processTable(processes, summaries);
  return table === undefined ? [] : [section("Processes", table)];
}

function regimeLine({ manifest, summaries, hasManifest }: RunData): Markup {
  const [, ...lines] = tableOf(manifest, summaries, undefined).header;
  const quick = manifest.isQuick ? "Quick: too few repetitions to call anything different. " : "";
  const known = hasManifest
    ? lines.join(" · ")
    : "There is no manifest: machine, time-outs and warm-up are not known.";
  return element("p", { class: "regime" }, `${quick}${known}`);
}

/** How many cells of each protocol got which verdict. */
function verdictTable({ summaries }: RunData): Markup {
  const protocols = [...new Set(summaries.map(({ cell }) => cell.protocol))];
  const safeties = ["ok", "violated", "vacuous", "invalid"];
  const livenesses = ["ok", "stalled", "lost"];
  const columns = [
    { title: "protocol", align: "left" as const },
    { title: "cells", align: "right" as const },
    ...safeties.map((word) => ({ title: `safety ${word}`, align: "right" as const })),
    ...livenesses.map((word) => ({ title: `liveness ${word}`, align: "right" as const })),
  ];
  const rows = protocols.map((protocol) => {
    const own = summaries.filter(({ cell }) => cell.protocol === protocol);
    const count = (column: "safety" | "liveness", word: string) =>
      String(own.filter((summary) => summary[column] === word).length);
    return [
      titleOf(protocol),
      String(own.length),
      ...safeties.map((word) => count("safety", word)),
      ...livenesses.map((word) => count("liveness", word)),
    ];
  });
  return htmlTable("Verdicts by protocol: the worst repetition speaks for its cell", columns, rows);
}

/** Every cell that was not safe and live: why, whether that was to be expected, and how to see it again. */
function verdictList({ summaries, manifest, notes }: RunData): Content {
  const bad = summaries.filter(({ safety, liveness }) => safety !== "ok" || liveness !== "ok");
  if (bad.length === 0) return element("p", { class: "good" }, "All cells were safe and live.");
  const columns = ["cell", "safety", "liveness", "expected?", "why", "see it again"].map(
    (title) => ({
      title,
      align: "left" as const,
    }),
  );
  const rows = bad.map(({ cell, safety, liveness }) => {
    const note = notes.find((noted) => noted.cell === cell.name);
    const excuse = excuseFor(cell, manifest.mustHold);
    const expected =
      excuse === undefined
        ? element("span", { class: "bad" }, "no: it was promised")
        : element("span", { class: "expected" }, `yes: ${excuse}`);
    return [
      cell.name,
      verdictWord(safety),
      verdictWord(liveness),
      expected,
      note?.reasons[0] ?? "–",
      element("code", {}, note?.repeat ?? "–"),
    ];
  });
  return htmlTable("Cells that were not safe and live", columns, rows);
}

const verdictWord = (verdict: string): Markup =>
  element("span", { class: verdict === "ok" ? "good" : "bad" }, verdict);

function figureTables({ manifest, summaries, published }: RunData): Content {
  const { groups, legend } = tableOf(manifest, summaries, published);
  return [
    groups.map(({ title, columns, rows }) => {
      let above = "";
      const filled = rows.map(([first = "", ...cells]) => {
        // Where a terminal leaves a cell empty, a screen reader would hear nothing.
        above = first === "" ? above : first;
        return [above === "" ? "as all" : above, ...cells];
      });
      return htmlTable(title, columns, filled);
    }),
    legend.map((line) => element("p", { class: "note" }, line)),
  ];
}

function comparisonTable({ comparisons }: RunData): Content {
  if (comparisons.length === 0) {
    return element(
      "p",
      {},
      "No two protocols ran under the same conditions at equal n or equal f.",
    );
  }
  const left = ["candidate", "base", "fault", "terms", "metric"];
  const right = ["base", "candidate", "ratio [95 %]", "Cliff's δ", "p (Holm)"];
  const columns = [
    ...left.map((title) => ({ title, align: "left" as const })),
    ...right.map((title) => ({ title, align: "right" as const })),
    { title: "verdict on the candidate", align: "left" as const },
  ];
  const rows = comparisons.map(
    ({ base, candidate, terms, metric, difference, adjustedP, verdict }) => [
      `${titleOf(candidate.keys["protocol"] ?? "")} n=${candidate.keys["n"]}`,
      `${titleOf(base.keys["protocol"] ?? "")} n=${base.keys["n"]}`,
      faultWords(base.keys["fault"]),
      terms,
      metric,
      figure(difference.base),
      figure(difference.candidate),
      ratioWords(difference.ratio, difference.interval),
      difference.delta === undefined ? "–" : difference.delta.toFixed(2),
      pValue(adjustedP),
      verdict,
    ],
  );
  return [
    htmlTable("Protocols against each other, on equal terms", columns, rows),
    element(
      "p",
      { class: "note" },
      "Ratio: candidate over base, of medians over repetitions. A difference is called one only when the 95 % interval of the ratio excludes 1, it is over 5 %, and both sides have five repetitions.",
    ),
  ];
}

function chartFigure({ name, description, svg }: Chart): Markup {
  return element("figure", { id: name }, trusted(svg), element("figcaption", {}, description));
}

function regimeList({ summaries, hasManifest }: RunData): Content {
  const cells = summaries.map(({ cell }) => cell);
  const words = [...commonRegime(cells).values(), ...(hasManifest ? [loadOf(cells)] : [])];
  return [
    element(
      "p",
      {},
      "What all cells have in common; what differs stands in the rows of the tables.",
    ),
    element(
      "ul",
      {},
      words.map((word) => element("li", {}, word)),
    ),
  ];
}
