/** Everything that a node of the domain knows between two steps. */

import type { Digest, Millis, NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import type { MemberSetup, Settings, Tools } from "../core/protocol.ts";
import type { Votes } from "../core/votes.ts";
import { Certificates } from "./certificates.ts";
import { Ledger } from "./ledger.ts";
import type { Block, CcroMessage, Opening, Prepare, Prepared, Reply, Report } from "./messages.ts";
import { type Role, type Roles, roleOf } from "./roles.ts";
import { type Round, Rounds } from "./rounds.ts";
import type { RuleSet, Sizes } from "./rules.ts";

export type CcroOut = Out<CcroMessage>;

export interface CcroState {
  readonly id: NodeId;
  readonly n: number;
  readonly f: number;
  readonly rules: RuleSet;
  readonly settings: Settings;
  readonly tools: Tools<CcroMessage>;
  readonly certificates: Certificates;
  readonly ledger: Ledger;
  readonly rounds: Rounds;
  /** Everybody else in the domain. */
  readonly peers: readonly NodeId[];
  /** What clients asked for and is not stored yet: one request each, the newest. */
  readonly waiting: Map<NodeId, Waiting>;
  /** Messages of epochs that are not assigned here yet, a few of each sender. */
  readonly early: Map<NodeId, Signed<CcroMessage>[]>;
  /** Who showed that there are higher blocks or newer epochs than this node knows. */
  readonly ahead: Map<NodeId, Ahead>;
  /** Whom it asked for blocks since it last stored one. */
  readonly asked: Set<NodeId>;
  now: Millis;
  roles: Roles;
  role: Role;
  /** What the reports allow to begin this epoch with; undefined until they are known. */
  opened: Opened | undefined;
  /** As primary of an epoch other than 0. */
  handOver: HandOver | undefined;
  /** Its highest certificate above the highest block stored. */
  prepared: Prepared | undefined;
  /** What it said when it left the last epoch. */
  report: Report | undefined;
  /** Its own votes above the highest block stored: one for each epoch and height, in all lives. */
  prepares: readonly Prepare[];
  replies: readonly Reply[];
  /** Epochs joined since it last stored a block. */
  strikes: number;
  /** Complaints and new epochs since it last stored a block, or a client asked it. */
  strain: number;
  watch: Watch | undefined;
  /** Whether the timer runs after which it asks somebody who is ahead. */
  isCatchingUp: boolean;
}

export interface Waiting {
  readonly request: Signed<Request>;
  /** To whom it was passed on, and when. */
  relayedTo: NodeId | undefined;
  relayedAt: Millis;
}

export interface Opened {
  /** The highest block stored by any of those who reported. */
  readonly height: number;
  /** The block that must come next, if it is prepared already. */
  readonly forced: Digest | undefined;
}

export interface HandOver {
  readonly reports: Votes<Signed<Report>>;
  /** The reports that count: the first that were enough. */
  chosen: readonly Signed<Report>[] | undefined;
  opening: Opening | undefined;
  /** A block that must be proposed again, once it is there. */
  forced: Block | undefined;
  /** What it last asked for in order to begin. */
  sought: string | undefined;
  /** Whether this epoch has completed a block. */
  isSettled: boolean;
}

export interface Ahead {
  readonly epoch: number;
  readonly height: number;
  /** How often it was asked about it. */
  tries: number;
}

/** What the node waits for, from when on. */
export interface Watch {
  readonly key: string;
  readonly height: number;
  /** About this one thing. */
  complaints: number;
}

export function createState(setup: MemberSetup<CcroMessage>, rules: RuleSet): CcroState {
  const { id, n, f, service, tools, settings } = setup;
  const certificates = new Certificates({ n, f, rules, tools });
  const { first } = certificates;
  const everybody = [first.primary, first.communication, ...first.consensus];
  const { checkpointInterval } = settings;
  return {
    id,
    n,
    f,
    rules,
    settings,
    tools,
    certificates,
    ledger: new Ledger({ service, digest: (text) => tools.digest(text), checkpointInterval }),
    rounds: new Rounds(2 * checkpointInterval),
    peers: everybody.filter((peer) => peer !== id),
    waiting: new Map(),
    early: new Map(),
    ahead: new Map(),
    asked: new Set(),
    now: 0,
    roles: first,
    role: roleOf(first, id),
    // Nothing came before epoch 0.
    opened: { height: 0, forced: undefined },
    handOver: undefined,
    prepared: undefined,
    report: undefined,
    prepares: [],
    replies: [],
    strikes: 0,
    strain: 0,
    watch: undefined,
    isCatchingUp: false,
  };
}

export const sizesOf = ({ certificates, roles }: CcroState): Sizes => certificates.sizesOf(roles);

/** The round that is going on: the next height in this epoch, if anything was said about it. */
export const currentRound = ({ rounds, roles, ledger }: CcroState): Round | undefined =>
  rounds.at(roles.epoch, ledger.height + 1);

/** Takes back what is on trial and says so. */
export function rollBack({ ledger, roles }: CcroState, out: CcroOut): void {
  const slot = ledger.height + 1;
  if (ledger.rollBack()) out.mark({ name: "rolled back", view: roles.epoch, slot });
}

// So much a node goes through before it falls silent, until a client asks it again: a cluster that
// cannot go on, and of which nobody wants anything any more, comes to rest.
const mostStrain = 16;

export const isExhausted = ({ strain }: CcroState): boolean => strain >= mostStrain;

// One node is asked that often about what it showed.
const mostTries = 4;

/** Notes that a node stores blocks up to this height, or knows this epoch. It may lie: it is asked. */
export function noteAhead(state: CcroState, from: NodeId, epoch: number, height: number): void {
  const known = state.ahead.get(from);
  const isNews = known === undefined || known.epoch < epoch || known.height < height;
  const tries = isNews || known.tries >= mostTries ? 0 : known.tries;
  state.ahead.set(from, {
    epoch: Math.max(epoch, known?.epoch ?? 0),
    height: Math.max(height, known?.height ?? 0),
    tries,
  });
}

/** Who is ahead of this node and was asked least; those who never answer are given up. */
export function whoIsAhead({ ahead, roles, ledger }: CcroState): NodeId | undefined {
  let best: { readonly node: NodeId; readonly tries: number } | undefined;
  for (const [node, { epoch, height, tries }] of ahead) {
    const isAhead = epoch > roles.epoch || height > ledger.height;
    if (isAhead && tries < mostTries && tries < (best?.tries ?? mostTries)) best = { node, tries };
  }
  return best?.node;
}
