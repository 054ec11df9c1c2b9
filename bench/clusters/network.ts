/** From `--network` to a model of it; the file of a matrix is read here. */

import { readFileSync } from "node:fs";
import { csvParseRows } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import type { Network } from "../../sim/network.ts";
import { createNetwork, parseNetwork, parsePlaceMatrix } from "../../sim/network-notation.ts";

/** A UsageError says what is wrong with the text or with the file it names. */
export function networkNamed(text: string): Network {
  const plan = parseNetwork(text);
  if (plan.delay.kind !== "matrix") return createNetwork(plan);
  const { file } = plan.delay;
  return createNetwork(plan, parsePlaceMatrix(file, csvParseRows(read(file))));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--network wan:${file}: the file cannot be read (${why})`);
  }
}
