/** What an operator may know of a node. */

import type { Host } from "./host.ts";
import type { HostedNode } from "./hosted-node.ts";

const startedMs = performance.now();

export function statusOf(node: HostedNode, host: Host): Readonly<Record<string, unknown>> {
  const { protocol, n, directory, settings } = host.options;
  const { member, clients } = node.report(Number.MAX_SAFE_INTEGER);
  const [commander] = directory.members;
  const role = member?.status.role ?? "down";
  return {
    id: node.id,
    protocol: protocol.name,
    n,
    f: protocol.faultsTolerated(n),
    // The role that leads has another name in each protocol; the seed's scripts look for this one.
    commander: role === commander?.role,
    ...member?.status,
    role,
    faults: node.faults(),
    settings,
    counters: member?.counters,
    transport: member?.transport,
    witnesses: member?.witnesses,
    /** HTTP requests that were not taken, by code. */
    refusedInput: node.refusedInput(),
    /** Messages that this process had taken in when their receiver went down. */
    lostInInbox: host.inbox.lost,
    clients: clients.map(({ id, status, transport }) => ({ id, ...status, transport })),
    uptimeMs: Math.round(performance.now() - startedMs),
  };
}
