/** The answer of a run in words, made from its figures and from nothing else. */

import { titleOf } from "../charts/palette.ts";
import type { ComparedMetric } from "../compare/pairs.ts";
import { excuseFor } from "../expectations.ts";
import { ratioWords } from "../output/figures.ts";
import type { RunData } from "./run-data.ts";

/** One sentence each, the verdicts first. */
export function answerOf(data: RunData): readonly string[] {
  return [
    safetySentence(data),
    livenessSentence(data),
    ...quietSentences(data),
    ...faultSentences(data),
  ];
}

function safetySentence({ summaries, manifest }: RunData): string {
  const of = (verdict: string) => summaries.filter(({ safety }) => safety === verdict);
  const [violated, vacuous, invalid] = [of("violated"), of("vacuous"), of("invalid")];
  const excused = violated.filter(({ cell }) => excuseFor(cell, manifest.mustHold) !== undefined);
  const broken =
    violated.length === 0
      ? `No cell of ${summaries.length} violated safety.`
      : `Safety was violated in ${cells(violated.length)} of ${summaries.length}, ${excused.length === violated.length ? "all of them where nothing else was promised" : `${violated.length - excused.length} of them where it was promised`}.`;
  const empty =
    vacuous.length === 0
      ? ""
      : ` ${cells(vacuous.length)} decided less than was asked, which proves nothing.`;
  const unfired =
    invalid.length === 0
      ? ""
      : ` ${cells(invalid.length)} had a fault that never did anything, and are invalid.`;
  return `${broken}${empty}${unfired}`;
}

function livenessSentence({ summaries, manifest }: RunData): string {
  const bad = summaries.filter(({ liveness }) => liveness !== "ok");
  if (bad.length === 0) return "Every cell had all its requests accepted.";
  const surprising = bad.filter(({ cell }) => excuseFor(cell, manifest.mustHold) === undefined);
  const promised =
    surprising.length === 0
      ? "none of them where progress was promised"
      : `${surprising.length} of them where progress was promised`;
  return `${cells(bad.length)} of ${summaries.length} stalled or lost requests, ${promised}.`;
}

const cells = (count: number): string => (count === 1 ? "1 cell" : `${count} cells`);

/** So many pairs are told one by one; the table has them all. */
const mostPairs = 8;

/** Where nothing fails: what one protocol takes of the other's time and messages. */
function quietSentences({ comparisons }: RunData): readonly string[] {
  const quiet = comparisons.filter(({ base }) => base.keys["fault"] === "none");
  const pairs = [...new Set(quiet.map(pairName))];
  const sentences = pairs.slice(0, mostPairs).map((name) => {
    const own = quiet.filter((row) => pairName(row) === name);
    const told = own.filter(({ metric }) => Object.hasOwn(nouns, metric)).map(clauseOf);
    return `Without faults, ${name}: ${told.join("; ")}.`;
  });
  const more = pairs.length - mostPairs;
  return more > 0 ? [...sentences, `${more} more such pairs stand in the table.`] : sentences;
}

const nouns: Readonly<Record<string, string>> = {
  latency_p50_ms: "median latency",
  messages_per_request: "messages",
  bytes_per_request: "bytes",
  verifications_per_request: "checked signatures",
};

const sized = (protocol = "", n = ""): string => `${titleOf(protocol)} (n = ${n})`;

const pairName = ({ base, candidate, terms }: ComparedMetric): string =>
  `${sized(candidate.keys["protocol"], candidate.keys["n"])} against ${sized(base.keys["protocol"], base.keys["n"])} at ${terms}`;

function clauseOf({ metric, difference, verdict }: ComparedMetric): string {
  const ratio = ratioWords(difference.ratio, difference.interval);
  const noun = nouns[metric] ?? metric;
  if (verdict === "no value") return `${noun}: no value on one side`;
  return verdict === "not distinguishable"
    ? `${noun} not distinguishable (${ratio})`
    : `${noun} ${verdict} (${ratio})`;
}

/** Where something fails: how often each protocol was faster, slower, or neither. */
function faultSentences({ comparisons }: RunData): readonly string[] {
  const latencies = comparisons.filter(
    ({ base, metric }) => base.keys["fault"] !== "none" && metric === "latency_p50_ms",
  );
  const pairOf = ({ base, candidate }: ComparedMetric) =>
    `${titleOf(candidate.keys["protocol"] ?? "")} against ${titleOf(base.keys["protocol"] ?? "")}`;
  return [...new Set(latencies.map(pairOf))].map((pair) => {
    const own = latencies.filter((row) => pairOf(row) === pair);
    const count = (verdict: string) => own.filter((row) => row.verdict === verdict).length;
    return `With a fault, ${pair}, by median latency: faster in ${count("faster")} of ${own.length} comparisons, slower in ${count("slower")}, not distinguishable in ${count("not distinguishable") + count("no value")}.`;
  });
}
