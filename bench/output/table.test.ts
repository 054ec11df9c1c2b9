import { equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import { summarise } from "../cell-summary.ts";
import { cellsOf } from "../experiment.ts";
import type { Choice } from "../options/choice.ts";
import { createManifest, withEnd, withSession } from "../results/manifest.ts";
import type { TextRow } from "../results/result-folder.ts";
import { printTables } from "./table.ts";

const good = { messages_per_request: "29", safety: "ok", liveness: "ok", correct: "4" };

/** The tables for one cell, with a row in the summary for each repetition. */
function printed(
  rows: readonly Readonly<Record<string, string>>[],
  choice: Choice = {},
  latencies: readonly string[] = [],
): string {
  const cells = cellsOf([{ title: undefined, choice: { n: [4], ...choice } }], {});
  const cell = cells[0]?.name ?? "";
  const summaries: TextRow[] = rows.map((row, index) => ({
    cell,
    repetition: String(index + 1),
    ...good,
    ...row,
  }));
  const requests = latencies.map((latency_ms) => ({ cell, repetition: "1", latency_ms }));
  const manifest = createManifest({
    ...{ run: "r", suite: "s", title: "A question", mustHold: "promised", command: "", seed: 7 },
    cells: [...cells],
  });
  return printTables(
    withEnd(withSession(manifest), false),
    summarise(cells, summaries, requests),
    undefined,
  );
}

const five = (row: Readonly<Record<string, string>> = {}) => Array.from({ length: 5 }, () => row);

test("a quiet run whose count is not the formula's is marked", () => {
  match(printed(five()), /29 = 29/);
  match(printed(five({ messages_per_request: "30" })), /30 ≠ 29/);
  match(printed(five({ messages_per_request: "22" }), { fault: ["offline@1"] }), /22 \/ 29/);
});

test("the worst verdict speaks for the cell, with an exclamation mark where it had to hold", () => {
  const rows = [...five(), { safety: "violated" }];
  match(printed(rows), /violated !/);
  match(printed(rows, { fault: ["malicious@2"] }), /violated \*/);
  match(printed([...five(), { liveness: "stalled" }]), /stalled !/);
  match(printed([...five(), { safety: "vacuous" }]), /vacuous !/);
});

test("a repetition that marks itself marks its cell, in a column that is not there otherwise", () => {
  const marked = printed([...five({ validity: "ok" }), { validity: "not steady; rate not met" }]);
  match(marked, /marked/);
  match(marked, /not steady, rate not met/);
  ok(!/marked/.test(printed(five({ validity: "ok" }))));
});

test("the median over repetitions stands with its interval", () => {
  const rows = ["10", "12", "11", "10.5", "30"].map((latency_p50_ms) => ({ latency_p50_ms }));
  match(printed(rows), / 11 \[10–30\] /);
});

test("a lost share is told, and a median that never came is infinite", () => {
  const text = printed(five({ latency_p50_ms: "inf" }), {}, ["1", "inf", "inf", "inf"]);
  match(text, /∞ \[∞–∞\] \(75\.0 % lost\)/);
});

test("fewer than five repetitions are quick", () => {
  equal(printed(five()).includes("quick"), false);
  match(printed([{}, {}]), /2 repetitions, interleaved · seed 7 · quick: fewer than 5 repetitions/);
});

test("tails are told once a hundred samples lie beyond", () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => String(index + 1));
  const text = printed(five(), {}, thousand);
  match(text, /│p90 │/);
  equal(text.includes("p99"), false);
  equal(printed(five(), {}, thousand.slice(1)).includes("p90"), false);
});

test("the regime stands above, and what differs between rows in them", () => {
  const text = printed(five());
  match(text, /http, in-process · ed25519 · echo, 64 bytes of payload · batch 1/);
  match(text, /20 requests after 3 · time-out 500 \+ 0\.75 n² ms/);
  match(printed(five(), { timeout: 300 }), /time-out 300 ms/);
  ok(printed(five(), { auth: ["none"] }).includes("no signatures"));
});
