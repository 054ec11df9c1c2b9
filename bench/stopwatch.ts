/** Time and CPU of the parts of a run that count: the bench's own looking up is left out. */

import type { ClusterSpec } from "./cluster.ts";
import { type Usage, usageOf } from "./usage.ts";

export class Stopwatch {
  readonly #spec: Pick<ClusterSpec, "place" | "transport" | "clients">;
  #busyMs = 0;
  #cpuMs: number | undefined = 0;
  #rssMaxMb: number | undefined;
  #runningSince: { readonly atMs: number; readonly usage: Usage } | undefined;

  constructor(spec: Pick<ClusterSpec, "place" | "transport" | "clients">) {
    this.#spec = spec;
  }

  /** The time that counts, so far. */
  get nowMs(): number {
    if (this.#isVirtual || this.#runningSince === undefined) return this.#busyMs;
    return this.#busyMs + performance.now() - this.#runningSince.atMs;
  }

  /** Undefined where the platform does not tell. */
  get cpuMs(): number | undefined {
    return this.#cpuMs;
  }

  get rssMaxMb(): number | undefined {
    return this.#rssMaxMb;
  }

  resume(): void {
    this.#runningSince = { atMs: performance.now(), usage: usageOf(this.#spec.place) };
  }

  pause(): void {
    const since = this.#runningSince;
    if (since === undefined) return;
    this.#busyMs = this.nowMs;
    this.#runningSince = undefined;
    const { cpuMs, rssMb } = usageOf(this.#spec.place);
    this.#cpuMs = plus(this.#cpuMs, minus(cpuMs, since.usage.cpuMs));
    if (rssMb !== undefined) this.#rssMaxMb = Math.max(this.#rssMaxMb ?? 0, rssMb);
  }

  /** In virtual time nobody but the requests says how late it is. */
  passed(latencyMs: number): void {
    if (this.#isVirtual) this.#busyMs += latencyMs / this.#spec.clients;
  }

  get #isVirtual(): boolean {
    return this.#spec.transport === "simulated";
  }
}

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const minus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a - b;
