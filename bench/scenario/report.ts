/** A played set as people read it. Nodes are called as their file calls them. */

import { left, right, terminalTable } from "../output/terminal-table.ts";
import type { Expectation } from "./expectation.ts";
import type { PlayedReplica, PlayedTransaction, PlayOptions, SetReport } from "./play.ts";
import { attackText, type NodeNames, nameOf, namesOf, type ScenarioSet } from "./scenario.ts";

/** What holds for all sets. */
export function headline({ protocol, n, ...options }: PlayOptions): string {
  const { settings, keepsState, isParallel, seed } = options;
  return [
    protocol.title,
    `n=${n} f=${protocol.faultsTolerated(n)}`,
    keepsState ? "state is kept between sets" : "a fresh cluster for each set",
    isParallel ? "clients in parallel" : "one transaction after another",
    `time-out ${settings.timeoutMs} ms (virtual)`,
    `checkpoint ${settings.checkpointInterval}`,
    `seed ${seed}`,
  ].join("  ");
}

export function printSet(report: SetReport, names: NodeNames): string {
  const { set, expectation, verdict, complaints } = report;
  return [
    `Set ${set.number}  ${whoIsThere(report, names)}`,
    `  ${ruleText(expectation)}`,
    transactionTable(report),
    ...report.failedLeaders.map((leader) =>
      leader === undefined ? "LF: nobody led" : `LF: ${nameOf(leader, names)} led, and failed`,
    ),
    `Balances: ${balancesText(report)}`,
    `  at ${whoAgrees(report.replicas, names)}`,
    ...readsIn(report.transactions),
    `View: ${viewText(report, names)}`,
    ...report.attacks.map(
      ({ attack, node, fired }) =>
        `Attack: ${attack === undefined ? "no votes" : attackText(attack, names)} by ${nameOf(node, names)}, ${firedText(fired)}`,
    ),
    `Safety: ${verdict.safety}  Liveness: ${verdict.liveness}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    complaints.length === 0
      ? asItShouldBe(expectation)
      : `NOT as it should be: ${complaints.join("; ")}`,
  ].join("\n");
}

/** The last line: whether all is well. */
export function closingLine(reports: readonly SetReport[]): string {
  const bad = reports.filter(({ complaints }) => complaints.length > 0);
  const total = `${reports.length} ${reports.length === 1 ? "set" : "sets"}`;
  return bad.length === 0
    ? `${total}: all as they should be.`
    : `${total}: ${bad.length} not as they should be (${bad.map(({ set }) => set.number).join(", ")}).`;
}

function whoIsThere({ set, down, spare, replicas }: SetReport, names: NodeNames): string {
  const live = replicas.map(({ id }) => id).filter((id) => !down.includes(id));
  return [
    `live ${namesOf(live, names) || "nobody"}`,
    ...(down.length === 0 ? [] : [`down ${namesOf(down, names)}`]),
    ...(spare.length === 0 ? [] : [`not in the file ${namesOf(spare, names)}`]),
    ...(set.byzantine.length === 0 ? [] : [byzantineText(set, names)]),
  ].join("  ");
}

function byzantineText({ byzantine, attacks }: ScenarioSet, names: NodeNames): string {
  const how = attacks.map((attack) => attackText(attack, names)).join("; ") || "no votes";
  return `Byzantine ${namesOf(byzantine, names)}: ${how}`;
}

export function ruleText({ commits, faults, tolerated, excuse }: Expectation): string {
  const count = `${faults} faulty or down, ${tolerated} tolerated`;
  const what = {
    all: "everything must commit",
    none: "nothing may commit",
    open: "nothing is promised",
  }[commits];
  return excuse === undefined ? `${count}: ${what}` : `${count}; not held to it: ${excuse}`;
}

const asItShouldBe = ({ excuse, commits }: Expectation): string =>
  excuse === undefined && commits !== "open" ? "As it should be" : "Held to nothing";

const columns = [
  left("transaction"),
  left("outcome"),
  right("sequence"),
  right("view"),
  right("replies"),
  right("ms"),
];

function transactionTable({ set, transactions }: SetReport): string {
  if (transactions.length === 0) return "  no transactions";
  const rows = transactions.map((transaction) => [
    transaction.step.text +
      (transaction.fromSet === set.number ? "" : ` of set ${transaction.fromSet}`),
    outcomeText(transaction),
    String(transaction.slot ?? "–"),
    String(transaction.view ?? "–"),
    repliesText(transaction.replies),
    transaction.latencyMs?.toFixed(1) ?? "–",
  ]);
  return terminalTable(columns, rows);
}

function outcomeText({ outcome, reason, balance }: PlayedTransaction): string {
  if (balance !== undefined) return `reads ${balance}`;
  return reason === undefined ? outcome : `${outcome}: ${reason}`;
}

const repliesText = ({ total, matching }: PlayedTransaction["replies"]): string =>
  total === matching ? String(total) : `${matching} of ${total}`;

function balancesText({ balances }: SetReport): string {
  const all = Object.entries(balances);
  const sum = all.reduce((total, [, balance]) => total + balance, 0);
  return `${all.map(([account, balance]) => `${account} ${balance}`).join("  ")}  (sum ${sum})`;
}

function whoAgrees(replicas: readonly PlayedReplica[], names: NodeNames): string {
  const correct = replicas.filter(({ isCorrect }) => isCorrect);
  const agreeing = correct.filter(({ agrees }) => agrees);
  const others = correct.filter(({ agrees }) => !agrees);
  const faulty = replicas.filter(
    ({ isCorrect, isConnected, agrees }) => !isCorrect && isConnected && agrees,
  );
  const ids = (some: readonly PlayedReplica[]) => some.map(({ id }) => id);
  return [
    `${agreeing.length} of ${correct.length} correct live nodes: ${namesOf(ids(agreeing), names)}`,
    ...(others.length === 0 ? [] : [`not at ${others.map((each) => lag(each, names)).join(", ")}`]),
    ...(faulty.length === 0 ? [] : [`also at faulty ${namesOf(ids(faulty), names)}`]),
  ].join("; ");
}

const lag = ({ id, slot }: PlayedReplica, names: NodeNames): string =>
  `${nameOf(id, names)} (up to sequence ${slot})`;

function readsIn(transactions: readonly PlayedTransaction[]): readonly string[] {
  const reads = transactions.flatMap(({ step, balance }) =>
    step.kind === "balance" ? [`${step.account} = ${balance ?? "not answered"}`] : [],
  );
  return reads.length === 0 ? [] : [`Reads: ${reads.join(", ")}`];
}

function viewText(report: SetReport, names: NodeNames): string {
  const { view, leader, lastSlot } = report;
  const ballot = ballotOf(report, names);
  return [
    view === undefined ? "none: most are between two views" : `${view}${ballot}`,
    leader === undefined ? "nobody leads" : `led by ${nameOf(leader, names)}`,
    `executed up to sequence ${lastSlot}`,
  ].join(", ");
}

/** Paxos numbers its ballots in pairs. */
function ballotOf({ view, replicas }: SetReport, names: NodeNames): string {
  const ballot = replicas.find((replica) => replica.view === view)?.ballot;
  if (ballot === undefined) return "";
  return ` = ballot ${ballot.replace(/\br\d+\b/g, (id) => nameOf(id, names))}`;
}

const firedText = (fired: number): string =>
  fired === 0 ? "never at work" : `at work on ${fired} ${fired === 1 ? "message" : "messages"}`;
