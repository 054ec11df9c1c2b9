/** What a participant of single-decree Paxos knows: the ring, the roles, and its own part. */

import { Executor } from "../../core/executor.ts";
import { type Digest, type NodeId, type Result, replicaIds } from "../../core/ids.ts";
import type { MemberSetup, Settings, Tools } from "../../core/protocol.ts";
import type { Votes } from "../../core/votes.ts";
import {
  type Ballot,
  ballotOf,
  firstBallot,
  indexOf,
  majorityOf,
  mostReplicas,
} from "../ballots.ts";
import type {
  Assignment,
  Decree,
  Elected,
  Election,
  PromiseMessage,
  Roles,
  SingleDecreeMessage,
  Vote,
} from "./messages.ts";
import { type RoleCounts, seatsOf } from "./roles.ts";
import type { Tally } from "./tally.ts";

export interface ParticipantState {
  readonly id: NodeId;
  readonly index: number;
  readonly everybody: readonly NodeId[];
  readonly others: readonly NodeId[];
  readonly seats: Roles;
  /** Of the acceptors. */
  readonly majority: number;
  readonly settings: Settings;
  readonly tools: Tools<SingleDecreeMessage>;
  readonly executor: Executor;
  readonly ring: RingState;
  /** At the leader: who was met on the ring, or heard of since. */
  readonly alive: Set<NodeId>;
  /** At the leader: who has not confirmed its role, and how often all of them were reminded. */
  readonly unconfirmed: Set<NodeId>;
  reminders: number;
  /** Whose word on the roles this node follows; undefined before there is any. */
  assignment: Assignment | undefined;
  /** Clients that want to start. */
  readonly joined: Set<NodeId>;
  /** What acceptors told this node, as proposer or as learner. */
  readonly tally: Tally;
  readonly acceptor: AcceptorState;
  readonly proposer: ProposerState;
  readonly learner: LearnerState;
}

export interface RingState {
  term: number;
  /** That this node began. */
  elections: number;
  /** The highest candidate that this node passed on in the term; −1 before any. */
  highest: number;
  leader: NodeId | undefined;
  /** Messages on their way to a neighbour that has not answered. */
  readonly underWay: Map<string, UnderWay>;
  /** Neighbours that did not answer. Who is heard of again is taken out. */
  readonly down: Set<NodeId>;
}

export interface UnderWay {
  readonly message: Election | Elected;
  target: NodeId;
  tries: number;
}

export interface AcceptorState {
  promised: Ballot;
  accepted: Vote | undefined;
  /** Accepted before the learners were known: they are told as soon as they are. */
  owesLearners: boolean;
}

export interface ProposerState {
  /** The highest ballot heard of. */
  highest: Ballot;
  /** Who asked it. */
  readonly clients: Set<NodeId>;
  /** What its first client wants. */
  wanted: Decree | undefined;
  round: Round | undefined;
  /** Rounds that failed. */
  failed: number;
  isDone: boolean;
}

export interface Round {
  readonly ballot: Ballot;
  /** What it proposes, unless something is accepted already. */
  readonly wanted: Decree;
  readonly promises: Votes<PromiseMessage>;
  /** Undefined in phase 1. */
  decree: Decree | undefined;
}

export interface LearnerState {
  learned: Learned | undefined;
  /** Clients that wait for the answer, with the timestamps of their requests. */
  readonly asking: Map<NodeId, number>;
  isQuerying: boolean;
}

export interface Learned {
  readonly ballot: Ballot;
  readonly digest: Digest;
  /** What executing it answered. */
  readonly result: Result;
}

export function createState(
  { id, service, tools, settings }: MemberSetup<SingleDecreeMessage>,
  counts: RoleCounts,
): ParticipantState {
  const everybody = replicaIds(counts.proposers + counts.acceptors + counts.learners);
  return {
    id,
    index: indexOf(id),
    everybody,
    others: everybody.filter((node) => node !== id),
    seats: seatsOf(counts),
    majority: majorityOf(counts.acceptors),
    settings,
    tools,
    executor: new Executor(service, (text) => tools.digest(text)),
    ring: {
      term: 0,
      elections: 0,
      highest: -1,
      leader: undefined,
      underWay: new Map(),
      down: new Set(),
    },
    alive: new Set(),
    unconfirmed: new Set(),
    reminders: 0,
    assignment: undefined,
    joined: new Set(),
    tally: { votes: new Map(), decrees: new Map() },
    acceptor: { promised: firstBallot, accepted: undefined, owesLearners: false },
    proposer: {
      // All first ballots have the counter 1: r0's must not be above everybody else's.
      highest: ballotOf(0, mostReplicas - 1),
      clients: new Set(),
      wanted: undefined,
      round: undefined,
      failed: 0,
      isDone: false,
    },
    learner: {
      learned: undefined,
      asking: new Map(),
      isQuerying: false,
    },
  };
}
