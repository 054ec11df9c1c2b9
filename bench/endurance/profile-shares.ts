/** Where the time of a CPU profile goes, by kind of work: `node --import tsx bench/endurance/profile-shares.ts FILE`. */

import { readFileSync } from "node:fs";
import { assert } from "../../core/assert.ts";

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that ran, at each look. */
  readonly samples: readonly number[];
  /** µs since the look before. */
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly kind: string;
  readonly ms: number;
  /** Of the time in which anything ran. */
  readonly share: number;
}

/** The first that fits names the kind: a function by its name, then by where it stands. */
const kinds: readonly (readonly [kind: string, name: RegExp, url: RegExp])[] = [
  ["idle", /^\(idle\)$/, /^$/],
  ["garbage collection", /^\(garbage collector\)$/, /^$/],
  ["engine and event loop", /^\((program|root)\)$/, /^$/],
  ["loading of the program", /./, /node:internal\/(modules|vm|fs|source_map)|node:fs/],
  ["signatures", /^(signOneShot|verifyOneShot|sign|verify)$/, /^$|crypto/],
  ["signatures", /^(sign|verify|seal|isAuthentic|createKeyring)/, /host\/crypto/],
  ["digests", /^(digest|update|oneShotDigest|Hash|hash|digestOf|_handle)/, /^$|crypto/],
  [
    "system calls",
    /^(write|writev|write\w+String|writeBuffer|read\w*|open|fsync|connect|shutdown)$/,
    /^$/,
  ],
  ["signatures", /./, /node:internal\/crypto\/(sig|keys)/],
  ["digests", /./, /node:internal\/crypto/],
  ["JSON and canonical text", /./, /core\/encoding|strict-json/],
  ["checks of shapes", /./, /core\/decode|shapes|messages\.[jt]s/],
  ["HTTP", /./, /node:|node_modules/],
  [
    "replica logic",
    /./,
    /\/(pbft|services)\/|core\/(executor|votes|quorum|log|out|messages|client)/,
  ],
  ["host: posts, queues, counting", /./, /\/(host|faults)\//],
  ["bench: load, meter, judges", /./, /\/(bench|sim)\//],
];

/** A native function has no place of its own: it works for whoever called it. */
function kindOf({ functionName, url }: ProfileNode["callFrame"], caller: string): string {
  const own = kinds.find(([, name, place]) => name.test(functionName) && place.test(url));
  if (own !== undefined) return own[0];
  return url === "" ? caller : "rest";
}

export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kindById = new Map<number, string>();
  const [root] = nodes;
  assert(root !== undefined, "a profile has a root");
  const waiting: [node: ProfileNode, caller: string][] = [[root, "engine and event loop"]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, caller] = next;
    const kind = kindOf(node.callFrame, caller);
    kindById.set(node.id, kind);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) waiting.push([child, kind]);
    }
  }
  const microseconds = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const kind = kindById.get(id) ?? "rest";
    microseconds.set(kind, (microseconds.get(kind) ?? 0) + (timeDeltas[index] ?? 0));
  }
  microseconds.delete("idle");
  const total = [...microseconds.values()].reduce((sum, part) => sum + part, 0);
  return [...microseconds]
    .map(([kind, part]) => ({ kind, ms: part / 1000, share: part / total }))
    .toSorted((one, other) => other.ms - one.ms);
}

/** The functions in which most time was spent themselves. */
export function hottest(profile: CpuProfile, most: number): readonly Share[] {
  const named = profile.nodes.map(({ id, callFrame: { functionName, url } }) => {
    const place = url.split("/").slice(-2).join("/");
    return [id, `${functionName || "(anonymous)"} ${place}`.trim()] as const;
  });
  const names = new Map(named);
  const microseconds = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const name = names.get(id) ?? "";
    if (name === "(idle)") continue;
    microseconds.set(name, (microseconds.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  const total = [...microseconds.values()].reduce((sum, part) => sum + part, 0);
  return [...microseconds]
    .map(([kind, part]) => ({ kind, ms: part / 1000, share: part / total }))
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, most);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`.padStart(7);

const [, program = "", file] = process.argv;
if (program.includes("profile-shares") && file !== undefined) {
  // The engine wrote it.
  const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
  for (const { kind, share } of sharesOf(profile)) console.log(percent(share), kind);
  console.log();
  for (const { kind, share } of hottest(profile, 25)) console.log(percent(share), kind);
}
