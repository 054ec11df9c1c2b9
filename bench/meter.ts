/**
 * One repetition, measured: a fresh cluster is warmed up, loaded, drained and judged. Everything that
 * is looked up is looked up between the parts that count.
 */

import { canonical, type Json } from "../core/encoding.ts";
import type { Moment } from "../host/leader-changes.ts";
import type { Verdict } from "../sim/judge.ts";
import { type Cell, requestsIn } from "./cell.ts";
import type { Cluster, Outcome, ParticipantReport } from "./cluster.ts";
import { drive, type StretchHooks } from "./load/drive.ts";
import { type Goodput, goodputOf } from "./load/goodput.ts";
import { warmUp } from "./load/warm-up.ts";
import { type Costs, costsBetween } from "./meters/costs.ts";
import { createOracle, type Oracle } from "./meters/oracle.ts";
import { type Look, type ProcessFigures, processFigures } from "./meters/processes.ts";
import { countReplies, type ReplyCounts } from "./meters/reply-counts.ts";
import { Stopwatch } from "./meters/stopwatch.ts";
import { type Submission, verdictOn } from "./meters/verdict.ts";
import { protocolOf } from "./protocols.ts";
import { meanOf } from "./statistics/median.ts";
import type { Round } from "./workload.ts";

/** A request, and who saw what of it. */
export interface MeasuredRound extends Round {
  /** Since the measured part began; in an open loop when it was to leave. */
  readonly sentMs: number;
  readonly replies: ReplyCounts;
}

export interface Measurement {
  readonly rounds: readonly MeasuredRound[];
  /** The mean of the times; undefined when nothing was accepted. */
  readonly latencyMeanMs: number | undefined;
  readonly costs: Costs;
  readonly verdict: Verdict;
  /** How long clients were served, without the time in which the bench looked things up. */
  readonly busyMs: number;
  /** The longest time without an acceptance, warm-up included. */
  readonly longestGapMs: number;
  /** Open loop only. */
  readonly goodput: Goodput | undefined;
  /** Requests that left late, because the client could not keep to its schedule. */
  readonly missed: number;
  /** Whether the warm-up settled; undefined where it had a fixed length. */
  readonly isSteady: boolean | undefined;
  readonly loopDelayP99Ms: number | undefined;
  /** The bench's own process first. */
  readonly processes: readonly ProcessFigures[];
  /** The share of the time in which this process' event loop was busy. */
  readonly loopUtilization: number | undefined;
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

/**
 * Measures the cell on this cluster; `onRound` hears of each request as soon as it is known. The seed
 * draws when requests arrive in an open loop.
 */
export async function measure(
  cluster: Cluster,
  cell: Cell,
  signal: AbortSignal,
  onRound: (round: MeasuredRound) => void = () => {},
  seed = 1,
): Promise<Measurement> {
  return new Meter(cluster, cell, onRound, seed).run(signal);
}

class Meter {
  readonly #cluster: Cluster;
  readonly #cell: Cell;
  readonly #onRound: (round: MeasuredRound) => void;
  readonly #seed: number;
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

  constructor(cluster: Cluster, cell: Cell, onRound: (round: MeasuredRound) => void, seed: number) {
    this.#seed = seed;
    this.#cluster = cluster;
    this.#cell = cell;
    this.#onRound = onRound;
    this.#oracle = createOracle(cell.service);
    this.#watch = new Stopwatch({ ...cell, isOpenLoop: this.#isOpen, pace: cluster.pace });
  }

  async run(signal: AbortSignal): Promise<Measurement> {
    const atStart = await this.#cluster.reports();
    const isSteady = await this.#warmUp(signal);
    const before = await this.#look();
    await this.#cluster.loopDelays?.();
    const startMs = this.#watch.nowMs;
    const cpuBefore = this.#watch.cpuMs;
    const beganMs = this.#livedMs;
    const load = await this.#load(startMs, signal);
    this.#noteGap();
    const delays = await this.#cluster.loopDelays?.();
    const look = await this.#look();
    const after = look.reports;
    const ownDelays = this.#watch.loopDelays;
    const { controlKinds } = protocolOf(this.#cell);
    return {
      rounds: this.#rounds,
      latencyMeanMs: this.#meanOf(load?.meanMs),
      goodput: load?.schedule && goodputOf(load.schedule, this.#accepted()),
      missed: load?.missed ?? 0,
      isSteady,
      loopDelayP99Ms: ownDelays.p99Ms,
      processes: processFigures(this.#cluster, {
        ...{ before, after: look, controlKinds, ownDelays },
        delays: delays ?? new Map(),
      }),
      loopUtilization: this.#watch.loopUtilization,
      costs: costsBetween(before.reports, after, controlKinds),
      verdict: this.#verdict(after),
      busyMs: this.#watch.nowMs - startMs,
      longestGapMs: this.#longestGapMs,
      cpuMs: difference(cpuBefore, this.#watch.cpuMs),
      rssMaxMb: this.#watch.rssMaxMb,
      viewChanges: highestView(after) - highestView(atStart),
      beganMs,
      endedMs: beganMs + this.#loadedMs,
      retried: timesAsked(after) - timesAsked(before.reports),
      leaderMoments: after.flatMap(({ leaderChanges }) => leaderChanges?.moments ?? []),
    };
  }

  async #look(): Promise<Look> {
    return { reports: await this.#cluster.reports(), byProcess: this.#watch.byProcess };
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

  get #isOpen(): boolean {
    return this.#cell.rate > 0;
  }

  #accepted() {
    return this.#rounds
      .filter(({ outcome }) => outcome.outcome === "committed")
      .map(({ sentMs, outcome }) => ({ intendedMs: sentMs, latencyMs: outcome.latencyMs }));
  }

  #meanOf(statisticsMs: number | undefined): number | undefined {
    if (this.#hasLost) return Number.POSITIVE_INFINITY;
    return this.#isOpen ? meanOf(this.#accepted().map((each) => each.latencyMs)) : statisticsMs;
  }

  get #hasLost(): boolean {
    return this.#rounds.some(({ outcome }) => outcome.outcome === "timeout");
  }

  async #warmUp(signal: AbortSignal): Promise<boolean | undefined> {
    this.#watch.resume();
    const isSteady = await warmUp(this.#cluster, this.#cell, {
      seed: this.#seed,
      signal,
      nowMs: () => this.#watch.nowMs,
      hooks: {
        sending: (client, operation) => this.#sending(client, operation, this.#watch.nowMs),
        settled: async (round) => this.#settled(round),
      },
    });
    await this.#drain();
    this.#watch.pause();
    // Nothing is trimmed: a closed loop ends with a request that was lost while warming up, and it is
    // measured as what it is. An open one goes on.
    this.#waiting = this.#waiting.filter(({ outcome, operation }) => {
      const isLost = outcome.outcome === "timeout" && !this.#isOpen;
      if (!isLost) this.#oracle.answerTo(operation);
      return isLost;
    });
    await this.#count();
    return isSteady;
  }

  async #load(startMs: number, signal: AbortSignal) {
    if (this.#hasLost) return undefined;
    const isAlone = this.#cell.clients === 1 && !this.#isOpen;
    const { requests, durationMs } = this.#cell;
    const length = durationMs === undefined ? { requests } : { durationMs };
    const stretch = { part: "q" as const, length, seed: this.#seed, isEven: false };
    const hooks: StretchHooks = {
      sending: (client, operation, intendedMs) =>
        this.#sending(client, operation, intendedMs ?? this.#watch.nowMs - startMs),
      settled: async (round) => {
        this.#settled(round);
        if (!isAlone) return;
        await this.#drain();
        this.#watch.pause();
        await this.#count();
        this.#watch.resume();
      },
    };
    this.#watch.resume();
    const driven = await drive(this.#cluster, this.#cell, stretch, hooks, { interrupt: signal });
    this.#loadedMs = this.#watch.nowMs - startMs;
    await this.#drain();
    this.#watch.pause();
    await this.#count();
    return driven;
  }

  #sending(client: number, operation: Json, sentMs: number): void {
    this.#sentMs.set(operation, sentMs);
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
    const { votingPhase } = protocolOf(this.#cell);
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
