/** Verdicts that were not good, kept beside the rows: why, and the command that shows it again. */

import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { commandFor } from "../output/repeat.ts";
import type { Result } from "../runner.ts";
import { readWholeLines, replaceFile } from "./on-disk.ts";

const notedSchema = z.object({
  cell: z.string(),
  repetition: z.number(),
  seed: z.number(),
  safety: z.string(),
  liveness: z.string(),
  /** In sentences: slot, nodes and digests among them. */
  reasons: z.array(z.string()),
  repeat: z.string(),
});

export type NotedVerdict = z.infer<typeof notedSchema>;

const pathIn = (folder: string): string => join(folder, "verdicts.jsonl");

/** One line of JSON for a repetition that was not safe and live. */
export function noteVerdict(folder: string, { repetition, verdict }: Result): void {
  const { safety, liveness, reasons } = verdict;
  if (safety === "ok" && liveness === "ok") return;
  const { cell, number, seed } = repetition;
  const noted: NotedVerdict = {
    cell: cell.name,
    repetition: number,
    seed,
    safety,
    liveness,
    reasons: [...reasons],
    repeat: commandFor(cell, seed),
  };
  appendFileSync(pathIn(folder), `${JSON.stringify(noted)}\n`);
}

export function notedVerdicts(folder: string): readonly NotedVerdict[] {
  return readWholeLines(pathIn(folder))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => notedSchema.parse(JSON.parse(line)));
}

/** Takes out the others, and half a line where somebody was killed over it. */
export function keepNotes(folder: string, isKept: (note: NotedVerdict) => boolean): void {
  if (!existsSync(pathIn(folder))) return;
  const lines = notedVerdicts(folder)
    .filter(isKept)
    .map((note) => `${JSON.stringify(note)}\n`);
  replaceFile(pathIn(folder), lines.join(""));
}
