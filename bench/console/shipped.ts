/** Scripts by name: those that come along, and files of one's own. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, UsageError } from "../../core/assert.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";

/** The scripts that come along. */
export const shippedScripts = (): readonly string[] =>
  readdirSync(findFolder())
    .map((file) => file.replace(/\.txt$/, ""))
    .sort();

/** The text of a script: a shipped one by its name, any other by its path. */
export function scriptNamed(nameOrPath: string): string {
  const names = shippedScripts();
  if (names.includes(nameOrPath)) {
    return readFileSync(join(findFolder(), `${nameOrPath}.txt`), "utf8");
  }
  try {
    return readFileSync(nameOrPath, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = isMissing
      ? `there is no file ${nameOrPath}, and no script of that name, only ${anyOf(names)}`
      : `${nameOrPath} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new UsageError(`${why}${didYouMean(nameOrPath, names)}`);
  }
}

/** Beside this file, or beside its source when this is the built program. */
function findFolder(): string {
  const here = import.meta.dirname;
  const folders = [join(here, "scripts"), join(here, "../../../bench/console/scripts")];
  const folder = folders.find((candidate) => existsSync(candidate));
  assert(folder !== undefined, "the shipped scripts are shipped");
  return folder;
}
