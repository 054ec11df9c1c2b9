/** Time and CPU of the parts of a run that count: the bench's own looking up is left out. */

import type { ClusterSpec } from "../cluster.ts";
import { type Pace, wallPace } from "../load/pace.ts";
import { createLoopDelay, type Delays, type LoopDelay } from "./loop-delay.ts";
import { type Usage, type UsageOfAll, usageOf } from "./usage.ts";

export interface StopwatchOptions extends Pick<ClusterSpec, "place" | "transport" | "clients"> {
  /** Whether requests arrive by the clock. */
  readonly isOpenLoop?: boolean;
  readonly pace?: Pace | undefined;
}

export class Stopwatch {
  readonly #spec: StopwatchOptions;
  readonly #pace: Pace;
  readonly #loopDelay: LoopDelay = createLoopDelay();
  #busyMs = 0;
  #cpuMs: number | undefined = 0;
  #rssMaxMb: number | undefined;
  readonly #byProcess = new Map<number, Usage>();
  #activeMs = 0;
  #idleMs = 0;
  #utilization = performance.eventLoopUtilization();
  #runningSince: { readonly atMs: number; readonly usage: UsageOfAll } | undefined;

  constructor(spec: StopwatchOptions) {
    this.#spec = spec;
    this.#pace = spec.pace ?? wallPace;
  }

  /** The time that counts, so far. */
  get nowMs(): number {
    if (this.#isCounted || this.#runningSince === undefined) return this.#busyMs;
    return this.#busyMs + this.#pace.nowMs - this.#runningSince.atMs;
  }

  /** Undefined where the platform does not tell. */
  get cpuMs(): number | undefined {
    return this.#cpuMs;
  }

  get rssMaxMb(): number | undefined {
    return this.#rssMaxMb;
  }

  /** By the id of each process: its CPU time in those parts, and its most memory. */
  get byProcess(): ReadonlyMap<number, Usage> {
    return new Map(this.#byProcess);
  }

  /** How late this process' event loop was in those parts; undefined where it had no time to show. */
  get loopDelays(): Delays {
    return this.#loopDelay.delays;
  }

  /** The share of those parts in which this process' event loop was busy. */
  get loopUtilization(): number | undefined {
    const wholeMs = this.#activeMs + this.#idleMs;
    return wholeMs === 0 ? undefined : this.#activeMs / wholeMs;
  }

  resume(): void {
    this.#utilization = performance.eventLoopUtilization();
    this.#loopDelay.resume();
    this.#runningSince = { atMs: this.#pace.nowMs, usage: usageOf(this.#spec.place) };
  }

  pause(): void {
    const since = this.#runningSince;
    if (since === undefined) return;
    this.#busyMs = this.nowMs;
    this.#runningSince = undefined;
    this.#loopDelay.pause();
    const { active, idle } = performance.eventLoopUtilization(this.#utilization);
    this.#activeMs += active;
    this.#idleMs += idle;
    const { cpuMs, rssMb, byProcess } = usageOf(this.#spec.place);
    this.#cpuMs = plus(this.#cpuMs, minus(cpuMs, since.usage.cpuMs));
    if (rssMb !== undefined) this.#rssMaxMb = Math.max(this.#rssMaxMb ?? 0, rssMb);
    for (const [pid, usage] of byProcess) {
      const known = this.#byProcess.get(pid);
      // What a process that began in between spent before it was first looked at counts, too.
      const spentMs = minus(usage.cpuMs, since.usage.byProcess.get(pid)?.cpuMs ?? 0);
      this.#byProcess.set(pid, {
        cpuMs: plus(known?.cpuMs ?? 0, spentMs),
        rssMb: usage.rssMb === undefined ? undefined : Math.max(known?.rssMb ?? 0, usage.rssMb),
      });
    }
  }

  /** In a closed loop in virtual time nobody but the requests says how late it is. */
  passed(latencyMs: number): void {
    if (this.#isCounted) this.#busyMs += latencyMs / this.#spec.clients;
  }

  get #isCounted(): boolean {
    return this.#spec.transport === "simulated" && this.#spec.isOpenLoop !== true;
  }
}

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const minus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a - b;
