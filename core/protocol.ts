/** What a protocol is to the rest of the house: one object, found in `bench/protocols.ts`. */

import type { Check } from "./decode.ts";
import type { Json } from "./encoding.ts";
import type { Lies } from "./fault.ts";
import type { Digest, Millis, NodeId } from "./ids.ts";
import type { Certificate, Inspected, Inspector } from "./inspector.ts";
import type { Effect, Machine, Pledge } from "./machine.ts";
import type { Message, Request, Signed } from "./messages.ts";
import type { Random } from "./random.ts";
import type { Service } from "./service.ts";

export interface Protocol<M extends Message = Message> {
  /** As at the command line: `pbft`. */
  readonly name: string;
  /** As in a table: `PBFT`. */
  readonly title: string;
  /** How many of n nodes may fail in the way that this protocol is made for. */
  faultsTolerated(n: number): number;
  /** The smallest n that tolerates f such faults. */
  nodesFor(f: number): number;
  /** Everybody but the clients, with the role each starts in. The first is the commander. */
  members(n: number): readonly Member[];
  /** A replica, or whatever else `members` names. */
  createMember(setup: MemberSetup<M>): Machine<M>;
  createClient(setup: ClientSetup<M>): Machine<M>;
  /** What a signature covers: everything in the message, by value or by digest. */
  signedText(message: M): string;
  /** Whether data from outside is a message of this protocol, by shape alone. */
  readonly check: Check;
  /** All kinds, in the order in which a round sends them. */
  readonly kinds: readonly string[];
  /** Kinds that are reported apart: they run the cluster, not a request. */
  readonly controlKinds: readonly string[];
  /** The phase whose votes the reply counts are about. */
  readonly votingPhase: string;
  /** Messages that one request costs in a quiet run with batch 1, by kind, control apart. */
  expectedMessages(n: number): Readonly<Record<string, number>>;
  readonly lies: Lies<M>;
  /** The proofs that an effect shows to others or writes down; absent where nothing is proven. */
  certificatesIn?(effect: Effect<M>, n: number): readonly Certificate[];
  /** Its own judges, afresh for each run. */
  createInspectors?(cluster: Inspected): readonly Inspector<M>[];
  /** What a member's records mean to a disk that lasts; without, all of them are needed. */
  readonly records?: RecordRules | SalvageRules;
  /** Where members write no records at all: every life is the first one. */
  readonly keepsNothing?: true;
  /** How decided slots are shown to outsiders; absent where they cannot be. */
  readonly finality?: Finality<M>;
}

/** What domains need to know of the protocol inside. */
export interface Finality<M extends Message> {
  /** The role whose holder tells others what was decided. */
  readonly speaker: string;
  /** The kind of message in which clients are answered, and nobody else. */
  readonly answerKind: string;
  createReader(cluster: OutsiderSetup<M>): EvidenceReader<M>;
}

export interface EvidenceReader<M extends Message> {
  /** What was decided, from what a member's `finished` shows; or the objection to it. */
  read(evidence: M): FinishedSlot | string;
}

export interface OutsiderSetup<M extends Message> {
  readonly n: number;
  readonly f: number;
  readonly tools: Pick<Tools<M>, "digest" | "isAuthentic">;
}

export interface FinishedSlot {
  readonly slot: number;
  readonly view: number;
  readonly digest: Digest;
  readonly requests: readonly Request[];
  /** False where nothing but the word of whoever tells it stands behind it. */
  readonly isProven: boolean;
}

export interface RecordRules {
  /** Those that a later life still needs, in their order. */
  stillNeeded(records: readonly Json[]): readonly Json[];
}

/** Of protocols whose members can live on after some of their records were lost. */
export interface SalvageRules extends RecordRules {
  /** Those that hold even if others are missing. */
  salvage(records: readonly Json[]): readonly Json[];
  /** How far a record binds who wrote it; undefined where it binds to nothing. */
  pledgeOf(record: Json): Pledge | undefined;
}

export interface Member {
  readonly id: NodeId;
  /** primary, backup, communication, consensus, monitor, proposer … */
  readonly role: string;
  /** Whether it counts in n and executes requests. */
  readonly isReplica: boolean;
}

/** What every participant is handed. */
export interface Tools<M extends Message> {
  digest(text: string): Digest;
  /** Its own signature on a message, the same each time: for evidence that it keeps or sends. */
  seal(message: M): Signed<M>;
  /** Whether the signature is its sender's; for messages inside of messages. */
  isAuthentic(signed: Signed<M>): boolean;
  readonly random: Random;
}

export interface MemberSetup<M extends Message> {
  readonly id: NodeId;
  readonly n: number;
  readonly f: number;
  readonly service: Service;
  readonly tools: Tools<M>;
  readonly settings: Settings;
}

export interface ClientSetup<M extends Message> {
  readonly id: NodeId;
  readonly n: number;
  readonly f: number;
  readonly tools: Tools<M>;
  readonly settings: Settings;
  /** A client that may have lived before starts above its old timestamps. */
  readonly firstTimestamp: number;
}

/** The knobs that all protocols share: equal terms. */
export interface Settings {
  /** Most requests in one proposal. */
  readonly batch: number;
  /** How long a node waits for progress before it suspects a leader; also a client's first patience. */
  readonly timeoutMs: Millis;
  /** K: slots between two checkpoints. The window L is 2K. */
  readonly checkpointInterval: number;
  /** For protocols whose monitor rates nodes: how it reads its formula. Others pass it over. */
  readonly trust?: TrustReading | undefined;
}

export type TrustReading = "printed" | "cumulative";
