/** What `compare` reads: a folder of results, or a CSV file wherever it comes from. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { csvParse } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import { type Manifest, manifestSchema } from "../results/manifest.ts";
import { withoutTornRow } from "../results/on-disk.ts";
import { type CellTable, cellsIn } from "./csv-cells.ts";

export interface ComparedResults extends CellTable {
  /** Equal files, equal fingerprints, wherever they lie. */
  readonly fingerprint: string;
  readonly manifest: Manifest | undefined;
}

export function readResults(path: string): ComparedResults {
  if (!existsSync(path)) throw new UsageError(`there is no file or folder ${path}`);
  const isFolder = statSync(path).isDirectory();
  const file = isFolder ? join(path, "summary.csv") : path;
  if (!existsSync(file)) throw new UsageError(`${path} is no folder of results: no summary.csv`);
  const written = readFileSync(file, "utf8");
  // Whoever is killed while writing leaves half a line.
  const text = isFolder ? withoutTornRow(written) : written;
  // Spreadsheets put a byte order mark in front.
  const rows = csvParse(text.replace(/^\uFEFF/, ""));
  return {
    ...cellsIn(rows, file),
    fingerprint: createHash("sha256").update(text).digest("hex"),
    manifest: readManifestBeside(isFolder ? path : dirname(path)),
  };
}

function readManifestBeside(folder: string): Manifest | undefined {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no manifest either, and the comparison says that there is none.
    return undefined;
  }
}
