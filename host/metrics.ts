/** Counters in the text format of Prometheus. Made when asked for: nothing is kept on the hot path. */

import { totalOf } from "./counted.ts";
import type { Site } from "./site.ts";

export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

export async function metricsOf(site: Site): Promise<string> {
  // Loaded when first asked for: hundreds of processes start sooner without it.
  const { Counter, Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  registry.setDefaultLabels({ node: site.id, protocol: site.protocol.name });
  const { member, clients } = site.report(Number.MAX_SAFE_INTEGER);
  const counters = member?.counters;

  const count = (name: string, help: string, label: string, counts: Counts | undefined) => {
    const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
    for (const [value, total] of Object.entries(counts ?? {}))
      counter.inc({ [label]: value }, total);
  };
  const total = (name: string, help: string, value: number | undefined) =>
    new Counter({ name, help, registers: [registry] }).inc(value ?? 0);
  const level = (name: string, help: string, value: number | undefined) =>
    new Gauge({ name, help, registers: [registry] }).set(value ?? 0);

  level("quorumlab_up", "1 while the node lives, 0 after a crash", member === undefined ? 0 : 1);
  level("quorumlab_view", "view, epoch or ballot", member?.status.view);
  level("quorumlab_slot", "highest slot executed", member?.status.slot);
  const { begun, ended, totalMs = 0, lastMs } = member?.leaderChanges ?? {};
  total("quorumlab_view_changes_total", "times that it began to replace a leader", begun);
  total("quorumlab_new_views_total", "times that this came to an end", ended);
  total(
    "quorumlab_view_change_seconds_total",
    "time from beginning to end of these, in sum",
    totalMs / 1000,
  );
  if (lastMs !== undefined) {
    level("quorumlab_last_view_change_seconds", "the same of the last one", lastMs / 1000);
  }
  for (const [name, { field, help }] of Object.entries(sizes)) {
    const value = member?.status[field];
    if (typeof value === "number") level(name, help, value);
  }
  const { running, waiting } = site.gatewayLoad();
  level("quorumlab_gateway_requests_running", "requests of users here that are under way", running);
  level(
    "quorumlab_gateway_requests_waiting",
    "requests of users here that wait for a client",
    waiting,
  );
  count("quorumlab_messages_sent_total", "messages sent, by kind", "kind", counters?.sent);
  count(
    "quorumlab_messages_received_total",
    "messages handled, by kind",
    "kind",
    counters?.received,
  );
  count(
    "quorumlab_messages_refused_total",
    "messages refused, by objection",
    "objection",
    counters?.refused,
  );
  total("quorumlab_signatures_total", "signatures made", counters?.signatures);
  total("quorumlab_verifications_total", "signatures checked", counters?.verifications);
  total("quorumlab_time_outs_total", "timers that ran out", counters?.timeOuts);
  total("quorumlab_delivered_total", "slots executed for good", counters?.delivered);
  total("quorumlab_posts_total", "HTTP posts sent", member?.transport.posts);
  total("quorumlab_post_bytes_total", "bytes of their bodies", member?.transport.bytes);
  count(
    "quorumlab_messages_lost_total",
    "messages that could not be handed over, by reason",
    "reason",
    member?.transport.lostByReason,
  );
  total(
    "quorumlab_client_messages_lost_total",
    "messages of the clients here that could not be handed over",
    clients.reduce((sum, { transport }) => sum + totalOf(transport.lostByReason), 0),
  );
  count(
    "quorumlab_input_refused_total",
    "HTTP requests that were not taken, by code",
    "code",
    site.refusedInput(),
  );
  level("process_resident_memory_bytes", "of the whole process", process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  total("process_cpu_seconds_total", "of the whole process", (user + system) / 1e6);
  return registry.metrics();
}

/** What a status tells of a node's size, where its protocol has such a thing. */
const sizes: Readonly<Record<string, { readonly field: string; readonly help: string }>> = {
  quorumlab_requests_waiting: { field: "waiting", help: "requests known and not yet executed" },
  quorumlab_slots_in_flight: { field: "inFlight", help: "slots proposed and not yet committed" },
  quorumlab_log_slots: { field: "logged", help: "slots in the message log" },
  quorumlab_postponed_messages: {
    field: "postponed",
    help: "messages kept because they came early",
  },
  quorumlab_low_watermark: {
    field: "lowWatermark",
    help: "sequence of the last stable checkpoint",
  },
};

type Counts = Readonly<Record<string, number>>;
