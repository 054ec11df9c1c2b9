/** A recording: everything that one run showed, step by step. Simulated runs, live clusters and files all become one. */

import type { Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Status } from "../../core/machine.ts";

export interface Recording {
  readonly protocol: string;
  /** As in a table. */
  readonly title: string;
  readonly n: number;
  readonly f: number;
  /** One line each, from top to bottom: clients, replicas, whoever else there is. */
  readonly lanes: readonly Lane[];
  /** Kinds that run the cluster, not a request. */
  readonly controlKinds: readonly string[];
  readonly messages: readonly RecordedMessage[];
  /** In order of time: a step each. */
  readonly steps: readonly Step[];
  readonly timers: readonly TimerSpan[];
  /** What each node was after which step. */
  readonly states: ReadonlyMap<NodeId, readonly NodeState[]>;
  readonly verdict: RecordedVerdict | undefined;
  /** How many were there before the first message and step that are still here. */
  readonly forgotten?: { readonly messages: number; readonly steps: number };
}

export interface Lane {
  readonly id: NodeId;
  /** The role it starts in. */
  readonly role: string;
  readonly isReplica: boolean;
  /** How it fails; empty for an honest node. */
  readonly faults: readonly string[];
  /** From 1; undefined where there are no domains, and for clients. Lanes of one domain stand together. */
  readonly domain?: number | undefined;
}

export type Fate = "under way" | "received" | "lost" | "refused";

export interface RecordedMessage {
  readonly index: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  readonly sentMs: Millis;
  readonly sentStep: number;
  /** When its fate was known: it arrived, or was lost. */
  endedMs: Millis | undefined;
  endedStep: number | undefined;
  fate: Fate;
  /** Why it was refused. */
  objection: string | undefined;
  /** A second copy of an earlier one, made by the network. */
  readonly isCopy: boolean;
  /** Of its JSON, as it would be posted. */
  readonly bytes: number;
  /** Whose signature it bears: not always its sender's, since evidence is passed on. */
  readonly signedBy: NodeId;
  readonly signature: string;
  readonly content: unknown;
}

export type StepKind =
  | "sent"
  | "received"
  | "lost"
  | "refused"
  | "timer"
  | "mark"
  | "deliver"
  | "accept"
  | "world";

export interface Step {
  readonly index: number;
  readonly atMs: Millis;
  readonly kind: StepKind;
  readonly node: NodeId;
  /** One line for people. */
  readonly text: string;
  readonly message?: number | undefined;
  readonly view?: number | undefined;
  readonly slot?: number | undefined;
  /** What a delivery or a mark was about, such as a digest. */
  readonly detail?: string | undefined;
}

export interface TimerSpan {
  readonly node: NodeId;
  readonly timer: string;
  readonly fromMs: Millis;
  untilMs: Millis | undefined;
  hasFired: boolean;
}

export interface NodeState {
  readonly step: number;
  readonly status: Status | undefined;
  /** What the service holds, for people. */
  readonly holds: Json;
}

export interface RecordedVerdict {
  readonly safety: string;
  readonly liveness: string;
  readonly decisions: number;
  readonly reasons: readonly string[];
  readonly brokenAtMs: Millis | undefined;
}

/** What a node was after this step; undefined before its first. */
export function stateAt(recording: Recording, node: NodeId, step: number): NodeState | undefined {
  const states = recording.states.get(node) ?? [];
  let [low, high] = [0, states.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((states[middle]?.step ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return states[low - 1];
}

/** The last step at this moment or before; -1 before the first. */
export function stepAt({ steps }: Recording, moment: Millis): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.atMs ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** In which view the cluster as a whole was, and from when: that of the replica furthest ahead. */
export function viewSpans({ states, steps, lanes }: Recording) {
  const changes = lanes
    .filter(({ isReplica }) => isReplica)
    .flatMap(({ id }) => states.get(id) ?? [])
    .map(({ step, status }) => ({ atMs: steps[step]?.atMs ?? 0, view: status?.view ?? 0 }))
    .sort((a, b) => a.atMs - b.atMs);
  const spans: { readonly view: number; readonly fromMs: Millis }[] = [];
  for (const { atMs, view } of changes) {
    if (view > (spans.at(-1)?.view ?? -1)) spans.push({ view, fromMs: atMs });
  }
  return spans;
}
