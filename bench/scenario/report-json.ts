/** Played sets for machines: the same as the printed report, nodes by both of their names. */

import type { NodeId } from "../../core/ids.ts";
import type { PlayedReplica, PlayedTransaction, PlayOptions, SetReport } from "./play.ts";
import { attackText, type NodeNames, nameOf } from "./scenario.ts";

export function scenarioJson(
  file: string,
  options: PlayOptions,
  reports: readonly SetReport[],
  names: NodeNames,
) {
  const { protocol, n, seed, settings, keepsState, isParallel, patienceMs } = options;
  return {
    file,
    protocol: protocol.name,
    n,
    f: protocol.faultsTolerated(n),
    seed,
    transport: "simulated",
    keepsState,
    isParallel,
    timeoutMs: settings.timeoutMs,
    patienceMs,
    checkpoint: settings.checkpointInterval,
    batch: settings.batch,
    sets: reports.map((report) => setJson(report, names)),
    asExpected: reports.every(({ complaints }) => complaints.length === 0),
  };
}

function setJson(report: SetReport, names: NodeNames) {
  const { set, expectation, verdict, replicas, transactions } = report;
  const called = (ids: readonly NodeId[]) => ids.map((id) => nameOf(id, names));
  const count = (wanted: PlayedTransaction["outcome"]) =>
    transactions.filter(({ outcome }) => outcome === wanted).length;
  const correct = replicas.filter(({ isCorrect }) => isCorrect);
  return {
    set: set.number,
    line: set.line,
    down: called(report.down),
    notInFile: called(report.spare),
    byzantine: called(set.byzantine),
    attacks: report.attacks.map(({ attack, node, fired }) => ({
      attack: attack === undefined ? "no votes" : attackText(attack, names),
      node: nameOf(node, names),
      fired,
    })),
    failedLeaders: report.failedLeaders.map((id) => (id === undefined ? null : nameOf(id, names))),
    faults: expectation.faults,
    tolerated: expectation.tolerated,
    mustCommit: expectation.commits,
    excuse: expectation.excuse ?? null,
    transactions: transactions.map((transaction) => transactionJson(transaction)),
    committed: count("committed"),
    failed: count("failed"),
    pending: count("pending"),
    reads: transactions.flatMap(({ step, balance }) =>
      step.kind === "balance" ? [balance ?? null] : [],
    ),
    balances: report.balances,
    correctLive: correct.length,
    agreeing: called(correct.filter(({ agrees }) => agrees).map(({ id }) => id)),
    nodes: replicas.map((replica) => nodeJson(replica, names)),
    view: report.view ?? null,
    leader: report.leader === undefined ? null : nameOf(report.leader, names),
    lastSequence: report.lastSlot,
    safety: verdict.safety,
    liveness: verdict.liveness,
    decisions: verdict.decisions,
    reasons: verdict.reasons,
    asExpected: report.complaints.length === 0,
    complaints: report.complaints,
  };
}

function transactionJson(transaction: PlayedTransaction) {
  const { step, fromSet, client, outcome, replies } = transaction;
  return {
    transaction: step.text,
    line: step.line,
    set: fromSet,
    client,
    outcome,
    reason: transaction.reason ?? null,
    balance: transaction.balance ?? null,
    sequence: transaction.slot ?? null,
    view: transaction.view ?? null,
    replies: replies.total,
    matchingReplies: replies.matching,
    latencyMs: transaction.latencyMs ?? null,
  };
}

function nodeJson(replica: PlayedReplica, names: NodeNames) {
  const { id, isConnected, isByzantine, agrees, view, isBetweenViews, slot, balances } = replica;
  return {
    node: nameOf(id, names),
    id,
    isLive: isConnected,
    isByzantine,
    agrees,
    view,
    isBetweenViews,
    sequence: slot,
    balances,
  };
}
