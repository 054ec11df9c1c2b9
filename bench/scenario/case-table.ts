/** The table of a scenario file: rows with the line they begin on, cells by the name of their column. */

import { csvParseRows } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import { didYouMean } from "../../core/nearest.ts";

export type Column = "set" | "transactions" | "live" | "byzantine" | "attack";

export interface CaseRow {
  readonly line: number;
  /** Trimmed; empty where the row has no such cell or the file no such column. */
  cell(column: Column): string;
}

export interface CaseTable {
  readonly columns: ReadonlySet<Column>;
  /** Blank rows are left out. */
  readonly rows: readonly CaseRow[];
}

/** What the courses call a column; the first name is the one that errors tell. */
const headings: Readonly<Record<Column, readonly string[]>> = {
  set: ["Set Number", "Set"],
  transactions: ["Transactions", "Transaction"],
  live: ["Live", "Live Nodes", "Live Servers"],
  byzantine: ["Byzantine", "Byzantine Nodes", "Byzantine Servers"],
  attack: ["Attack", "Attacks"],
};
const required: readonly Column[] = ["set", "transactions", "live"];
const allHeadings = Object.values(headings).flat();
const allowedHeader = `the header must be Set Number,Transactions,Live[,Byzantine[,Attack]], with ${headings.live.slice(1).join(" or ")} for Live and so on`;

/** A mistake of the file, with the line that it is on. */
export const mistake = (line: number, what: string): UsageError =>
  new UsageError(`line ${line}: ${what}`);

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Reads the whole table; a UsageError names the line and what is allowed there. */
export function readCaseTable(text: string): CaseTable {
  const [header, ...rest] = linesOf(text);
  if (header === undefined) throw mistake(1, `there is nothing: ${allowedHeader}`);
  const places = placesIn(header);
  const width = header.cells.length;
  const rows = rest.map(({ line, cells }): CaseRow => {
    const beyond = cells.slice(width).find((cell) => cell !== "");
    if (beyond !== undefined) {
      throw mistake(
        line,
        `${JSON.stringify(beyond)} stands beyond the last column: put values that hold commas into quotes or brackets`,
      );
    }
    return { line, cell: (column) => cells[places.get(column) ?? -1] ?? "" };
  });
  return { columns: new Set(places.keys()), rows };
}

/** Rows that are not blank. A cell may hold line breaks, so rows and lines are counted apart. */
function linesOf(text: string): readonly Line[] {
  let next = 1;
  const lines = csvParseRows(text).map((cells): Line => {
    const line = next;
    next += 1 + cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    return { line, cells: mended(cells).map((cell) => cell.trim()) };
  });
  const last = lines.at(-1);
  if (last !== undefined && (text.match(/"/g)?.length ?? 0) % 2 === 1) {
    throw mistake(last.line, "a quotation mark is opened and never closed");
  }
  return lines.filter(({ cells }) => cells.some((cell) => cell !== ""));
}

/** Files written by hand leave out quotes: what a bracket opens belongs together until it closes. */
function mended(cells: readonly string[]): readonly string[] {
  const whole: string[] = [];
  let open = 0;
  for (const cell of cells) {
    if (open > 0) whole.push(`${whole.pop() ?? ""},${cell}`);
    else whole.push(cell);
    const opened = cell.match(/[([]/g)?.length ?? 0;
    const closed = cell.match(/[)\]]/g)?.length ?? 0;
    open = Math.max(0, open + opened - closed);
  }
  return whole;
}

function placesIn({ line, cells }: Line): ReadonlyMap<Column, number> {
  const places = new Map<Column, number>();
  for (const [place, heading] of cells.entries()) {
    // Spreadsheets write empty columns behind the last one.
    if (heading === "") continue;
    const column = columnCalled(heading);
    if (column === undefined) {
      const guess = didYouMean(heading, allHeadings);
      throw mistake(
        line,
        `there is no column ${JSON.stringify(heading)}${guess}; ${allowedHeader}`,
      );
    }
    if (places.has(column)) throw mistake(line, `the column ${heading} is there twice`);
    places.set(column, place);
  }
  const missing = required.find((column) => !places.has(column));
  if (missing !== undefined) {
    throw mistake(line, `the column ${headings[missing][0]} is missing; ${allowedHeader}`);
  }
  return places;
}

function columnCalled(heading: string): Column | undefined {
  const written = heading.toLowerCase().replace(/\s+/g, " ");
  const columns = Object.keys(headings) as Column[];
  return columns.find((column) =>
    headings[column].some((known) => known.toLowerCase() === written),
  );
}
