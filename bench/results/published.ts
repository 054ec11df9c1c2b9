/** Times that somebody else published, to stand beside ours. */

import { existsSync, readFileSync } from "node:fs";
import { csvParse } from "d3-dsv";
import { parseFaults } from "../../faults/notation.ts";
import { type Cell, noFault } from "../cell.ts";
import { figure } from "../output/figures.ts";

export interface Published {
  /** What was published for such a cell, in words; undefined where nothing was. */
  besides(cell: Cell): string | undefined;
}

/** In a folder of results; only suites that have published times bring it. */
export const publishedFile = "published.csv";

/** From a CSV file with the columns source, x, n, fault, seconds, note; undefined without one. */
export function readPublished(path: string): Published | undefined {
  if (!existsSync(path)) return undefined;
  const rows = csvParse(readFileSync(path, "utf8"));
  return {
    besides(cell) {
      const row = rows.find(
        ({ n, x, fault }) => Number(n) === cell.n && `${fault}@${x}` === faultOf(cell),
      );
      if (row === undefined) return undefined;
      const { source = "", seconds = "", note = "" } = row;
      return `${source}: ${seconds === "" ? note : `${figure(1000 * Number(seconds))} ms`}`;
    },
  };
}

/** As `mode@number`: the only kind of fault that times are published for. */
function faultOf({ fault }: Cell): string {
  if (fault === noFault) return fault;
  return parseFaults([fault])
    .map(({ mode, who }) => `${mode}@${who}`)
    .join(";");
}
