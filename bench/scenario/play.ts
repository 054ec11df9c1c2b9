/** Plays the sets of a scenario and tells what came of each. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { Protocol, Settings } from "../../core/protocol.ts";
import type { Verdict } from "../../sim/judge.ts";
import type { Network } from "../../sim/network.ts";
import type { Balances } from "./account-book.ts";
import type { SetFault } from "./attacks.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import type { ScenarioSet } from "./scenario.ts";
import { Stage, type Standing, type Ticket, type Transaction } from "./stage.ts";

export interface PlayOptions {
  readonly protocol: Protocol;
  readonly n: number;
  /** Nodes above it are not in the file: they always run. */
  readonly highestInFile: number;
  readonly seed: number;
  readonly settings: Settings;
  readonly network: Network;
  /** How long a transaction is waited for before the next one is submitted. */
  readonly patienceMs: Millis;
  /** One cluster for all sets, with its state and whatever is pending. */
  readonly keepsState: boolean;
  /** All clients at the same time, each with its own transactions in order. */
  readonly isParallel: boolean;
}

export interface SetReport {
  readonly set: ScenarioSet;
  readonly down: readonly NodeId[];
  readonly spare: readonly NodeId[];
  readonly expectation: Expectation;
  /** First those of earlier sets that were still pending when this one began. */
  readonly transactions: readonly PlayedTransaction[];
  /** One for each LF; undefined where nobody led at that moment. */
  readonly failedLeaders: readonly (NodeId | undefined)[];
  readonly replicas: readonly PlayedReplica[];
  /** What most correct live replicas hold at the end of the set. */
  readonly balances: Balances;
  /** The view of most of them; undefined while most are between two views. */
  readonly view: number | undefined;
  readonly leader: NodeId | undefined;
  readonly lastSlot: number;
  readonly attacks: readonly (SetFault & { readonly node: NodeId; readonly fired: number })[];
  /** Of the cluster so far: of this set alone unless state is kept. */
  readonly verdict: Verdict;
  /** What should not be so; empty when all is as it should be, or excused. */
  readonly complaints: readonly string[];
}

export interface PlayedTransaction {
  readonly step: Transaction;
  readonly fromSet: number;
  readonly client: NodeId;
  /** A refusal for lack of funds is committed like any other answer, and is called failed. */
  readonly outcome: "committed" | "failed" | "pending";
  readonly reason: string | undefined;
  /** What a read says. */
  readonly balance: number | undefined;
  readonly slot: number | undefined;
  readonly view: number | undefined;
  readonly replies: { readonly total: number; readonly matching: number };
  readonly latencyMs: Millis | undefined;
}

export interface PlayedReplica extends Standing {
  readonly isByzantine: boolean;
  /** Live and not faulty at the end of the set. */
  readonly isCorrect: boolean;
  /** Whether its balances are those of the set. */
  readonly agrees: boolean;
}

/** Plays one set after the other; a report is there before the next set begins. */
export function* play(
  sets: readonly ScenarioSet[],
  options: PlayOptions,
): Generator<SetReport, void> {
  if (options.keepsState) {
    const stage = new Stage({ ...options, sets });
    for (const set of sets) yield playSet(stage, set, options);
    return;
  }
  for (const set of sets) yield playSet(new Stage({ ...options, sets: [set] }), set, options);
}

// After the last transaction, time for those behind to catch up and for the rest to do its harm.
const settlingTimeouts = 8;

function playSet(stage: Stage, set: ScenarioSet, options: PlayOptions): SetReport {
  const { protocol, n, patienceMs, isParallel, settings } = options;
  const left = stage.pending;
  const before = stage.verdict().decisions;
  stage.enter(set);
  const down = stage.downIn(set);
  const expectation = expectationOf(protocol, n, set, down);
  // What is left over from earlier sets comes first, if it can come at all.
  if (expectation.commits !== "none") {
    stage.run(patienceMs, () => left.every(({ accepted }) => accepted !== undefined));
  }
  const failedLeaders = isParallel
    ? playTogether(stage, set, patienceMs)
    : playInOrder(stage, set, patienceMs);
  stage.run(settlingTimeouts * settings.timeoutMs);

  const tickets = [...left, ...stage.tickets.filter((ticket) => ticket.set === set)];
  const transactions = tickets.map((ticket) => played(ticket, stage));
  const replicas = replicasAfter(stage, set);
  const correct = replicas.filter(({ isCorrect }) => isCorrect);
  const verdict = stage.verdict();
  return {
    set,
    down,
    spare: stage.spare,
    expectation,
    transactions,
    failedLeaders,
    replicas,
    balances: replicas.find(({ agrees }) => agrees)?.balances ?? {},
    view: mostCommon(correct.map((each) => (each.isBetweenViews ? undefined : each.view))),
    leader: stage.leader(),
    lastSlot: Math.max(0, ...correct.map(({ slot }) => slot)),
    attacks: stage.attacksIn(set),
    verdict,
    complaints: complaintsAbout(expectation, transactions, verdict, verdict.decisions - before),
  };
}

function playInOrder(stage: Stage, set: ScenarioSet, patienceMs: Millis) {
  const failedLeaders: (NodeId | undefined)[] = [];
  for (const step of set.steps) {
    if (step.kind === "leader fails") {
      failedLeaders.push(stage.failLeader());
      continue;
    }
    const ticket = stage.submit(set, step);
    stage.run(patienceMs, () => ticket.accepted !== undefined);
  }
  return failedLeaders;
}

/** A leader fails when everything before has had its time. */
function playTogether(stage: Stage, set: ScenarioSet, patienceMs: Millis) {
  const failedLeaders: (NodeId | undefined)[] = [];
  let tickets: Ticket[] = [];
  const wait = () => {
    stage.run(patienceMs * tickets.length, () =>
      tickets.every(({ accepted }) => accepted !== undefined),
    );
    tickets = [];
  };
  for (const step of set.steps) {
    if (step.kind !== "leader fails") {
      tickets.push(stage.submit(set, step));
      continue;
    }
    wait();
    failedLeaders.push(stage.failLeader());
  }
  wait();
  return failedLeaders;
}

function played(ticket: Ticket, stage: Stage): PlayedTransaction {
  const { step, set, client, accepted, submittedAtMs } = ticket;
  const answer = readResult(accepted?.result);
  return {
    step,
    fromSet: set.number,
    client,
    outcome: accepted === undefined ? "pending" : answer.isRefusal ? "failed" : "committed",
    reason: answer.reason,
    balance: answer.balance,
    slot: accepted?.slot,
    view: accepted?.view,
    replies: stage.answersTo(ticket),
    latencyMs: accepted === undefined ? undefined : accepted.atMs - submittedAtMs,
  };
}

/** A result of the bank; a liar's may be anything. */
function readResult(text = "null") {
  const result: unknown = JSON.parse(text);
  const fields = typeof result === "object" && result !== null ? result : {};
  return {
    isRefusal: "status" in fields && fields.status !== "ok",
    reason: "reason" in fields && typeof fields.reason === "string" ? fields.reason : undefined,
    balance: "balance" in fields && typeof fields.balance === "number" ? fields.balance : undefined,
  };
}

function replicasAfter(stage: Stage, set: ScenarioSet): readonly PlayedReplica[] {
  const replicas = stage.standings().map((standing) => {
    const isByzantine = set.byzantine.includes(standing.id);
    return { ...standing, isByzantine, isCorrect: standing.isConnected && !isByzantine };
  });
  const correct = replicas.filter(({ isCorrect }) => isCorrect);
  const agreed = mostCommon(correct.map(({ balances }) => textOf(balances)));
  return replicas.map((replica) => ({ ...replica, agrees: textOf(replica.balances) === agreed }));
}

const textOf = (balances: Balances): string => JSON.stringify(balances);

/** Of several that are equally common, the first. */
function mostCommon<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return values.find((value) => counts.get(value) === most);
}

function complaintsAbout(
  { commits, excuse }: Expectation,
  transactions: readonly PlayedTransaction[],
  verdict: Verdict,
  decided: number,
): readonly string[] {
  if (excuse !== undefined) return [];
  const pending = transactions.filter(({ outcome }) => outcome === "pending").length;
  const complaints: string[] = [];
  if (verdict.safety === "violated") complaints.push("safety is violated");
  if (commits === "all" && pending > 0) {
    complaints.push(
      `${pending} of ${transactions.length} transactions are pending, and everything must commit`,
    );
  }
  const done = Math.max(decided, transactions.length - pending);
  if (commits === "none" && done > 0) {
    complaints.push(
      `${done} of ${transactions.length} transactions committed, and nothing may commit`,
    );
  }
  return complaints;
}
