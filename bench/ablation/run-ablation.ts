/** `hunt --ablation`: runs it, keeps what it found in a folder, and prints the tables. */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "csv-stringify/sync";
import { UsageError } from "../../core/assert.ts";
import type { Harvest } from "../hunt/hunter.ts";
import { huntOnAllCores } from "../hunt/pool.ts";
import { seldom, tellProgress } from "../hunt/progress.ts";
import { writeFind } from "../hunt/schedule-file.ts";
import type { Share } from "../hunt/worker.ts";
import { interruptedExitCode } from "../interrupt.ts";
import { createProgress } from "../output/progress.ts";
import { freshPath } from "../results/result-folder.ts";
import { type Ablated, type AblationPlan, ablate } from "./ablation.ts";
import { ablationColumns, ablationRows, fileOf } from "./rows.ts";
import { ablationTables } from "./tables.ts";

export interface AblationOptions extends Omit<AblationPlan, "hunt"> {
  readonly workers: number | undefined;
  /** A new folder; one under results/ when nobody says. */
  readonly out: string | undefined;
  readonly isJson: boolean;
}

const badAnswerExitCode = 1;

export async function runAblation(options: AblationOptions): Promise<void> {
  const { out, isJson, signal } = options;
  const folder = freshFolder(out);
  const ablated = await ablate({ ...options, hunt: (share) => huntAndTell(share, options) });
  const rows = ablationRows(ablated, options);
  writeFileSync(
    join(folder, "ablation.csv"),
    stringify([...rows], { header: true, columns: [...ablationColumns] }),
  );
  for (const { protocol, find } of ablated) {
    if (find !== undefined) writeFind(join(folder, fileOf(protocol)), find);
  }
  if (isJson) console.log(JSON.stringify(rows, null, 2));
  else console.log(`${ablationTables(ablated)}\n\nResults: ${relative("", folder) || "."}`);
  process.exitCode = signal.aborted ? interruptedExitCode : exitCodeOf(ablated);
}

/** What breaks without a rule is what the ablation is for; the rules as they are must hold. */
export const exitCodeOf = (ablated: readonly Ablated[]): number =>
  ablated.some(
    ({ rule, violations, replayed }) =>
      rule === undefined && (violations > 0 || replayed.length > 0),
  )
    ? badAnswerExitCode
    : 0;

function freshFolder(out: string | undefined): string {
  if (out !== undefined && existsSync(out) && readdirSync(out).length > 0) {
    throw new UsageError(`--out ${out} is not empty: name a new folder`);
  }
  const folder = out ?? freshPath("results", "ablation", new Date());
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function huntAndTell(share: Share, { workers, signal }: AblationOptions): Promise<Harvest> {
  const progress = createProgress();
  const pauseMs = process.stderr.isTTY ? Number.POSITIVE_INFINITY : 60_000;
  const showSeldom = seldom((text) => console.error(text), pauseMs);
  const startedAt = performance.now();
  const onShare = (soFar: Harvest) => {
    const elapsedMs = performance.now() - startedAt;
    const text = tellProgress(share.protocol, soFar, share.count, elapsedMs);
    progress.show(text);
    showSeldom(text);
  };
  try {
    return await huntOnAllCores(share, { workers, signal, progress: onShare });
  } finally {
    progress.clear();
  }
}
