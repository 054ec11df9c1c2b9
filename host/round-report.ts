/**
 * What became of one request, as `/preprepare` answers it: what was accepted, and what each node was
 * told about it. The counts are taken when the round has drained, not at the moment of acceptance.
 */

import type { Digest, Millis, NodeId, Operation, Result } from "../core/ids.ts";
import { type LogEntry, type Tally, tallyOf } from "../core/log.ts";
import type { Acceptance } from "../core/machine.ts";
import type { Protocol } from "../core/protocol.ts";
import { digestOf } from "./crypto.ts";
import type { RunOutcome } from "./lane.ts";
import type { DeliveriesView } from "./site.ts";

export interface RoundReport {
  readonly protocol: string;
  readonly n: number;
  readonly f: number;
  readonly client: NodeId;
  readonly timestamp: number | undefined;
  readonly consensusTimeMs: Millis | undefined;
  readonly view: number | undefined;
  readonly sequence: number | undefined;
  /** What names the request in message logs. */
  readonly digest: Digest | undefined;
  readonly result: Result | undefined;
  /** Undefined where nobody asked for counts. */
  readonly counts: RoundCounts | undefined;
}

export interface RoundCounts {
  /** The replies that reached the client. */
  readonly replies: Tally;
  readonly nodes: readonly NodeCount[];
  readonly safety: "ok" | "violated" | "vacuous";
}

export interface NodeCount {
  readonly id: NodeId;
  readonly role: string;
  readonly state: "up" | "offline";
  /** Modes placed on it. */
  readonly faults: readonly string[];
  /** The votes of the last voting phase that reached it; undefined when it is offline. */
  readonly votes: Tally | undefined;
}

/** What a node said about one slot; undefined when it is offline. */
export interface Witness {
  readonly entries: readonly LogEntry[];
  readonly delivered: DeliveriesView;
}

/** Without counts: what is known at acceptance. */
export function reportOf(protocol: Protocol, n: number, outcome: RunOutcome): RoundReport {
  const { acceptance, request } = outcome;
  return {
    protocol: protocol.name,
    n,
    f: protocol.faultsTolerated(n),
    client: outcome.client,
    timestamp: request?.timestamp,
    consensusTimeMs: outcome.consensusTimeMs,
    view: acceptance?.view,
    sequence: acceptance?.slot,
    digest: request?.digest,
    result: acceptance?.result,
    counts: undefined,
  };
}

export interface Evidence {
  readonly operation: Operation;
  readonly acceptance: Acceptance;
  readonly witnesses: ReadonlyMap<NodeId, Witness | undefined>;
  readonly clientEntry: LogEntry | undefined;
}

/** Adds the counts: votes from the nodes' logs, replies from the client's. */
export function withCounts(
  report: RoundReport,
  protocol: Protocol,
  evidence: Evidence,
): RoundReport {
  const { operation, acceptance, witnesses, clientEntry } = evidence;
  const nodes = protocol
    .members(report.n)
    .filter(({ isReplica }) => isReplica)
    .map(({ id, role }) => countAt(id, role, witnesses.get(id), report, protocol.votingPhase));
  const deliveries = honestDeliveries(witnesses);
  const isOwn = acceptance.operation === operation;
  return {
    ...report,
    counts: {
      replies: repliesIn(clientEntry, acceptance.result),
      nodes,
      safety:
        deliveries.length === 0 ? "vacuous" : isOwn && isAgreed(deliveries) ? "ok" : "violated",
    },
  };
}

function countAt(
  id: NodeId,
  role: string,
  witness: Witness | undefined,
  { digest = "", sequence }: RoundReport,
  votingPhase: string,
): NodeCount {
  if (witness === undefined) return { id, role, state: "offline", faults: [], votes: undefined };
  const entry = witness.entries.find(({ slot }) => slot === sequence);
  const votes = tallyOf(entry, digest, votingPhase);
  return { id, role, state: "up", faults: witness.delivered.faults, votes };
}

/** What nodes without a fault executed for good at this slot. */
const honestDeliveries = (witnesses: ReadonlyMap<NodeId, Witness | undefined>) =>
  [...witnesses.values()]
    .filter((witness) => witness !== undefined && witness.delivered.faults.length === 0)
    .flatMap((witness) => witness?.delivered.deliveries ?? []);

function isAgreed(deliveries: readonly { readonly digest: Digest; readonly history: Digest }[]) {
  const said = new Set(deliveries.map(({ digest, history }) => `${digest}|${history}`));
  return said.size === 1;
}

/** A reply is correct if it says what the client accepted. */
export function repliesIn(entry: LogEntry | undefined, result: Result): Tally {
  if (entry === undefined) return { correct: 0, corrupt: 0, missing: 0 };
  const right = digestOf(result);
  const replies = entry.votes.filter(({ phase }) => phase === "reply");
  const correct = replies.filter(({ digest }) => digest === right).length;
  const missing = entry.voters.length - replies.length;
  return { correct, corrupt: replies.length - correct, missing: Math.max(0, missing) };
}
