/**
 * One repetition, measured: a fresh cluster is warmed up, loaded, drained and judged. Everything that
 * is looked up is looked up between the parts that count.
 */

import { canonical, type Json } from "../core/encoding.ts";
import type { Moment } from "../host/leader-changes.ts";
import type { Verdict } from "../sim/judge.ts";
import { type Cell, requestsIn } from "./cell.ts";
import type { Cluster, Outcome, ParticipantReport } from "./cluster.ts";
import { type Costs, costsBetween } from "./costs.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { protocolNamed } from "./protocols.ts";
import { countReplies, type ReplyCounts } from "./reply-counts.ts";
import { Stopwatch } from "./stopwatch.ts";
import { type Submission, verdictOn } from "./verdict.ts";
import { type Load, operationsOf, type Round, runClosedLoop } from "./workload.ts";

/** A request, and who saw what of it. */
export interface MeasuredRound extends Round {
  /** Since the measured part began. */
  readonly sentMs: number;
  readonly replies: ReplyCounts;
}

export interface Measurement {
  readonly rounds: readonly MeasuredRound[];
  /** What tinybench makes of the times: their mean; undefined when nothing was accepted. */
  readonly latencyMeanMs: number | undefined;
  readonly costs: Costs;
  readonly verdict: Verdict;
  /** How long clients were served, without the time in which the bench looked things up. */
  readonly busyMs: number;
  /** The longest time without an acceptance, warm-up included. */
  readonly longestGapMs: number;
  readonly cpuMs: number | undefined;
  readonly rssMaxMb: number | undefined;
  readonly viewChanges: number;
  /** When the measured part began and ended, in the life of the cluster. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** Requests that clients sent once more, to everybody. */
  readonly retried: number;
  /** What the replicas say about their leaders, in the life of the cluster. */
  readonly leaderMoments: readonly Moment[];
}

/** Measures the cell on this cluster; `onRound` hears of each request as soon as it is known. */
export async function measure(
  cluster: Cluster,
  cell: Cell,
  signal: AbortSignal,
  onRound: (round: MeasuredRound) => void = () => {},
): Promise<Measurement> {
  return new Meter(cluster, cell, onRound).run(signal);
}

class Meter {
  readonly #cluster: Cluster;
  readonly #cell: Cell;
  readonly #onRound: (round: MeasuredRound) => void;
  readonly #oracle: Oracle;
  readonly #watch: Stopwatch;
  readonly #submissions: Submission[] = [];
  readonly #rounds: MeasuredRound[] = [];
  readonly #sentMs = new Map<Json, number>();
  #waiting: Round[] = [];
  #acceptedMs = 0;
  #loadedMs = 0;
  #longestGapMs = 0;
  #lastSlot = 0;
  readonly #startMs = performance.now();

  constructor(cluster: Cluster, cell: Cell, onRound: (round: MeasuredRound) => void) {
    this.#cluster = cluster;
    this.#cell = cell;
    this.#onRound = onRound;
    this.#oracle = createOracle(cell.service);
    this.#watch = new Stopwatch(cell);
  }

  async run(signal: AbortSignal): Promise<Measurement> {
    const atStart = await this.#cluster.reports();
    await this.#warmUp(signal);
    const before = await this.#cluster.reports();
    const startMs = this.#watch.nowMs;
    const cpuBefore = this.#watch.cpuMs;
    const beganMs = this.#livedMs;
    const statistics = await this.#load(startMs, signal);
    this.#noteGap();
    const after = await this.#cluster.reports();
    const { controlKinds } = protocolNamed(this.#cell.protocol);
    return {
      rounds: this.#rounds,
      latencyMeanMs: this.#hasLost ? Number.POSITIVE_INFINITY : statistics?.mean,
      costs: costsBetween(before, after, controlKinds),
      verdict: this.#verdict(after),
      busyMs: this.#watch.nowMs - startMs,
      longestGapMs: this.#longestGapMs,
      cpuMs: difference(cpuBefore, this.#watch.cpuMs),
      rssMaxMb: this.#watch.rssMaxMb,
      viewChanges: highestView(after) - highestView(atStart),
      beganMs,
      endedMs: beganMs + this.#loadedMs,
      retried: timesAsked(after) - timesAsked(before),
      leaderMoments: after.flatMap(({ leaderChanges }) => leaderChanges?.moments ?? []),
    };
  }

  #verdict(reports: readonly ParticipantReport[]): Verdict {
    const { fault } = this.#cell;
    return verdictOn(this.#cluster, {
      faults: requestsIn(fault),
      submissions: this.#submissions,
      reports,
      livedMs: this.#livedMs,
    });
  }

  get #livedMs(): number {
    const isVirtual = this.#cell.transport === "simulated";
    return isVirtual ? this.#watch.nowMs : performance.now() - this.#startMs;
  }

  get #hasLost(): boolean {
    return this.#rounds.some(({ outcome }) => outcome.outcome === "timeout");
  }

  async #warmUp(signal: AbortSignal): Promise<void> {
    const load = { ...this.#loadOf("w"), requests: this.#cell.warmup, durationMs: undefined };
    this.#watch.resume();
    await runClosedLoop(
      this.#cluster,
      load,
      {
        sending: (client, operation) => this.#sending(client, operation, 0),
        settled: async (round) => this.#settled(round),
      },
      signal,
    );
    await this.#drain();
    this.#watch.pause();
    // Nothing is trimmed: a request that was lost while warming up is measured as what it is.
    this.#waiting = this.#waiting.filter(({ outcome, operation }) => {
      const isLost = outcome.outcome === "timeout";
      if (!isLost) this.#oracle.answerTo(operation);
      return isLost;
    });
    await this.#count();
  }

  async #load(startMs: number, signal: AbortSignal) {
    if (this.#hasLost) return undefined;
    const isAlone = this.#cell.clients === 1;
    this.#watch.resume();
    const statistics = await runClosedLoop(
      this.#cluster,
      this.#loadOf("q"),
      {
        sending: (client, operation) => this.#sending(client, operation, startMs),
        settled: async (round) => {
          this.#settled(round);
          if (!isAlone) return;
          await this.#drain();
          this.#watch.pause();
          await this.#count();
          this.#watch.resume();
        },
      },
      signal,
    );
    this.#loadedMs = this.#watch.nowMs - startMs;
    await this.#drain();
    this.#watch.pause();
    await this.#count();
    return statistics;
  }

  #loadOf(prefix: string): Load {
    const { clients, requests, durationMs, patienceMs, service, payload } = this.#cell;
    const operationOf = operationsOf(service, payload, prefix);
    return { clients, requests, durationMs, patienceMs, operationOf };
  }

  #sending(client: number, operation: Json, startMs: number): void {
    this.#sentMs.set(operation, this.#watch.nowMs - startMs);
    const id = this.#cluster.clients[client];
    if (id !== undefined) this.#submissions.push({ client: id, operation: canonical(operation) });
  }

  #settled(round: Round): void {
    this.#watch.passed(round.outcome.latencyMs);
    this.#waiting.push(round);
    this.#noteGap();
    if (round.outcome.outcome === "committed") this.#acceptedMs = this.#watch.nowMs;
  }

  #noteGap(): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, this.#watch.nowMs - this.#acceptedMs);
  }

  async #drain(): Promise<void> {
    await this.#cluster.drain(2 * this.#cell.timeoutMs);
  }

  /** Counts the replies to what has settled, in the order of the slots. */
  async #count(): Promise<void> {
    const rounds = this.#waiting.toSorted((a, b) => slotOf(a.outcome) - slotOf(b.outcome));
    this.#waiting = [];
    if (rounds.length === 0) return;
    const answers = new Map(
      rounds.map(({ outcome, operation }) => [outcome, this.#oracle.answerTo(operation)]),
    );
    const { votingPhase } = protocolNamed(this.#cell.protocol);
    const counts = await countReplies(this.#cluster, [...answers.keys()], {
      after: this.#lastSlot,
      votingPhase,
      checkpoint: this.#cell.checkpoint,
      digestsOf: (outcome) => answers.get(outcome) ?? new Set(),
    });
    for (const [index, round] of rounds.entries()) {
      const replies = counts[index];
      if (replies === undefined) continue;
      const measured = { ...round, sentMs: this.#sentMs.get(round.operation) ?? 0, replies };
      this.#lastSlot = Math.max(this.#lastSlot, round.outcome.slot ?? 0);
      this.#rounds.push(measured);
      this.#onRound(measured);
    }
  }
}

const slotOf = ({ slot }: Outcome): number => slot ?? Number.MAX_SAFE_INTEGER;

/** A client's only time-out is that of its patience: it asks everybody then. */
const timesAsked = (reports: readonly ParticipantReport[]): number =>
  reports
    .filter(({ status }) => status.role === "client")
    .reduce((sum, { counters }) => sum + counters.timeOuts, 0);

const highestView = (reports: readonly ParticipantReport[]): number =>
  Math.max(0, ...reports.map(({ status }) => status.view));

const difference = (before: number | undefined, after: number | undefined): number | undefined =>
  before === undefined || after === undefined ? undefined : after - before;
