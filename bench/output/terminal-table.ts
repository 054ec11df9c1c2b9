/** Tables as a terminal shows them; plain text where nobody looks. */

import Table from "cli-table3";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A line stands under the head, and above each row whose first cell says something. */
export function terminalTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { "padding-left": 0, ...(process.stdout.isTTY ? {} : { head: [], border: [] }) },
  });
  for (const row of rows) table.push([...row]);
  const isGrouped = rows.some(([first]) => first === "");
  const [top = "", head = "", ...lines] = table.toString().split("\n");
  // What is left comes in pairs, the line above a row and the row; then the bottom.
  const body = rows.flatMap(([first], index) => {
    const [line = "", row = ""] = lines.slice(2 * index, 2 * index + 2);
    return index === 0 || (isGrouped && first !== "") ? [line, row] : [row];
  });
  return [top, head, ...body, lines.at(-1) ?? ""].join("\n");
}

export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });
