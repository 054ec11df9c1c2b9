/** Files that outlive whoever is killed while writing them. */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { csvParseRows } from "d3-dsv";

/** A file that rows are appended to: what was there before a last line that broke off; nothing without a file. */
export function readWholeLines(path: string): string {
  if (!existsSync(path)) return "";
  const text = readFileSync(path, "utf8");
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

/** Without a last line that broke off before its last field; whoever edits a file may leave its end open. */
export function withoutTornRow(csv: string): string {
  const end = csv.lastIndexOf("\n") + 1;
  const [head = []] = csvParseRows(csv.slice(0, csv.indexOf("\n") + 1));
  const [last = []] = csvParseRows(csv.slice(end));
  return last.length < head.length ? csv.slice(0, end) : csv;
}

/** The name under which a file is written before it takes the place of the old one. */
export const draftOf = (path: string): string => `${path}.new`;

/** Never leaves half a file behind: the old one stands until the new one is complete. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(draftOf(path), text);
  renameSync(draftOf(path), path);
}
