/** What stands between an operator and the replica: proposals at the door, parked acks, who said what. */

import type { Digest, NodeId, Operation } from "../../../core/ids.ts";
import type { Input, Machine } from "../../../core/machine.ts";
import type { Request, Signed } from "../../../core/messages.ts";
import type { Out } from "../../../core/out.ts";
import type { Service } from "../../../core/service.ts";
import type { Commit, PbftMessage, PrePrepare } from "../../../pbft/messages.ts";
import type { Phase, Tally } from "./notices.ts";
import type { ConsoleMessage, Report } from "./side-messages.ts";

/** One sequence in one view, as the operator has to do with it. */
export interface Slot {
  readonly view: number;
  readonly sequence: number;
  /** The proposal that the operator has not let in; kept when it was refused, in case it is decided. */
  door: Signed<PrePrepare> | undefined;
  /** What is proposed, wherever that is known from. */
  digest: Digest | undefined;
  /** The operator's word on it: yes lets it in. */
  prepare: boolean | undefined;
  /** The operator's word on committing it. */
  ack: boolean | undefined;
  /** Nodes that were told something of their own, before or instead of what everybody is told. */
  readonly told: Readonly<Record<Phase, Map<NodeId, boolean>>>;
  /** This replica's commit: parked until the operator acks. */
  commit: Commit | undefined;
  /** The commits of others wait with it. */
  readonly commits: Map<NodeId, Signed<Commit>>;
  /** Whether they wait no more. */
  isOpen: boolean;
  /** Nobody is asked: the client takes its own transaction back. */
  isAutomatic: boolean;
  /** A new view or a disk brought it: nobody is asked again whether to prepare it. */
  isCarried: boolean;
  /** What the operator knows of already. */
  announced: Phase | undefined;
  /** A leader says that this cannot be prepared. */
  abort: { readonly client: NodeId; readonly timestamp: number } | undefined;
  /** This node has seen so itself. */
  hasJoinedAbort: boolean;
}

/** A transaction in a proposal. */
export interface Known {
  readonly operation: Operation;
  readonly request: Request | undefined;
}

export interface Desk {
  readonly self: NodeId;
  readonly client: NodeId;
  readonly replicas: readonly NodeId[];
  readonly others: readonly NodeId[];
  readonly f: number;
  readonly quorum: number;
  /** The digest of the empty batch: who votes for it would rather have nothing in that slot. */
  readonly nothing: Digest;
  readonly replica: Machine<PbftMessage>;
  readonly service: Service;
  readonly slots: Map<string, Slot>;
  readonly known: Map<Digest, Known>;
  /** The latest view that each replica asked for. */
  readonly viewsAskedFor: Map<NodeId, number>;
  /** Requests that were refused for good, as `client|timestamp`. */
  readonly aborted: Set<string>;
  /** The newest request of each client that came by. */
  readonly newest: Map<NodeId, number>;
  reports: { readonly checkpoint: number; readonly byReplica: Map<NodeId, Report> } | undefined;
  /** Gives the replica an input, and passes on what it may say. */
  drive(input: Input<PbftMessage>, out: Out<ConsoleMessage>): void;
}

// A liar may propose for as many slots as it likes; transactions are typed by hand.
const mostSlots = 64;
const mostKnown = 256;

/** The slot; undefined when there is no room for another. */
export function slotOf(desk: Desk, view: number, sequence: number): Slot | undefined {
  const key = `${view}|${sequence}`;
  const known = desk.slots.get(key);
  if (known !== undefined) return known;
  if (desk.slots.size >= mostSlots) return undefined;
  const slot: Slot = {
    view,
    sequence,
    door: undefined,
    digest: undefined,
    prepare: undefined,
    ack: undefined,
    told: { prepare: new Map(), commit: new Map() },
    commit: undefined,
    commits: new Map(),
    isOpen: false,
    isAutomatic: false,
    isCarried: false,
    announced: undefined,
    abort: undefined,
    hasJoinedAbort: false,
  };
  desk.slots.set(key, slot);
  return slot;
}

export function note(desk: Desk, { digest, batch }: PrePrepare): void {
  const [first] = batch;
  if (first === undefined) return;
  desk.known.set(digest, { operation: first.message.operation, request: first.message });
  for (const old of [...desk.known.keys()].slice(0, -mostKnown)) desk.known.delete(old);
}

export const leaderOf = ({ replicas, self }: Desk, view: number): NodeId =>
  replicas[view % replicas.length] ?? self;

export const leads = (desk: Desk): boolean => leaderOf(desk, viewOf(desk)) === desk.self;

export const viewOf = ({ replica }: Desk): number => replica.status().view;

export const isBetweenViews = ({ replica }: Desk): boolean =>
  replica.status()["isViewChanging"] === true;

/** The slots of the view that this replica is in, lowest first. */
export function currentSlots(desk: Desk): readonly Slot[] {
  if (isBetweenViews(desk)) return [];
  const { view, slot: executed } = desk.replica.status();
  return [...desk.slots.values()]
    .filter((slot) => slot.view === view && slot.sequence > executed)
    .sort((a, b) => a.sequence - b.sequence);
}

/** Drops what is executed, and what belongs to views that are over. */
export function forgetPast(desk: Desk): void {
  const { view, slot: executed } = desk.replica.status();
  for (const [key, slot] of desk.slots) {
    if (slot.view < view || slot.sequence <= executed) desk.slots.delete(key);
  }
}

/** What is known of who voted how in a slot, this node's operator included. */
export function tallyOf(desk: Desk, slot: Slot, phase: Phase): Tally {
  const votes = new Map<NodeId, boolean>();
  if (phase === "commit") {
    for (const [from, { message }] of slot.commits) votes.set(from, message.digest === slot.digest);
    if (slot.ack !== undefined) votes.set(desk.self, slot.ack);
  } else {
    for (const { voter, digest } of preparesIn(desk, slot)) {
      votes.set(voter, digest === slot.digest);
    }
    if (slot.prepare !== undefined) votes.set(desk.self, slot.prepare);
    // The pre-prepare is its vote.
    votes.set(leaderOf(desk, slot.view), true);
  }
  const whoSaid = (word: boolean | undefined) =>
    desk.replicas.filter((replica) => votes.get(replica) === word);
  const [yes, no, missing] = [whoSaid(true), whoSaid(false), whoSaid(undefined)];
  return { yes, no, missing, threshold: desk.quorum };
}

/** The prepares that the replica has seen in this slot. */
export function preparesIn({ replica }: Desk, { view, sequence }: Slot) {
  const [entry] = replica.log(sequence, sequence);
  return (entry?.votes ?? []).filter((vote) => vote.phase === "prepare" && vote.view === view);
}

/** Whether so many refuse that the others are too few, whatever they say. */
export const isHopeless = ({ replicas }: Desk, { no, threshold }: Tally): boolean =>
  replicas.length - no.length < threshold;
