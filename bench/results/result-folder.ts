/**
 * A folder of results. Rows are on disk as soon as they are known, so that an interrupted run keeps
 * them; a repetition counts once its row in the summary is there.
 */

import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { csvParse } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import {
  type CsvValue,
  kneeColumns,
  messageColumns,
  recoveryColumns,
  replyColumns,
  requestColumns,
  summaryColumns,
  timelineColumns,
  trustColumns,
} from "./columns.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";

const columnsOf = {
  requests: requestColumns,
  replies: replyColumns,
  messages: messageColumns,
  summary: summaryColumns,
  trust: trustColumns,
  timeline: timelineColumns,
  recovery: recoveryColumns,
  knees: kneeColumns,
} as const;

/** Files that are only there once there is something to say. */
const rare: ReadonlySet<string> = new Set(["trust", "timeline", "recovery", "knees"]);

export type FileName = keyof typeof columnsOf;
export type RowOf<File extends FileName> = {
  readonly [Column in (typeof columnsOf)[File][number]]: CsvValue;
};
/** A row as it was read: everything is text, nothing is the empty one. */
export type TextRow = Readonly<Record<string, string>>;

const fileNames = Object.keys(columnsOf) as readonly FileName[];

export class ResultFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new folder; what stands in an existing one is never overwritten. */
  static create(path: string, manifest: Manifest): ResultFolder {
    if (existsSync(path) && (!lstatSync(path).isDirectory() || readdirSync(path).length > 0)) {
      throw new UsageError(`${path} is not empty: name a new folder, or go on with run --resume`);
    }
    mkdirSync(path, { recursive: true });
    const folder = new ResultFolder(path);
    folder.writeManifest(manifest);
    for (const file of fileNames) {
      if (!rare.has(file)) folder.#begin(file);
    }
    return folder;
  }

  /** A folder that is there; rows of repetitions that did not end are taken out, to run again. */
  static resume(path: string): { readonly folder: ResultFolder; readonly manifest: Manifest } {
    const folder = ResultFolder.open(path);
    const manifest = folder.readManifest();
    const done = folder.repetitionsDone();
    for (const file of fileNames.filter((name) => existsSync(folder.pathOf(name)))) {
      const kept = folder.rows(file).filter((row) => done.has(repetitionKey(row)));
      folder.#rewrite(file, kept);
    }
    return { folder, manifest };
  }

  /** To be read. */
  static open(path: string): ResultFolder {
    if (!existsSync(join(path, "manifest.json"))) {
      throw new UsageError(`${path} is no folder of results: there is no manifest.json in it`);
    }
    return new ResultFolder(path);
  }

  pathOf(file: FileName): string {
    return join(this.path, `${file}.csv`);
  }

  append<File extends FileName>(file: File, rows: readonly RowOf<File>[]): void {
    if (!existsSync(this.pathOf(file))) this.#begin(file);
    appendFileSync(this.pathOf(file), stringify(linesOf(file, rows)));
  }

  #begin(file: FileName): void {
    writeFileSync(this.pathOf(file), stringify([[...columnsOf[file]]]));
  }

  rows(file: FileName): readonly TextRow[] {
    if (!existsSync(this.pathOf(file))) return [];
    const text = readFileSync(this.pathOf(file), "utf8");
    // Whoever is killed while writing leaves half a line.
    const whole = text.endsWith("\n") ? text : text.slice(0, text.lastIndexOf("\n") + 1);
    return csvParse(whole);
  }

  /** The repetitions that are complete, by `repetitionKey`. */
  repetitionsDone(): ReadonlySet<string> {
    return new Set(this.rows("summary").map(repetitionKey));
  }

  readManifest(): Manifest {
    const path = join(this.path, "manifest.json");
    const parsed = manifestSchema.safeParse(parseJson(readFileSync(path, "utf8")));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "it";
    throw new UsageError(`${path} is no manifest of this version: ${where} ${issue?.message}`);
  }

  writeManifest(manifest: Manifest): void {
    replaceFile(join(this.path, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  #rewrite(file: FileName, rows: readonly TextRow[]): void {
    const header = [...columnsOf[file]];
    replaceFile(
      this.pathOf(file),
      stringify([header, ...rows.map((row) => header.map((column) => row[column] ?? ""))]),
    );
  }
}

export const repetitionKey = (row: Readonly<Record<string, CsvValue>>): string =>
  `${row["cell"]} #${row["repetition"]}`;

/** `results/2026-11-21-default`, or the next free name of that kind. */
export function freshPath(parent: string, name: string, now: Date): string {
  const base = join(parent, `${now.toISOString().slice(0, 10)}-${name}`);
  for (let number = 1; ; number += 1) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(path)) return path;
  }
}

/** Makes `results/latest` point to a folder beside it. */
export function linkLatest(path: string): void {
  const link = join(dirname(resolve(path)), "latest");
  const there = lstatSync(link, { throwIfNoEntry: false });
  // Whatever else somebody keeps under that name is theirs.
  if (there !== undefined && !there.isSymbolicLink()) return;
  rmSync(link, { force: true });
  symlinkSync(basename(path), link, "dir");
}

function linesOf<File extends FileName>(file: File, rows: readonly RowOf<File>[]): string[][] {
  const columns: readonly string[] = columnsOf[file];
  return rows.map((row) => {
    const values: Readonly<Record<string, CsvValue>> = row;
    return columns.map((column) => textOf(values[column]));
  });
}

/** What never came took `inf` ms, as every reader of CSV spells it. */
const textOf = (value: CsvValue): string =>
  value === Number.POSITIVE_INFINITY ? "inf" : String(value ?? "");

/** Never leaves half a file behind. */
function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text);
  renameSync(fresh, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
