/** What a run of the paper's figures leaves in its folder: figure-N.csv, one for each. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { readRun } from "../report/run-data.ts";
import { publishedFile } from "../results/published.ts";
import { type PaperFigure, paperFigures } from "./figures.ts";
import { figureColumns, figureLines } from "./rows.ts";
import { verdictSentences } from "./verdicts.ts";

/** The names of the files. */
export function writeFigures(folder: string, figures: readonly PaperFigure[]): readonly string[] {
  return figures.map((shown) => {
    const name = `figure-${shown.number}.csv`;
    const lines = figureLines(shown).map((line) => [...line]);
    writeFileSync(join(folder, name), stringify([[...figureColumns], ...lines]));
    return name;
  });
}

/** The sentences of a run; none of one that is not about the paper. */
export function paperSentencesOf(folder: string): readonly string[] {
  // Reading a run compares all its cells: not for runs that have nothing published beside them.
  if (!existsSync(join(folder, publishedFile))) return [];
  const data = readRun(folder);
  const { tables, manifest } = data;
  const sentences = paperSentences(paperFigures({ tables, cells: manifest.cells }));
  return sentences.length === 0 ? [] : [...sentences, ...verdictSentences(data), aboutPaper];
}

/** A sentence for each figure. */
export const paperSentences = (figures: readonly PaperFigure[]): readonly string[] =>
  figures.map(({ number, title, sentence }) => `Figure ${number}, ${title}: ${sentence}`);

export const aboutPaper =
  "Published points are of other machines: only who is ahead and where it goes is compared, not values. The paper took its PBFT, Raft and PoS from other literature; its Raft stands beside Paxos here, and its PoS is left out. It offered 1,000 transactions a second and reported over 2,000, and has PBFT at n = 6 at 770 a second in figure 5 and at 2,030 in figure 7.";
