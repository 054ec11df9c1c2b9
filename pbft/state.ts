/** What a replica knows (§4.1–4.4): its place in the cluster, its message log, its certificates. */

import { Executor } from "../core/executor.ts";
import { type Digest, type Millis, type NodeId, replicaIds } from "../core/ids.ts";
import type { Pledge } from "../core/machine.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { MemberSetup, Settings, Tools } from "../core/protocol.ts";
import { quorumOf } from "../core/quorum.ts";
import { Votes } from "../core/votes.ts";
import type { Checkpoint, NewView, PbftMessage, ViewChange } from "./messages.ts";
import { Postponed } from "./postponed.ts";
import { createSlot, type Slot } from "./slot.ts";

export interface PbftState {
  readonly id: NodeId;
  /** i: its place in the order in which the primary rotates. */
  readonly number: number;
  readonly f: number;
  /** q: ⌈(n + f + 1)/2⌉, the paper's 2f + 1. */
  readonly quorum: number;
  readonly replicas: readonly NodeId[];
  readonly others: readonly NodeId[];
  /** The number of each replica. */
  readonly numbers: ReadonlyMap<NodeId, number>;
  readonly tools: Tools<PbftMessage>;
  readonly settings: Settings;
  readonly executor: Executor;

  /** The view it is in or, while it is changing views, wants to be in. */
  view: number;
  isViewChanging: boolean;
  /** Whether q replicas want this view, so that the time it takes to begin counts. */
  isViewTimed: boolean;
  /** View changes it took part in since it last executed something new. */
  attempts: number;
  /** The message that began this view; view 0 has none. */
  newView: Signed<NewView> | undefined;
  /** The newest view-change of each replica, its own included, for views not yet begun. */
  readonly viewChanges: Map<NodeId, Signed<ViewChange>>;

  /** The message log, above the low watermark. */
  readonly slots: Map<number, Slot>;
  /** What the last stable checkpoint collected: only to be looked at, until the next one. */
  collected: ReadonlyMap<number, Slot>;
  /** Sequences proposed and not yet committed in the current view. */
  readonly uncommitted: Set<number>;
  /** The highest sequence proposed in the current view. */
  lastProposed: number;

  stable: StableCheckpoint;
  /** Votes for checkpoints above the stable one. */
  readonly checkpoints: Map<number, Votes<Signed<Checkpoint>>>;
  /** Own states at checkpoints, from the stable one on. */
  readonly snapshots: Map<number, Snapshot>;

  /** The newest request of each client that is not executed yet, oldest first. */
  readonly waiting: Map<NodeId, Waiting>;
  /** Those of these clients whose request no pre-prepare of the current view holds. */
  readonly queue: Set<NodeId>;
  /** Backup: the request that the view timer runs for. */
  timed: Waiting | undefined;

  /** Messages that come too early: of later views, or from beyond the high watermark. */
  readonly postponed: Postponed;
  isReplayDue: boolean;
  readonly catchUp: CatchUp;
  /** How far it may have voted in lives that its disk has lost, until that does not matter any more. */
  lost: Pledge | undefined;
}

export interface StableCheckpoint {
  readonly sequence: number;
  readonly digest: Digest;
  readonly proof: readonly Signed<Checkpoint>[];
}

export interface Snapshot {
  readonly digest: Digest;
  readonly text: string;
}

export interface Waiting {
  readonly signed: Signed<Request>;
  /** Whether it was executed, or overtaken by a newer one of its client. */
  isDone: boolean;
}

/** What a replica knows about being behind. */
export interface CatchUp {
  /** What was heard of each replica where this one could not follow. */
  readonly heard: ReadonlyMap<NodeId, Heard>;
  /** f + 1 replicas acted at this sequence or above, so a correct one did. */
  sequence: number;
  /** The same for views. */
  view: number;
  isTimerOn: boolean;
  /** How far it had executed when the timer was started. */
  executedThen: number;
  /** How far others had acted, as far as it knew, when it last asked. */
  actedThen: number;
  /** Questions in vain since something last moved, here or elsewhere. */
  vain: number;
  /** Which of the others is asked to answer in full. */
  supplier: NodeId;
  /** When it last answered whom, and from where on. */
  readonly answered: Map<NodeId, { readonly at: Millis; readonly executed: number }>;
}

export interface Heard {
  /** The highest view in which it acted. */
  view: number;
  /** The highest sequence for which it sent a commit in that view. */
  sequence: number;
  /** The highest sequence of which it sent a checkpoint. */
  checkpoint: number;
}

export function createState(setup: MemberSetup<PbftMessage>): PbftState {
  const { id, n, f, service, tools, settings } = setup;
  const replicas = replicaIds(n);
  const executor = new Executor(service, (text) => tools.digest(text));
  const text = executor.snapshot();
  const digest = tools.digest(text);
  return {
    id,
    number: replicas.indexOf(id),
    f,
    quorum: quorumOf(n, f),
    replicas,
    others: replicas.filter((replica) => replica !== id),
    numbers: new Map(replicas.map((replica, number) => [replica, number])),
    tools,
    settings,
    executor,
    view: 0,
    isViewChanging: false,
    isViewTimed: false,
    attempts: 0,
    newView: undefined,
    viewChanges: new Map(),
    slots: new Map(),
    collected: new Map(),
    uncommitted: new Set(),
    lastProposed: 0,
    stable: { sequence: 0, digest, proof: [] },
    checkpoints: new Map(),
    snapshots: new Map([[0, { digest, text }]]),
    waiting: new Map(),
    queue: new Set(),
    timed: undefined,
    postponed: new Postponed(4 * settings.checkpointInterval),
    isReplayDue: false,
    lost: undefined,
    catchUp: {
      heard: new Map(replicas.map((replica) => [replica, { view: 0, sequence: 0, checkpoint: 0 }])),
      sequence: 0,
      view: 0,
      isTimerOn: false,
      executedThen: 0,
      actedThen: 0,
      vain: 0,
      supplier: replicas[(replicas.indexOf(id) + 1) % n] ?? id,
      answered: new Map(),
    },
  };
}

/** p = v mod n §4. */
export function primaryOf(state: PbftState, view: number): NodeId {
  const primary = state.replicas[view % state.replicas.length];
  return primary ?? state.id;
}

export const isPrimary = (state: PbftState): boolean => primaryOf(state, state.view) === state.id;

/** Its own signed copy of what it says. */
export const seal = <M extends PbftMessage>(state: PbftState, message: M): Signed<M> =>
  // The node signs this very message, whose type it does not know.
  state.tools.seal(message) as Signed<M>;

/** h §4.3 */
export const lowWatermark = (state: PbftState): number => state.stable.sequence;

/** Whether it must not vote because it may have voted otherwise, in a life that its disk has lost. */
export const isSilent = ({ lost }: PbftState): boolean => lost !== undefined;

/** H = h + L §4.3, with L = 2K. */
export const highWatermark = (state: PbftState): number =>
  state.stable.sequence + 2 * state.settings.checkpointInterval;

/** The slot of a sequence between the watermarks. */
export function slotAt(state: PbftState, sequence: number): Slot {
  const known = state.slots.get(sequence);
  if (known !== undefined) return known;
  const slot = createSlot(sequence);
  state.slots.set(sequence, slot);
  return slot;
}

export function checkpointVotesAt(state: PbftState, sequence: number): Votes<Signed<Checkpoint>> {
  const known = state.checkpoints.get(sequence);
  if (known !== undefined) return known;
  const votes = new Votes<Signed<Checkpoint>>();
  state.checkpoints.set(sequence, votes);
  return votes;
}
