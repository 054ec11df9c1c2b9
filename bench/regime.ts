/** The regime of a cell in words: what must be said beside its numbers. */

import { type Cell, noFault, timeoutMsFor, timeoutPolicy } from "./cell.ts";
import { count } from "./figures.ts";

/** What could differ between cells besides protocol and size; what goes without saying is left out. */
export type Regime = ReadonlyMap<string, string>;

export function regimeOf(cell: Cell): Regime {
  const { fault, transport, place, auth, network, service, payload, batch, coalesce, clients } =
    cell;
  const words: readonly (readonly [string, string | undefined])[] = [
    ["fault", fault === noFault ? "without faults" : fault],
    ["transport", transport === "http" ? `http, ${place}` : transport],
    ["auth", auth === "none" ? "no signatures" : auth],
    ["network", network === "lan" ? undefined : `network ${network}`],
    ["service", `${service}, ${count(payload)} bytes of payload`],
    ["batch", `batch ${batch}`],
    ["coalesce", coalesce === "none" ? "one message a post" : `posts shared per ${coalesce}`],
    ["disk", "no disk"],
    ["clients", clients === 1 ? "1 client, closed loop" : `${clients} clients, closed loop`],
  ];
  return new Map(
    words.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])),
  );
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
  return `${length} after ${range(cells.map(({ warmup }) => warmup))} · time-out ${timeout}`;
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? count(low) : `${count(low)} to ${count(high)}`;
}

/** What is this cell's own, next to what is common. */
export const ownRegime = (cell: Cell, common: Regime): readonly string[] =>
  [...regimeOf(cell)].filter(([name]) => !common.has(name)).map(([, words]) => words);
