/** The columns of the CSV files: promises to whoever reads them. New ones come at the end. */

import type { Cell } from "../cell.ts";
import type { Repetition } from "../experiment.ts";

export const keyColumns = [
  "run",
  "cell",
  "repetition",
  "protocol",
  "n",
  "f",
  "domains",
  "fault",
  "faulty",
  "transport",
  "place",
  "auth",
  "network",
  "service",
  "payload_bytes",
  "batch",
  "coalesce",
  "clients",
  "rate",
  "seed",
] as const;

/** Keys, too, that came when others had their places: at the end of each file. */
export const laterKeyColumns = ["disk", "arrivals"] as const;

/** All that says what a row is about. */
export const everyKeyColumn: readonly string[] = [...keyColumns, ...laterKeyColumns];

export const requestColumns = [
  ...keyColumns,
  "request",
  "sent_ms",
  "latency_ms",
  "outcome",
  "view",
  "sequence",
  "correct",
  "corrupt",
  "missing",
  ...laterKeyColumns,
] as const;

export const replyColumns = [
  ...keyColumns,
  "request",
  "node",
  "role",
  "correct",
  "corrupt",
  "missing",
  ...laterKeyColumns,
] as const;

export const messageColumns = [
  ...keyColumns,
  "kind",
  "is_control",
  "messages",
  "messages_per_request",
  "expected_per_request",
  ...laterKeyColumns,
] as const;

export const summaryColumns = [
  ...keyColumns,
  "requests",
  "committed",
  "throughput_per_s",
  "latency_mean_ms",
  "latency_p50_ms",
  "latency_p90_ms",
  "latency_p99_ms",
  "latency_p999_ms",
  "latency_max_ms",
  "latency_p50_low_ms",
  "latency_p50_high_ms",
  "messages_per_request",
  "control_messages",
  "bytes_per_request",
  "posts_per_request",
  "signatures_per_request",
  "verifications_per_request",
  "cpu_ms_per_request",
  "rss_max_mb",
  "view_changes",
  "correct",
  "corrupt",
  "missing",
  "longest_gap_ms",
  "decisions",
  "safety",
  "liveness",
  "offered_per_s",
  "missed",
  "is_steady",
  "event_loop_delay_p99_ms",
  "validity",
  ...laterKeyColumns,
] as const;

/** The monitor's word after each round. Only where a protocol has one. */
export const trustColumns = [
  ...keyColumns,
  "height",
  "epoch",
  "node",
  "role",
  "trust",
  "uptime",
  "participation",
  "completion",
  "response_step",
  ...laterKeyColumns,
] as const;

/** Commits around a fault; times count from it. Only where a node crashes under a load that lasts. */
export const timelineColumns = [
  ...keyColumns,
  "at_ms",
  "committed",
  "marks",
  ...laterKeyColumns,
] as const;

export const recoveryColumns = [
  ...keyColumns,
  "fault_ms",
  "goodput_before_per_s",
  "suspected_ms",
  "new_leader_ms",
  "first_commit_ms",
  "gap_ms",
  "gap_time_outs",
  "back_ms",
  "lost",
  "retried",
  "view_changes",
  "control_messages",
  ...laterKeyColumns,
] as const;

/** Where an experiment stops keeping up with the rate that is offered. Only where several were. */
export const kneeColumns = [
  ...keyColumns,
  "knee_per_s",
  "peak_per_s",
  "highest_rate_per_s",
  "why",
  ...laterKeyColumns,
] as const;

/** What each process spent. Names as in the summary, which has all of them together. */
export const processColumns = [
  ...keyColumns,
  "process",
  "participants",
  "cpu_ms",
  "cpu_ms_per_request",
  "rss_max_mb",
  "event_loop_delay_p50_ms",
  "event_loop_delay_p99_ms",
  "messages_per_request",
  "control_messages",
  "posts_per_request",
  "bytes_per_request",
  "signatures_per_request",
  "verifications_per_request",
  ...laterKeyColumns,
] as const;

/** What a cell of a CSV file may hold; undefined is an empty one. */
export type CsvValue = string | number | undefined;
export type Row<Columns extends readonly string[]> = {
  readonly [Column in Columns[number]]: CsvValue;
};
export type KeyRow = Row<typeof keyColumns> & Row<typeof laterKeyColumns>;
export type RequestRow = Row<typeof requestColumns>;
export type ReplyRow = Row<typeof replyColumns>;
export type MessageRow = Row<typeof messageColumns>;
export type TimelineRow = Row<typeof timelineColumns>;
export type RecoveryRow = Row<typeof recoveryColumns>;
export type ProcessRow = Row<typeof processColumns>;
export type KneeRow = Row<typeof kneeColumns>;
export type SummaryRow = Row<typeof summaryColumns>;

/** What all files say of a repetition. */
export function keyOf(run: string, repetition: Repetition, faulty: readonly string[]): KeyRow {
  const { cell, number, seed } = repetition;
  const { protocol, n, f, domains, fault, transport, place, auth } = cell;
  return {
    run,
    cell: cell.name,
    repetition: number,
    protocol,
    n,
    f,
    domains,
    fault,
    faulty: faulty.join("+"),
    transport,
    place,
    auth,
    ...restOfKey(cell),
    seed,
  };
}

function restOfKey(cell: Cell) {
  const { network, service, payload, batch, coalesce, clients, rate, arrivals, disk } = cell;
  return {
    network,
    service,
    payload_bytes: payload,
    batch,
    coalesce,
    clients,
    // Closed loop: nobody sets a rate.
    rate: rate === 0 ? undefined : rate,
    arrivals: rate === 0 ? undefined : arrivals,
    disk,
  };
}

/** Keeps as many digits as mean something: a microsecond, a thousandth of a message. */
export const rounded = (value: number | undefined): number | undefined =>
  value === undefined || !Number.isFinite(value) ? value : Math.round(value * 1000) / 1000;
