/** The protocols of one run against each other: on equal terms, and in nothing else different. */

import { inHouseOrder } from "../charts/palette.ts";
import type { ComparedCell } from "./csv-cells.ts";
import { groupBy } from "./csv-cells.ts";
import type { CellPair } from "./pairs.ts";

const sizes: ReadonlySet<string> = new Set(["protocol", "n", "f"]);

/**
 * Each cell against the cell of the first protocol of the house that ran under the same conditions, at
 * equal n and at equal f. Doses of a fault that differ are different conditions.
 */
export function pairsWithin(cells: readonly ComparedCell[]): readonly CellPair[] {
  const byConditions = groupBy(cells, ({ keys }) =>
    Object.entries(keys)
      .filter(([column]) => !sizes.has(column))
      .map(([, value]) => value)
      .join("\n"),
  );
  return [...byConditions.values()].flatMap((alike) => {
    const [first] = inHouseOrder(alike.map(({ keys }) => keys["protocol"] ?? ""));
    const isSmallest = smallestIn(alike);
    const bases = alike.filter(({ keys }) => keys["protocol"] === first);
    const others = alike.filter(({ keys }) => keys["protocol"] !== first);
    return bases.flatMap((base) =>
      others.flatMap((candidate) => {
        const terms = termsOf(base, candidate, isSmallest);
        return terms === undefined ? [] : [{ base, candidate, terms }];
      }),
    );
  });
}

/** At equal f each protocol has as many nodes as it needs, not one more. */
function smallestIn(cells: readonly ComparedCell[]): (cell: ComparedCell) => boolean {
  const smallest = new Map<string, number>();
  const keyOf = ({ keys }: ComparedCell) => `${keys["protocol"]} ${keys["f"]}`;
  for (const cell of cells) {
    const n = Number(cell.keys["n"]);
    smallest.set(keyOf(cell), Math.min(n, smallest.get(keyOf(cell)) ?? n));
  }
  return (cell) => smallest.get(keyOf(cell)) === Number(cell.keys["n"]);
}

function termsOf(
  base: ComparedCell,
  candidate: ComparedCell,
  isSmallest: (cell: ComparedCell) => boolean,
): string | undefined {
  const isEqual = (column: string) =>
    base.keys[column] !== undefined && base.keys[column] === candidate.keys[column];
  if (isEqual("n")) return isEqual("f") ? "equal n and f" : "equal n";
  return isEqual("f") && isSmallest(base) && isSmallest(candidate) ? "equal f" : undefined;
}
