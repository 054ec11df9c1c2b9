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

type Counts = Readonly<Record<string, number>>;
