/** From what was measured to the rows of the CSV files. */

import type { Tally } from "../../core/log.ts";
import type { Repetition } from "../experiment.ts";
import { objectionsTo, validityText } from "../load/validity.ts";
import type { MeasuredRound, Measurement } from "../meter.ts";
import { totalOf } from "../meters/costs.ts";
import { Latencies } from "../meters/histogram.ts";
import { protocolOf } from "../protocols.ts";
import { meanOf, medianOf, orderInterval } from "../statistics/median.ts";
import {
  type KeyRow,
  type MessageRow,
  type ProcessRow,
  type ReplyRow,
  type RequestRow,
  rounded,
  type SummaryRow,
} from "./columns.ts";

export function requestRow(key: KeyRow, round: MeasuredRound): RequestRow {
  const { number, sentMs, outcome, replies } = round;
  return {
    ...key,
    request: number,
    sent_ms: rounded(sentMs),
    latency_ms: rounded(latencyOf(round)),
    outcome: outcome.outcome,
    view: outcome.view,
    sequence: outcome.slot,
    ...tallyColumns(replies.client.tally),
  };
}

/** One for each replica that said or saw anything of the request, then the client's. */
export function replyRows(key: KeyRow, { number, replies }: MeasuredRound): readonly ReplyRow[] {
  return [...replies.nodes, replies.client].map(({ node, role, tally }) => ({
    ...key,
    request: number,
    node,
    role,
    ...tallyColumns(tally),
  }));
}

export function messageRows(
  key: KeyRow,
  { cell }: Repetition,
  { costs, rounds }: Measurement,
): readonly MessageRow[] {
  const protocol = protocolOf(cell);
  const expected = protocol.expectedMessages(cell.n);
  const committed = committedIn(rounds).length;
  const rowOf = (kind: string, messages: number, isControl: boolean): MessageRow => ({
    ...key,
    kind,
    is_control: String(isControl),
    messages,
    messages_per_request: perRequest(messages, committed),
    expected_per_request: isControl ? undefined : (expected[kind] ?? 0),
  });
  const kinds = protocol.kinds.filter(
    (kind) => costs.messages.has(kind) || (expected[kind] ?? 0) > 0,
  );
  return [
    ...kinds.map((kind) => rowOf(kind, costs.messages.get(kind) ?? 0, false)),
    ...[...costs.controlMessages].map(([kind, messages]) => rowOf(kind, messages, true)),
  ];
}

export function processRows(key: KeyRow, measured: Measurement): readonly ProcessRow[] {
  const committed = committedIn(measured.rounds).length;
  const per = (total: number | undefined) => perRequest(total, committed);
  return measured.processes.map(
    ({ process, participants, cpuMs, rssMaxMb, loopDelays, costs }) => ({
      ...key,
      process,
      participants: participants.join("+"),
      cpu_ms: rounded(cpuMs),
      cpu_ms_per_request: per(cpuMs),
      rss_max_mb: rounded(rssMaxMb),
      event_loop_delay_p50_ms: rounded(loopDelays?.p50Ms),
      event_loop_delay_p99_ms: rounded(loopDelays?.p99Ms),
      messages_per_request: per(costs && totalOf(costs.messages)),
      control_messages: costs && totalOf(costs.controlMessages),
      posts_per_request: per(costs?.posts),
      bytes_per_request: per(costs?.bytes),
      signatures_per_request: per(costs?.signatures),
      verifications_per_request: per(costs?.verifications),
    }),
  );
}

export function summaryRow(key: KeyRow, measured: Measurement, hasMissedCrash = false): SummaryRow {
  const { rounds, costs, verdict, goodput } = measured;
  const committed = committedIn(rounds);
  const per = (total: number | undefined) => perRequest(total, committed.length);
  return {
    ...key,
    requests: rounds.length,
    committed: committed.length,
    throughput_per_s: rounded(throughputOf(measured, committed.length)),
    ...latencyColumns(measured),
    messages_per_request: per(totalOf(costs.messages)),
    control_messages: totalOf(costs.controlMessages),
    bytes_per_request: per(costs.bytes),
    posts_per_request: per(costs.posts),
    signatures_per_request: per(costs.signatures),
    verifications_per_request: per(costs.verifications),
    cpu_ms_per_request: per(measured.cpuMs),
    rss_max_mb: rounded(measured.rssMaxMb),
    view_changes: measured.viewChanges,
    ...meanTally(rounds),
    longest_gap_ms: rounded(measured.longestGapMs),
    decisions: verdict.decisions,
    safety: verdict.safety,
    liveness: verdict.liveness,
    offered_per_s: rounded(goodput?.offeredPerS),
    missed: goodput === undefined ? undefined : measured.missed,
    is_steady: measured.isSteady === undefined ? undefined : String(measured.isSteady),
    event_loop_delay_p99_ms: rounded(measured.loopDelayP99Ms),
    validity: validityText(objectionsTo(key, measured, hasMissedCrash)),
  };
}

/** Accepted requests per second: of the window in an open loop, of the time that clients were served else. */
function throughputOf({ goodput, busyMs }: Measurement, committed: number): number | undefined {
  if (goodput !== undefined) return goodput.acceptedPerS;
  return busyMs > 0 ? (1000 * committed) / busyMs : undefined;
}

/** A request that never completes is infinitely slow. */
const latencyOf = ({ outcome }: MeasuredRound): number =>
  outcome.outcome === "committed" ? outcome.latencyMs : Number.POSITIVE_INFINITY;

const committedIn = (rounds: readonly MeasuredRound[]): readonly MeasuredRound[] =>
  rounds.filter(({ outcome }) => outcome.outcome === "committed");

function latencyColumns({ rounds, latencyMeanMs }: Measurement) {
  const times = rounds.map(latencyOf);
  const histogram = Latencies.of(times);
  const interval = orderInterval(times);
  return {
    latency_mean_ms: rounded(latencyMeanMs),
    latency_p50_ms: rounded(medianOf(times)),
    latency_p90_ms: rounded(histogram.percentileMs(90)),
    latency_p99_ms: rounded(histogram.percentileMs(99)),
    latency_p999_ms: rounded(histogram.percentileMs(99.9)),
    latency_max_ms: rounded(histogram.maxMs),
    latency_p50_low_ms: rounded(interval?.low),
    latency_p50_high_ms: rounded(interval?.high),
  };
}

/** Replies at the client, on average over the requests that are known. */
function meanTally(rounds: readonly MeasuredRound[]) {
  const tallies = rounds.flatMap(({ replies }) => replies.client.tally ?? []);
  return {
    correct: rounded(meanOf(tallies.map(({ correct }) => correct))),
    corrupt: rounded(meanOf(tallies.map(({ corrupt }) => corrupt))),
    missing: rounded(meanOf(tallies.map(({ missing }) => missing))),
  };
}

const tallyColumns = (tally: Tally | undefined) => ({
  correct: tally?.correct,
  corrupt: tally?.corrupt,
  missing: tally?.missing,
});

const perRequest = (total: number | undefined, committed: number): number | undefined =>
  total === undefined || committed === 0 ? undefined : rounded(total / committed);
