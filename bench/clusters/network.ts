/** From `--network` to a model of it; the file of a matrix is read here. */

import { readFileSync } from "node:fs";
import { csvParseRows } from "d3-dsv";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Random } from "../../core/random.ts";
import type { Delays } from "../../host/distance.ts";
import { type Network, viewOf } from "../../sim/network.ts";
import { createNetwork, parseNetwork, parsePlaceMatrix } from "../../sim/network-notation.ts";
import { createRandom } from "../../sim/random.ts";
import type { ClusterSpec } from "../cluster.ts";

/** A UsageError says what is wrong with the text or with the file it names. */
export function networkNamed(text: string): Network {
  const plan = parseNetwork(text);
  if (plan.delay.kind !== "matrix") return createNetwork(plan);
  const { file } = plan.delay;
  return createNetwork(plan, parsePlaceMatrix(file, csvParseRows(read(file))));
}

/**
 * What real hosts add to each message. Without a word about the network nothing: messages take as long as
 * they really do.
 */
export function delaysOf({
  network: text,
  seed,
}: Pick<ClusterSpec, "network" | "seed">): Delays | undefined {
  if (text === "lan") return undefined;
  const network = networkNamed(text);
  const random = createRandom(seed).fork("network");
  // Each sender draws its own: who shares a process with whom must not decide whose message is lost.
  const streams = new Map<NodeId, Random>();
  return (from, to, message, now) => {
    const own = streams.get(from) ?? random.fork(from);
    streams.set(from, own);
    return network({ from, to, kind: message.kind, view: viewOf(message), now, random: own });
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--network wan:${file}: the file cannot be read (${why})`);
  }
}
