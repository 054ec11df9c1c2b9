/** The ablation as people read it: what breaks without each rule, and what each rule costs. */

import { count, figure } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import type { Ablated } from "./ablation.ts";
import { costOfRule, evidenceOf } from "./rows.ts";
import { costColumns, type RuleCost } from "./rule-costs.ts";

export const ablationTables = (ablated: readonly Ablated[]): string =>
  [findsTable(ablated), costsTable(ablated), legendOf(ablated).join("\n")].join("\n\n");

function findsTable(ablated: readonly Ablated[]): string {
  const columns = [
    left("ccro-safe"),
    right("schedules tried"),
    right("violations"),
    right("forks"),
    left("found by"),
    right("smallest (events)"),
  ];
  const rows = ablated.map((one) => [
    one.rule === undefined ? "as it is" : `without ${one.rule}`,
    count(one.schedules),
    count(one.violations),
    count(one.forks),
    foundWords(one),
    count(evidenceOf(one).events),
  ]);
  return terminalTable(columns, rows);
}

function foundWords(one: Ablated): string {
  const { foundBy, counterexample } = evidenceOf(one);
  if (foundBy === "hunt") return `the hunt: ${counterexample}`;
  if (foundBy === "replay") return `replay of ${counterexample}`;
  return one.rule === undefined ? "nothing" : "neither hunt nor replay";
}

function costsTable(ablated: readonly Ablated[]): string {
  const columns = [
    left("situation"),
    left("rules"),
    right("messages"),
    right("control"),
    right("bytes"),
    right("checked"),
    right("latency ms"),
  ];
  const situations = (ablated[0]?.costs ?? []).map(({ n, fault }) => ({ n, fault }));
  const rows = situations.flatMap(({ n, fault }) =>
    ablated.flatMap((one, index) => {
      const cost = one.costs.find((own) => own.n === n && own.fault === fault);
      if (cost === undefined) return [];
      const title = fault === "none" ? `n = ${n}, quiet` : `n = ${n}, ${fault}`;
      return [[index === 0 ? title : "", one.rule ?? "all", ...costWords(ablated, one, cost)]];
    }),
  );
  return terminalTable(columns, rows);
}

/** The rules as they are in full, each rule as what it adds. */
function costWords(ablated: readonly Ablated[], one: Ablated, cost: RuleCost): readonly string[] {
  const own = costOfRule(ablated, one, cost);
  return costColumns.map((column) =>
    own === undefined ? figure(cost.figures[column]) : signed(own[column]),
  );
}

const signed = (value: number): string =>
  Number.isNaN(value)
    ? "–"
    : value === 0
      ? "0"
      : `${value > 0 ? "+" : "−"}${figure(Math.abs(value))}`;

function legendOf(ablated: readonly Ablated[]): readonly string[] {
  const isUnfound = ablated.some(
    (one) => one.rule !== undefined && evidenceOf(one).foundBy === "neither",
  );
  return [
    "violations: schedules of the random hunt that ended unsafely · replay: of a file in ccro/counterexamples, where the hunt found none",
    ...(isUnfound
      ? [
          "neither: this table shows no use of the rule (a new primary that lies without R4 is stepped by hand in ccro/schedules.test.ts)",
        ]
      : []),
    "costs: simulated, 10 ms a message; `all` in full, each rule as what it adds to the rules without it",
    "per accepted request, control messages in all · offline@commander: one request, with time-outs and hand-over",
  ];
}
