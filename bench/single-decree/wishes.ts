/** `--set VALUE@PROPOSER` and `--crash ID@PHASE`, read and checked. */

import { UsageError } from "../../core/assert.ts";
import { encodeCanonical, type Json } from "../../core/encoding.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import type { RoleCounts } from "../../paxos/single-decree/roles.ts";
import { type Crash, idOf, sizeOf, type Wish } from "./deployment.ts";
import { counted } from "./hosts-file.ts";

/** What consensus nodes send, in the order of a run. */
export const phases = [
  "election",
  "elected",
  "roles",
  "start",
  "prepare",
  "promise",
  "accept",
  "accepted",
  "reply",
] as const;

/** Without a proposer the first client asks the first, the second the next, and so on. */
export function readWish(text: string, client: number, { proposers }: RoleCounts): Wish {
  const [, written = "", proposer] = /^(.*?)(?:@([^@]*))?$/s.exec(text) ?? [];
  if (written === "") {
    throw new UsageError(`--set must be VALUE@PROPOSER, such as 55@0, not "${text}"`);
  }
  if (proposer === undefined) return { value: valueIn(written), proposer: client % proposers };
  if (!/^\d{1,3}$/.test(proposer) || Number(proposer) >= proposers) {
    const last = proposers - 1;
    throw new UsageError(
      `--set ${text} names proposer ${proposer || "nobody"}, and ${counted(proposers, "proposer")} ${proposers === 1 ? "is" : "are"} counted ${last === 0 ? "0" : `0 to ${last}`}`,
    );
  }
  return { value: valueIn(written), proposer: Number(proposer) };
}

/** A number where it is one and keeps all of its digits, or else text. */
function valueIn(text: string): Json {
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (String(number) === text && encodeCanonical(number).problem === undefined) return number;
  const { problem } = encodeCanonical(text);
  if (problem !== undefined) throw new UsageError(`--set must not be ${problem}`);
  return text;
}

/** As somebody wrote it: text without its quotation marks. */
export function printValue(canonicalText: string): string {
  const value: unknown = JSON.parse(canonicalText);
  return typeof value === "string" ? value : canonicalText;
}

export function readCrashes(texts: readonly string[], counts: RoleCounts): readonly Crash[] {
  const crashes = texts.map((text) => readCrash(text, counts));
  const twice = crashes.find(({ node }, index) =>
    crashes.slice(0, index).some((other) => other.node === node),
  );
  if (twice === undefined) return crashes;
  throw new UsageError(`--crash names node ${twice.node.slice(1)} twice: it crashes once`);
}

function readCrash(text: string, counts: RoleCounts): Crash {
  const [, id = "", phase] = /^r?(\d{1,3})(?:@(.*))?$/.exec(text) ?? [];
  const last = sizeOf({ counts }) - 1;
  if (id === "" || Number(id) > last) {
    throw new UsageError(
      `--crash must be ID or ID@PHASE with a node from 0 to ${last}, such as 3@promise, not "${text}"`,
    );
  }
  const before = phase === undefined ? undefined : readPhase(phase);
  return { node: idOf({ counts }, Number(id)), before };
}

export function readPhase(text: string): (typeof phases)[number] {
  const phase = phases.find((known) => known === text);
  if (phase !== undefined) return phase;
  throw new UsageError(
    `--crash knows the phases ${anyOf(phases)}, not "${text}"${didYouMean(text, phases)}`,
  );
}
