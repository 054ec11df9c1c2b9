/** What a replica of Multi-Paxos knows: its promise, its office, its log, and who waits for what. */

import { Executor } from "../core/executor.ts";
import { type Digest, type NodeId, replicaIds } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { MemberSetup, Settings, Tools } from "../core/protocol.ts";
import { Votes } from "../core/votes.ts";
import { type Ballot, firstBallot, indexOf, majorityOf, ownerOf } from "./ballots.ts";
import type { PaxosMessage, PromiseMessage } from "./messages.ts";

/** One instance of Paxos in the log. */
export interface Slot {
  readonly number: number;
  /** What this node last accepted here, or fetched as chosen. */
  value: Value | undefined;
  /** Who accepted what, in the ballot of the value, as far as this node was told. */
  votes: Votes<{ readonly digest: Digest }>;
  /** The value that was chosen, once that is known; it may be known before the value itself. */
  chosen: Digest | undefined;
  /** Every value that was proposed to this node, with its requests. */
  readonly seen: Map<Digest, readonly Digest[]>;
}

export interface Value {
  readonly ballot: Ballot;
  readonly digest: Digest;
  readonly requests: readonly Signed<Request>[];
}

/** What a replica is at the moment, besides being an acceptor and a learner. */
export type Office = Backup | Candidate | Leader;

export interface Backup {
  readonly kind: "backup";
}

export interface Candidate {
  readonly kind: "candidate";
  readonly promises: Votes<PromiseMessage>;
}

export interface Leader {
  readonly kind: "leader";
  /** The next slot that it proposes in. */
  nextSlot: number;
  /** Requests that are not proposed yet. */
  queue: Signed<Request>[];
  /** The newest timestamp of each client that is proposed or queued. */
  readonly taken: Map<NodeId, number>;
}

export interface PaxosState {
  readonly id: NodeId;
  readonly index: number;
  readonly n: number;
  readonly majority: number;
  readonly everybody: readonly NodeId[];
  readonly others: readonly NodeId[];
  /** The others again, to ask who belongs to them. */
  readonly peers: ReadonlySet<NodeId>;
  readonly settings: Settings;
  readonly tools: Tools<PaxosMessage>;
  readonly executor: Executor;
  /** The highest ballot that this node knows of. It answers nothing below. */
  promised: Ballot;
  office: Office;
  readonly slots: Map<number, Slot>;
  /** The highest slot in which it knows that something is going on. */
  highest: number;
  /** Requests that were heard of and are not executed, one for each client. */
  readonly waiting: Map<NodeId, Signed<Request>>;
  /** The state at the last checkpoint; slots up to one interval before it are collected. */
  checkpoint: { readonly slot: number; readonly snapshot: string } | undefined;
  readonly timers: TimerState;
}

export interface TimerState {
  readonly running: Set<string>;
  /** As of the last look: what has changed since is progress. */
  executed: number;
  promised: Ballot;
  /** Elections and fetches without progress in between. */
  campaigns: number;
  fetches: number;
}

export function createState(setup: MemberSetup<PaxosMessage>): PaxosState {
  const { id, n, service, tools, settings } = setup;
  const everybody = replicaIds(n);
  const others = everybody.filter((replica) => replica !== id);
  return {
    id,
    index: indexOf(id),
    n,
    majority: majorityOf(n),
    everybody,
    others,
    peers: new Set(others),
    settings,
    tools,
    executor: new Executor(service, (text) => tools.digest(text)),
    promised: firstBallot,
    office: { kind: "backup" },
    slots: new Map(),
    highest: 0,
    waiting: new Map(),
    checkpoint: undefined,
    timers: {
      running: new Set(),
      executed: 0,
      promised: firstBallot,
      campaigns: 0,
      fetches: 0,
    },
  };
}

/** The slot of this number, made when it is new. */
export function slotAt(state: PaxosState, number: number): Slot {
  const known = state.slots.get(number);
  if (known !== undefined) return known;
  const slot: Slot = {
    number,
    value: undefined,
    votes: new Votes(),
    chosen: undefined,
    seen: new Map(),
  };
  state.slots.set(number, slot);
  state.highest = Math.max(state.highest, number);
  return slot;
}

/** Puts a value into its slot; votes on a value of another ballot are gone. */
export function setValue(slot: Slot, value: Value, requests: readonly Digest[]): void {
  if (slot.value?.ballot !== value.ballot) slot.votes = new Votes();
  slot.value = value;
  slot.seen.set(value.digest, requests);
}

/** K: so many slots may be under way above what the leader executed. */
export const mostUnderWay = ({ settings }: PaxosState): number => settings.checkpointInterval;

/**
 * L = 2K: so far above what it executed, a node keeps slots. More than may be under way, because a
 * backup executes later than its leader; beyond it a node catches up first, so memory stays bounded.
 */
export const mostAhead = ({ settings }: PaxosState): number => 2 * settings.checkpointInterval;

export const isBeyondWindow = (state: PaxosState, slot: number): boolean =>
  slot > state.executor.slot + mostAhead(state);

/** Others are ahead, by how much does not matter: there is something to fetch. */
export function noteAhead(state: PaxosState): void {
  state.highest = Math.max(state.highest, state.executor.slot + 1);
}

/** Whom this node takes for the leader: the owner of the highest ballot. */
export const leaderOf = ({ promised }: PaxosState): NodeId => ownerOf(promised);
