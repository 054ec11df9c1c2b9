/**
 * A folder of results. Rows are on disk as soon as they are known, so that an interrupted run keeps
 * them; a repetition counts once its row in the summary is there.
 */

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { csvParse } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import {
  type CsvValue,
  kneeColumns,
  messageColumns,
  processColumns,
  recoveryColumns,
  replyColumns,
  requestColumns,
  summaryColumns,
  timelineColumns,
  trustColumns,
} from "./columns.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import { draftOf, readWholeLines, replaceFile } from "./on-disk.ts";
import { publishedFile } from "./published.ts";
import { keepNotes } from "./verdicts.ts";

const columnsOf = {
  requests: requestColumns,
  replies: replyColumns,
  messages: messageColumns,
  summary: summaryColumns,
  trust: trustColumns,
  timeline: timelineColumns,
  recovery: recoveryColumns,
  knees: kneeColumns,
  processes: processColumns,
} as const;

/** Files that are only there once there is something to say. */
const rare: ReadonlySet<string> = new Set(["trust", "timeline", "recovery", "knees"]);

export type FileName = keyof typeof columnsOf;
export type RowOf<File extends FileName> = {
  readonly [Column in (typeof columnsOf)[File][number]]: CsvValue;
};
/** A row as it was read: everything is text, nothing is the empty one. */
export type TextRow = Readonly<Record<string, string>>;

const manifestIn = (folder: string): string => join(folder, "manifest.json");

const fileNames = Object.keys(columnsOf) as readonly FileName[];

export class ResultFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * A new folder; what stands in an existing one is never overwritten. Published times lie beside our
   * rows, so that the folder explains itself wherever it is taken.
   */
  static create(path: string, manifest: Manifest, published?: string): ResultFolder {
    if (existsSync(path) && !isFree(path)) {
      throw new UsageError(`${path} is not empty: name a new folder, or go on with run --resume`);
    }
    mkdirSync(path, { recursive: true });
    if (published !== undefined) copyFileSync(published, join(path, publishedFile));
    const folder = new ResultFolder(path);
    folder.writeManifest(manifest);
    for (const file of fileNames) {
      if (!rare.has(file)) folder.#begin(file);
    }
    return folder;
  }

  /** A folder that is there; what is left of repetitions that did not end is taken out, to run again. */
  static resume(path: string): { readonly folder: ResultFolder; readonly manifest: Manifest } {
    const folder = ResultFolder.open(path);
    const manifest = folder.readManifest();
    const done = folder.repetitionsDone();
    for (const file of fileNames.filter((name) => existsSync(folder.pathOf(name)))) {
      const kept = folder.rows(file).filter((row) => done.has(repetitionKey(row)));
      folder.#rewrite(file, kept);
    }
    keepNotes(path, ({ cell, repetition }) => done.has(repetitionKey({ cell, repetition })));
    return { folder, manifest };
  }

  /** To be read. */
  static open(path: string): ResultFolder {
    if (!existsSync(manifestIn(path))) {
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
    replaceFile(this.pathOf(file), stringify([[...columnsOf[file]]]));
  }

  rows(file: FileName): readonly TextRow[] {
    return csvParse(readWholeLines(this.pathOf(file)));
  }

  /** The repetitions that are complete, by `repetitionKey`. */
  repetitionsDone(): ReadonlySet<string> {
    return new Set(this.rows("summary").map(repetitionKey));
  }

  readManifest(): Manifest {
    const path = manifestIn(this.path);
    const parsed = manifestSchema.safeParse(parseJson(readFileSync(path, "utf8")));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "it";
    throw new UsageError(`${path} is no manifest of this version: ${where} ${issue?.message}`);
  }

  writeManifest(manifest: Manifest): void {
    replaceFile(manifestIn(this.path), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  #rewrite(file: FileName, rows: readonly TextRow[]): void {
    const header = [...columnsOf[file]];
    replaceFile(
      this.pathOf(file),
      stringify([header, ...rows.map((row) => header.map((column) => row[column] ?? ""))]),
    );
  }
}

/** Empty, but for what a run leaves that was killed before it had a manifest. */
function isFree(path: string): boolean {
  if (!lstatSync(path).isDirectory()) return false;
  const found = readdirSync(path);
  const draft = basename(draftOf(manifestIn(path)));
  const isLeft = (name: string) => name === draft || name === publishedFile;
  return found.length === 0 || (found.includes(draft) && found.every(isLeft));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
