/** Reply counts: who saw how many correct, corrupt and missing votes or replies for a request. */

import type { Digest, NodeId } from "../../core/ids.ts";
import { type LogEntry, type Tally, tallyOf } from "../../core/log.ts";
import type { Cluster, Outcome } from "../cluster.ts";

export interface ReplyCount {
  readonly node: NodeId;
  readonly role: string;
  /** Undefined when the node is down, or keeps no log of the request any more. */
  readonly tally: Tally | undefined;
}

export interface ReplyCounts {
  /** Every replica, in the order of the cluster. */
  readonly nodes: readonly ReplyCount[];
  readonly client: ReplyCount;
}

export interface CountOptions {
  /** A slot that all of the requests come after. */
  readonly after: number;
  readonly votingPhase: string;
  /** K: logs are kept from the last multiple of it. */
  readonly checkpoint: number;
  /** Digests of what an honest node answers, by which the replies at a client are judged. */
  digestsOf(outcome: Outcome): ReadonlySet<Digest>;
}

type Logs = ReadonlyMap<NodeId, readonly LogEntry[]>;

// Where a request that was never accepted may stand in the logs of others.
const searchedSlots = 64;

/** Counts for each of the outcomes, from the logs as they are now. */
export async function countReplies(
  cluster: Cluster,
  outcomes: readonly Outcome[],
  options: CountOptions,
): Promise<readonly ReplyCounts[]> {
  const first = options.after + 1;
  const slots = outcomes.map(({ slot }) => slot ?? first + searchedSlots);
  const last = Math.max(first, ...slots);
  const logs = await cluster.logs(Math.min(first, ...slots), last);
  const clients = await clientLogs(cluster, outcomes, logs);
  const collected = Math.floor(last / options.checkpoint) * options.checkpoint;
  return outcomes.map((outcome) => ({
    nodes: votesAt(cluster, logs, outcome, { ...options, collected }),
    client: {
      node: outcome.client,
      role: "client",
      tally: repliesAt(clients, outcome, options.digestsOf(outcome)),
    },
  }));
}

function votesAt(
  cluster: Cluster,
  logs: Logs,
  outcome: Outcome,
  { votingPhase, collected }: { readonly votingPhase: string; readonly collected: number },
): readonly ReplyCount[] {
  const { request, slot } = outcome;
  const replicas = cluster.members.filter(({ isReplica }) => isReplica);
  const entries = new Map(replicas.map(({ id }) => [id, entryOf(logs.get(id), outcome)]));
  const due = Math.max(0, ...[...entries.values()].map((entry) => entry?.voters.length ?? 0));
  return replicas.map(({ id: node, role }): ReplyCount => {
    const entry = entries.get(node);
    if (entry !== undefined && request !== undefined) {
      return { node, role, tally: tallyOf(entry, request, votingPhase) };
    }
    // A node that is down, or whose log is collected, says nothing; another was told nothing.
    const isUnknown = !logs.has(node) || due === 0 || (slot !== undefined && slot <= collected);
    return { node, role, tally: isUnknown ? undefined : { correct: 0, corrupt: 0, missing: due } };
  });
}

/** The entry of the request's slot; where that is not known, the last one that holds the request. */
function entryOf(
  entries: readonly LogEntry[] | undefined,
  { slot, request }: Outcome,
): LogEntry | undefined {
  if (slot !== undefined) return entries?.find((entry) => entry.slot === slot);
  return request === undefined ? undefined : entries?.findLast((entry) => isAbout(entry, request));
}

const isAbout = ({ values }: LogEntry, request: Digest): boolean =>
  values.some(({ requests }) => requests.includes(request));

/** Clients number their logs by timestamps, which need not be near the slots. */
async function clientLogs(
  cluster: Cluster,
  outcomes: readonly Outcome[],
  logs: Logs,
): Promise<Logs> {
  const missing = outcomes.filter(
    ({ client, request }) =>
      request !== undefined && !(logs.get(client) ?? []).some((entry) => isAbout(entry, request)),
  );
  const timestamps = missing.flatMap(({ timestamp }) => timestamp ?? []);
  if (timestamps.length === 0) return logs;
  const further = await cluster.logs(Math.min(...timestamps), Math.max(...timestamps));
  return new Map(
    cluster.clients.map((id) => [id, [...(logs.get(id) ?? []), ...(further.get(id) ?? [])]]),
  );
}

/** Correct replies carry the result of honest nodes; a client does not need to know it, we do. */
function repliesAt(logs: Logs, { client, request }: Outcome, right: ReadonlySet<Digest>) {
  if (request === undefined) return undefined;
  const entry = logs.get(client)?.findLast((candidate) => isAbout(candidate, request));
  if (entry === undefined) return undefined;
  const correct = entry.votes.filter(({ digest }) => right.has(digest)).length;
  const voted = new Set(entry.votes.map(({ voter }) => voter));
  const missing = entry.voters.filter((voter) => !voted.has(voter)).length;
  return { correct, corrupt: entry.votes.length - correct, missing };
}
