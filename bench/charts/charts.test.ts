import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DOMParser } from "linkedom";
import { describe, test } from "vitest";
import { chartsOf } from "./charts.ts";
import type { RunTables } from "./points.ts";
import { sampleTables } from "./sample-tables.ts";

const only = (tables: RunTables) => {
  const [chart] = chartsOf(tables);
  ok(chart !== undefined, "there is a chart");
  const document = new DOMParser().parseFromString(chart.svg, "image/svg+xml");
  const texts = [...document.querySelectorAll("text")].map((text) => String(text.textContent));
  return { ...chart, document, texts };
};

const expected = [
  ["scaling", ["latency-against-n"]],
  ["load", ["latency-against-throughput"]],
  ["doses", ["dose-curve"]],
  ["requests", ["latency-distribution"]],
  ["messages", ["cost-by-kind", "measured-against-formula"]],
  ["timeline", ["recovery-timeline"]],
  ["trust", ["trust-over-rounds"]],
  ["nothing", []],
] as const;

for (const [tables, names] of expected) {
  test(`tables of ${tables} make ${names.length === 0 ? "no chart" : names.join(" and ")}`, () => {
    deepEqual(
      chartsOf(sampleTables[tables]).map(({ name }) => name),
      names,
    );
  });
}

describe("every chart", () => {
  const charts = Object.values(sampleTables).flatMap(chartsOf);

  test("is the same each time, to the byte", () => {
    const again = Object.values(sampleTables).flatMap(chartsOf);
    deepEqual(
      again.map(({ svg }) => svg),
      charts.map(({ svg }) => svg),
    );
  });

  for (const { name, title, description, svg } of charts) {
    test(`${name} stands alone, has a name and words, and draws numbers only`, () => {
      match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
      ok(svg.includes(`<title>${title}</title>`));
      ok(svg.includes("<desc>") && description.length > 60);
      equal(/NaN|undefined|Infinity|<script|<style|href=/.test(svg), false);
      ok(svg.length < 200_000, `${svg.length} bytes`);
    });
  }
});

test("latency grows on a logarithmic axis with units, intervals and a grey mark for published data", () => {
  const { texts, svg, description } = only(sampleTables.scaling);
  for (const word of [
    "latency p50 (ms)",
    "nodes n",
    "no fault",
    "offline@1",
    "31",
    "PBFT",
    "CCRO",
    "∞",
  ]) {
    ok(texts.includes(word), `${word} in ${texts}`);
  }
  ok(texts.includes("published: Somebody 2020"));
  ok(svg.includes("#8a8a8a"));
  // Bands, one for each protocol and panel at least.
  ok((svg.match(/fill-opacity="0.15"/g) ?? []).length >= 2);
  match(description, /offline@1, at n = 31: PBFT \d+ ms, CCRO \d+(\.\d)? ms\./);
});

test("latency against throughput marks the knee that is given, and no other", () => {
  match(
    only(sampleTables.load).description,
    /PBFT n=4 reaches \d+ requests per second, with its knee at 800 offered; CCRO n=4 reaches \d+ requests per second\.$/,
  );
  equal(only({ ...sampleTables.load, knees: [] }).texts.includes("knee"), false);
});

test("a distribution ends below 100 % where requests were lost", () => {
  const { document, description } = only(sampleTables.requests);
  match(description, /malicious@1: PBFT 95 %, CCRO 95 %/);
  const curves = [...document.querySelectorAll('g[stroke-width="2"] path')];
  const heights = curves.map((curve) =>
    Math.min(
      ...[...String(curve.getAttribute("d")).matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)),
    ),
  );
  equal(heights.length, 4);
  // Two reach the top of their panels, two stay 5 % below it.
  equal(new Set(heights.map((y) => y.toFixed(1))).size, 2);
});

test("costs are stacked by kind, with the sum beside the bar", () => {
  const { texts } = only(sampleTables.messages);
  for (const word of ["pre-prepare", "PBFT n=4", "17", "29"]) ok(texts.includes(word), word);
});

test("the formula holds where every quiet cell lies on the line, and it is said where one does not", () => {
  const [, exact] = chartsOf(sampleTables.messages);
  match(exact?.description ?? "", /Of 4 cells in which nothing fails, 4 lie exactly on the line/);
  const messages = sampleTables.messages.messages.map((row) =>
    row["cell"]?.startsWith("pbft n=7") ? { ...row, messages_per_request: "8" } : row,
  );
  const [, other] = chartsOf({ ...sampleTables.messages, messages });
  match(other?.description ?? "", /Of 4 cells in which nothing fails, 3 lie exactly on the line/);
});

test("a dose curve goes past f, marks the cliff, and shows where safety broke", () => {
  const { texts, description } = only(sampleTables.doses);
  for (const word of ["f = 2", "f = 3", "safety violated", "faulty nodes", "7"]) {
    ok(texts.includes(word), word);
  }
  match(description, /Safety was violated at 2 of 16 points\.$/);
});

test("a recovery shows what happened when, with time counted from the fault", () => {
  const { texts, description } = only(sampleTables.timeline);
  for (const word of ["suspicion", "new view", "first commit", "seconds since the fault"]) {
    ok(texts.includes(word), word);
  }
  match(description, /suspicion at 0\.5 s, new view at 0\.9 s/);
});

test("trust of faulty nodes is told apart", () => {
  match(
    only(sampleTables.trust).description,
    /honest nodes is 8\.\d+, of the faulty ones 0\.2\d*\.$/,
  );
});

test("names from files are text, never markup", () => {
  const evil = "<script>alert(1)</script>&\"'";
  const messages = sampleTables.messages.messages.map((row) => ({
    ...row,
    kind: evil,
    protocol: evil,
  }));
  for (const { svg } of chartsOf({ ...sampleTables.messages, messages })) {
    equal(svg.includes("<script"), false);
    ok(svg.includes("&lt;script&gt;"));
  }
});
