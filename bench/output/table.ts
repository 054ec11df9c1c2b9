/** Tables for people: what a suite found, on equal terms side by side. */

import type { CellSummary } from "../cell-summary.ts";
import { splitLines } from "../domains/split-text.ts";
import { excuseFor } from "../expectations.ts";
import { protocolNamed, protocolOf } from "../protocols.ts";
import { type Manifest, machinesOf } from "../results/manifest.ts";
import type { Published } from "../results/published.ts";
import { fewestRepetitions } from "../statistics/difference.ts";
import { count, figure, percent } from "./figures.ts";
import { commonRegime, loadOf, ownRegime, type Regime } from "./regime.ts";
import { type Column, left, right, terminalTable } from "./terminal-table.ts";

const columnsFor = (tails: readonly number[], isMarked: boolean) => [
  left("fault"),
  left("protocol"),
  right("n"),
  right("f"),
  right("latency ms [95 %]"),
  ...tails.map((percentile) => right(`p${percentile}`)),
  right("gap ms"),
  right("messages/formula"),
  right("posts"),
  right("KB"),
  right("signed/checked"),
  right("CPU ms"),
  right("replies"),
  left("safety"),
  left("liveness"),
  ...(isMarked ? [left("marked")] : []),
];

/** Percentiles of which at least one cell has enough samples to tell. */
const tailsOf = (summaries: readonly CellSummary[]): readonly number[] =>
  [90, 99, 99.9].filter((percentile) =>
    summaries.some(({ latencies }) => latencies.percentileMs(percentile) !== undefined),
  );

/** A run as tables: what holds for every row, a table for each group, and what the marks mean. */
export interface RunTable {
  readonly header: readonly string[];
  readonly groups: readonly {
    readonly title: string;
    readonly columns: readonly Column[];
    /** An empty first cell says that the one above holds on. */
    readonly rows: readonly (readonly string[])[];
  }[];
  readonly legend: readonly string[];
}

export function tableOf(
  manifest: Manifest,
  summaries: readonly CellSummary[],
  published: Published | undefined,
): RunTable {
  const titles = [...new Set(summaries.flatMap(({ cell }) => cell.groups))];
  const common = commonRegime(summaries.map(({ cell }) => cell));
  const tails = tailsOf(summaries);
  const isMarked = summaries.some(({ marks }) => marks.length > 0);
  const groups = titles.map((title) => {
    const members = summaries.filter(({ cell }) => cell.groups.includes(title));
    const rows = sectionsOf(members, common, published).flatMap(({ title: own, rows: ofSection }) =>
      ofSection.map((summary, index) => [
        index === 0 ? own : "",
        ...cellsOf(manifest, summary, tails),
        ...(isMarked ? [summary.marks.join(", ")] : []),
      ]),
    );
    return { title, columns: columnsFor(tails, isMarked), rows };
  });
  return {
    header: headerOf(manifest, common, summaries),
    groups,
    legend: legendOf(manifest, summaries),
  };
}

export function printTables(
  manifest: Manifest,
  summaries: readonly CellSummary[],
  published: Published | undefined,
): string {
  const { header, groups, legend } = tableOf(manifest, summaries, published);
  const tables = groups.map(
    ({ title, columns, rows }) => `${title}\n${terminalTable(columns, rows)}`,
  );
  return [header.join("\n"), ...tables, legend.join("\n")].join("\n\n");
}

function headerOf(
  manifest: Manifest,
  common: Regime,
  summaries: readonly CellSummary[],
): readonly string[] {
  const cores = [...new Set(machinesOf(manifest).map((machine) => machine.cores))].join(" or ");
  const repetitions = summaries.map((summary) => summary.repetitions);
  const [fewest, most] = [Math.min(...repetitions), Math.max(...repetitions)];
  const quick =
    fewest < fewestRepetitions ? ` · quick: fewer than ${fewestRepetitions} repetitions` : "";
  const span = fewest === most ? `${most}` : `${fewest} to ${most}`;
  return [
    `${manifest.title} · ${manifest.run}`,
    `all nodes share ${cores} cores · ${span} repetitions, interleaved · seed ${manifest.seed}${quick}`,
    `${[...common.values()].join(" · ")} · ${loadOf(summaries.map(({ cell }) => cell))}`,
    ...splitLines(summaries.map(({ cell }) => cell)),
  ];
}

interface Section {
  readonly title: string;
  readonly rows: readonly CellSummary[];
}

/** Rows that differ in protocol and size only stand together, beside what was published for any of them. */
function sectionsOf(
  summaries: readonly CellSummary[],
  common: Regime,
  published: Published | undefined,
): readonly Section[] {
  const sections = new Map<string, CellSummary[]>();
  for (const summary of summaries) {
    const own = ownRegime(summary.cell, common).join(" · ");
    sections.set(own, [...(sections.get(own) ?? []), summary]);
  }
  return [...sections].map(([own, rows]) => {
    const besides = new Set(rows.flatMap(({ cell }) => published?.besides(cell) ?? []));
    return { title: [own, ...besides].join(" · "), rows };
  });
}

function cellsOf(
  { mustHold }: Manifest,
  summary: CellSummary,
  tails: readonly number[],
): readonly string[] {
  const { cell, safety, liveness } = summary;
  const isExcused = excuseFor(cell, mustHold) !== undefined;
  const marked = (verdict: string) =>
    verdict === "ok" ? verdict : `${verdict} ${isExcused ? "*" : "!"}`;
  const cost = (column: string) => count(summary.median(column));
  const bytes = summary.median("bytes_per_request");
  return [
    protocolOf(cell).title,
    String(cell.n),
    String(cell.f),
    latencyOf(summary),
    ...tails.map((percentile) => figure(summary.latencies.percentileMs(percentile))),
    figure(summary.median("longest_gap_ms")),
    messagesOf(summary),
    cost("posts_per_request"),
    figure(bytes === undefined ? undefined : bytes / 1000),
    `${cost("signatures_per_request")} / ${cost("verifications_per_request")}`,
    figure(summary.median("cpu_ms_per_request")),
    ["correct", "corrupt", "missing"].map(cost).join(" / "),
    marked(safety),
    marked(liveness),
  ];
}

function latencyOf(summary: CellSummary): string {
  const median = summary.median("latency_p50_ms");
  const interval = summary.interval("latency_p50_ms");
  const spread =
    interval === undefined ? "" : ` [${figure(interval.low)}–${figure(interval.high)}]`;
  const { lostShare } = summary.latencies;
  const lost = lostShare === 0 ? "" : ` (${percent(lostShare)} lost)`;
  return `${figure(median)}${spread}${lost}`;
}

/** In a quiet run the measured count must be the formula's; `≠` says that it is not. */
function messagesOf({ cell, median }: CellSummary): string {
  const expected = Object.values(protocolOf(cell).expectedMessages(cell.n));
  const formula = expected.reduce((sum, messages) => sum + messages, 0);
  const measured = median("messages_per_request");
  // With domains the formula is for one client: others share the turns that one would pay for alone.
  const isAlone = cell.domains === 1 || cell.clients === 1;
  const isQuiet = cell.fault === "none" && cell.batch === 1 && isAlone;
  const sign = !isQuiet || measured === undefined ? "/" : measured === formula ? "=" : "≠";
  return `${count(measured)} ${sign} ${count(formula)}`;
}

function legendOf(manifest: Manifest, summaries: readonly CellSummary[]): readonly string[] {
  const notHeld = summaries.flatMap(({ cell, safety, liveness }) => {
    if (safety === "ok" && liveness === "ok") return [];
    const excuse = excuseFor(cell, manifest.mustHold);
    return excuse === undefined ? [] : [`${protocolNamed(cell.protocol).title}: ${excuse}`];
  });
  return [
    "Figures are per accepted request: medians over repetitions, latency with its 95 % interval.",
    "gap: longest time without an acceptance, warm-up included · messages/formula: = where a quiet run must agree",
    "KB: bytes sent / 1000 · replies: correct / corrupt / missing at the client",
    ...(notHeld.length === 0 ? [] : [`* not held to it: ${[...new Set(notHeld)].join("; ")}`]),
  ];
}
