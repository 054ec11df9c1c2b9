/** From a suite and flags to cells, and to the order in which they are repeated. */

import { createRandom } from "../sim/random.ts";
import { type Cell, createCell } from "./cell.ts";
import type { Choice } from "./options/choice.ts";
import {
  type FactorName,
  type Factors,
  factorNames,
  factors,
  type Settings,
  settings,
} from "./options/knobs.ts";
import { protocolOf } from "./protocols.ts";
import type { Grid } from "./suite.ts";

/** All cells of some grids, each once, in the order in which they are written. Flags override. */
export function cellsOf(grids: readonly Grid[], flags: Choice): readonly Cell[] {
  const byName = new Map<string, Cell>();
  for (const { title, choice } of grids) {
    for (const cell of span(overridden(choice, flags), title)) {
      const known = byName.get(cell.name);
      const groups = [...new Set([...(known?.groups ?? []), ...cell.groups])];
      byName.set(cell.name, { ...(known ?? cell), groups });
    }
  }
  return [...byName.values()];
}

/** One life of one cluster. */
export interface Repetition {
  readonly cell: Cell;
  /** Counted from 1. */
  readonly number: number;
  readonly seed: number;
}

/**
 * Interleaved: each block holds every cell once, in an order drawn from the seed, so that no protocol
 * has the quiet part of an afternoon to itself; but the first block climbs where several rates are
 * offered. Equal repetitions of all cells share a seed.
 */
export function planOf(cells: readonly Cell[], seed: number): readonly Repetition[] {
  const blocks = Math.max(0, ...cells.map(({ repetitions }) => repetitions));
  const random = createRandom(seed).fork("order");
  return Array.from({ length: blocks }, (_, index) => index + 1).flatMap((number) => {
    const block = cells.filter(({ repetitions }) => repetitions >= number);
    const drawn = random.fork(`block ${number}`).sample(block, block.length);
    // What is found at one rate decides whether the next one is worth offering.
    const ordered = number === 1 && isLadder(cells) ? byRate(drawn) : drawn;
    return ordered.map((cell) => ({ cell, number, seed: seed + number - 1 }));
  });
}

const isLadder = (cells: readonly Cell[]): boolean =>
  new Set(cells.map(({ rate }) => rate)).size > 2;

/** Among equal rates the order stays as it was drawn. */
const byRate = (cells: readonly Cell[]): readonly Cell[] =>
  cells.toSorted((one, other) => one.rate - other.rate);

/** The seed of the first repetition. */
export function seedOf(grids: readonly Grid[], flags: Choice): number {
  const written = grids.map(({ choice }) => choice.seed).find((seed) => seed !== undefined);
  return flags.seed ?? written ?? settings.seed.initial;
}

/** A size said at the command line replaces those of the suite, whichever word they use. */
function overridden(choice: Choice, flags: Choice): Choice {
  const isSized = flags.n !== undefined || flags.f !== undefined;
  const base = isSized ? { ...choice, n: undefined, f: undefined } : choice;
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

/** Identities for an open loop: so many requests may be under way before one has to wait. */
export const clientsOfOpenLoop = 64;

const initialOf = (name: FactorName, { rate = [] }: Choice) =>
  name === "clients" && rate.some((perS) => perS > 0) ? clientsOfOpenLoop : factors[name].initial;

interface Size {
  /** What the protocols have in common. */
  readonly group: string;
  nodesOf(chosen: Pick<Factors, "protocol" | "domains">): number;
}

function span(choice: Choice, title: string | undefined): readonly Cell[] {
  const others = factorNames.filter((name) => name !== "n" && name !== "f");
  const combinations = others.reduce<readonly Partial<Factors>[]>(
    (partial, name) =>
      (choice[name] ?? [initialOf(name, choice)]).flatMap((value) =>
        partial.map((combination) => ({ ...combination, [name]: value })),
      ),
    [{}],
  );
  const kept = settingsOf(choice);
  return sizesOf(choice).flatMap(({ group, nodesOf }) =>
    combinations.map((combination) => {
      // Every factor but the size has its value by now.
      const chosen = combination as Omit<Factors, "n" | "f">;
      const n = nodesOf(chosen);
      return createCell({ ...chosen, ...kept, n }, [title ?? group]);
    }),
  );
}

function sizesOf({ n, f }: Choice): readonly Size[] {
  const equalFaults = (f ?? (n === undefined ? [factors.f.initial] : [])).map((faults) => ({
    group: `equal f = ${faults}`,
    nodesOf: (chosen: Pick<Factors, "protocol" | "domains">) => protocolOf(chosen).nodesFor(faults),
  }));
  const equalNodes = (n ?? []).map((nodes) => ({
    group: `equal n = ${nodes}`,
    nodesOf: () => nodes,
  }));
  return [...equalFaults, ...equalNodes];
}

function settingsOf(choice: Choice): Settings {
  return {
    requests: choice.requests ?? settings.requests.initial,
    duration: choice.duration,
    warmup: choice.warmup,
    repetitions: choice.repetitions ?? settings.repetitions.initial,
    timeout: choice.timeout,
    patience: choice.patience ?? settings.patience.initial,
    checkpoint: choice.checkpoint ?? settings.checkpoint.initial,
    trust: choice.trust,
    seed: choice.seed ?? settings.seed.initial,
  };
}
