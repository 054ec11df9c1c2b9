/** Which cells of two results are the same experiment: those with equal keys, as far as both have them. */

import { UsageError } from "../../core/assert.ts";
import { type CellTable, type ComparedCell, groupBy } from "./csv-cells.ts";

export interface Matching {
  readonly pairs: readonly (readonly [base: ComparedCell, candidate: ComparedCell])[];
  /** The columns that were matched by. */
  readonly columns: readonly string[];
  /** Key columns that one side alone has; nobody knows what the other had there. */
  readonly unmatchedColumns: readonly string[];
  readonly onlyInBase: readonly string[];
  readonly onlyInCandidate: readonly string[];
  /** Cells that only a missing column tells apart: comparing them would mix experiments. */
  readonly ambiguous: readonly string[];
}

export function matchCells(base: CellTable, candidate: CellTable): Matching {
  const columns = base.columns.filter((column) => candidate.columns.includes(column));
  if (columns.length === 0) {
    throw new UsageError(
      `base and candidate have no key column in common: ${base.columns.join(", ")} against ${candidate.columns.join(", ")}`,
    );
  }
  const all = [...new Set([...base.columns, ...candidate.columns])];
  const keyOf = ({ keys }: ComparedCell) => columns.map((column) => keys[column]).join("\n");
  const ofBase = groupBy(base.cells, keyOf);
  const ofCandidate = groupBy(candidate.cells, keyOf);
  const pairs: [ComparedCell, ComparedCell][] = [];
  const ambiguous: string[] = [];
  for (const [key, [cell, ...more]] of ofBase) {
    const [other, ...others] = ofCandidate.get(key) ?? [];
    if (cell === undefined || other === undefined) continue;
    if (more.length + others.length > 0) ambiguous.push(cell.name);
    else pairs.push([cell, other]);
  }
  return {
    pairs,
    columns,
    unmatchedColumns: all.filter((column) => !columns.includes(column)),
    onlyInBase: namesMissing(ofBase, ofCandidate),
    onlyInCandidate: namesMissing(ofCandidate, ofBase),
    ambiguous,
  };
}

type Grouped = ReadonlyMap<string, readonly ComparedCell[]>;

const namesMissing = (from: Grouped, other: Grouped): readonly string[] =>
  [...from]
    .filter(([key]) => !other.has(key))
    .flatMap(([, cells]) => cells.map(({ name }) => name));
