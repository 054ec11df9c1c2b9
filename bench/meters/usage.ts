/** What the machine spends on a cluster: CPU time and memory of this process and of those it started. */

import { readdirSync, readFileSync } from "node:fs";
import type { PlaceName } from "../cluster.ts";

export interface Usage {
  /** CPU time since the processes began. Undefined where the platform does not tell. */
  readonly cpuMs: number | undefined;
  readonly rssMb: number | undefined;
}

/** All of them together, and each by its id, as far as the platform tells. */
export interface UsageOfAll extends Usage {
  readonly byProcess: ReadonlyMap<number, Usage>;
}

export function usageOf(place: PlaceName): UsageOfAll {
  const { user, system } = process.cpuUsage();
  const own = { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20 };
  const children = place === "in-process" ? [] : childrenOf(process.pid);
  const ofChildren = children?.map((pid) => [pid, usageOfProcess(pid)] as const);
  const byProcess = new Map<number, Usage>([[process.pid, own], ...(ofChildren ?? [])]);
  const all = ofChildren === undefined ? [undefined] : [...byProcess.values()];
  return {
    cpuMs: sum(all.map((usage) => usage?.cpuMs)),
    rssMb: sum(all.map((usage) => usage?.rssMb)),
    byProcess,
  };
}

/** Linux tells in /proc; elsewhere nobody does. */
function childrenOf(pid: number): readonly number[] | undefined {
  return attempt(() =>
    readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
    ),
  );
}

function usageOfProcess(pid: number): Usage {
  const cpuMs = attempt(() =>
    sum(
      readdirSync(`/proc/${pid}/task`).map((thread) => {
        const spentNs = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0];
        return Number(spentNs) / 1e6;
      }),
    ),
  );
  const rssMb = attempt(() => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  });
  return { cpuMs, rssMb };
}

/** A process may end while it is looked at, and not every platform has these files. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined || Number.isNaN(value)) return undefined;
    total += value;
  }
  return total;
}
