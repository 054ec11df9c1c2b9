/** A seeded bug as a protocol object, beside the sound one: its rooms are copied, changed, imported. */

import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Protocol } from "../../core/protocol.ts";
import { applyEdit, type Mutant } from "./mutant.ts";

export interface LoadedMutant {
  readonly protocol: Protocol;
  /** Where it lies; whoever asked for it takes it away. */
  readonly folder: string;
}

/** PBFT with the bug in it. */
export async function loadPbftMutant(root: string, { edits }: Mutant): Promise<LoadedMutant> {
  const folder = mkdtempSync(join(tmpdir(), "loaded-mutant-"));
  for (const room of ["core", "pbft"]) {
    cpSync(join(root, room), join(folder, room), { recursive: true });
  }
  for (const edit of edits) {
    const path = join(folder, edit.file);
    writeFileSync(path, applyEdit(readFileSync(path, "utf8"), edit));
  }
  const url = pathToFileURL(join(folder, "pbft", "index.ts")).href;
  const loaded = (await import(url)) as { readonly pbft: Protocol };
  return { protocol: loaded.pbft, folder };
}
