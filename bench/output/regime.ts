/** The regime of a cell in words: what must be said beside its numbers. */

import { type Cell, noFault, timeoutMsFor, timeoutPolicy } from "../cell.ts";
import { count } from "./figures.ts";

/** What could differ between cells besides protocol and size; what goes without saying is left out. */
export type Regime = ReadonlyMap<string, string>;

export function regimeOf(cell: Cell): Regime {
  const { fault, transport, place, auth, network, service, payload, batch, coalesce, disk } = cell;
  const words: readonly (readonly [string, string | undefined])[] = [
    ["fault", fault === noFault ? "without faults" : fault],
    ["transport", transport === "http" ? `http, ${place}` : transport],
    ["auth", auth === "none" ? "no signatures" : auth],
    ["network", network === "lan" ? undefined : `network ${network}`],
    ["service", `${service}, ${count(payload)} bytes of payload`],
    ["batch", `batch ${batch}`],
    ["coalesce", coalesce === "none" ? "one message a post" : `posts shared per ${coalesce}`],
    ["disk", disk === "none" ? "no disk" : "synced log on disk"],
    ["clients", loopOf(cell)],
  ];
  return new Map(
    words.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])),
  );
}

function loopOf({ clients, rate, arrivals }: Cell): string {
  const many = clients === 1 ? "1 client" : `${clients} clients`;
  if (rate === 0) return `${many}, closed loop`;
  const shape = arrivals === "poisson" ? "Poisson" : arrivals;
  return `${count(rate)} requests a second, open loop, ${shape}, ${many}`;
}

/** What all of the cells have in common. */
export function commonRegime(cells: readonly Cell[]): Regime {
  const [first, ...others] = cells.map(regimeOf);
  const common = [...(first ?? [])].filter(([name, words]) =>
    others.every((other) => other.get(name) === words),
  );
  return new Map(common);
}

/** How long each repetition lasts, and when somebody is suspected: ranges where cells differ. */
export function loadOf(cells: readonly Cell[]): string {
  const times = cells.map(({ durationMs }) => durationMs);
  const isTimed = times.every((durationMs) => durationMs !== undefined);
  const length = isTimed
    ? `for ${range(times.map((ms) => (ms ?? 0) / 1000))} s`
    : `${range(cells.map(({ requests }) => requests))} requests`;
  const isPolicy = cells.every(({ n, timeoutMs }) => timeoutMs === timeoutMsFor(n));
  const timeout = isPolicy ? timeoutPolicy : `${range(cells.map((cell) => cell.timeoutMs))} ms`;
  return `${length} after ${warmUpOf(cells)} · time-out ${timeout}`;
}

function warmUpOf(cells: readonly Cell[]): string {
  const counts = cells.flatMap(({ warmup }) => (warmup === "steady" ? [] : [warmup]));
  if (counts.length === 0) return "a warm-up until steady";
  return counts.length === cells.length ? range(counts) : `${range(counts)} or until steady`;
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? count(low) : `${count(low)} to ${count(high)}`;
}

/** What is this cell's own, next to what is common. */
export const ownRegime = (cell: Cell, common: Regime): readonly string[] =>
  [...regimeOf(cell)].filter(([name]) => !common.has(name)).map(([, words]) => words);
