/**
 * A replica in the hand of a test: the test says what others tell it, in every name, and sees what it
 * wants done. Only tests use this.
 */

import type { Crypto } from "../core/crypto.ts";
import type { Json } from "../core/encoding.ts";
import { clientIds, type Digest, type NodeId, replicaIds } from "../core/ids.ts";
import type { Effect, Machine, Pledge } from "../core/machine.ts";
import type { Request, Signed } from "../core/messages.ts";
import type { Settings } from "../core/protocol.ts";
import { faultsTolerated, quorumOf } from "../core/quorum.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";
import {
  type Batch,
  batchDigest,
  type Checkpoint,
  type Commit,
  type CommittedCertificate,
  type PbftMessage,
  type PrePrepare,
  type Prepare,
  type PreparedCertificate,
  signedText,
  type ViewChange,
} from "./messages.ts";
import { createReplica } from "./replica.ts";

/** What lives in rooms that this one does not see. */
export interface RigTools {
  cryptoOf(node: NodeId, everybody: ReadonlySet<NodeId>): Crypto;
  createService(): Service;
  readonly random: Random;
}

export interface RigOptions extends Partial<Settings> {
  readonly id: NodeId;
  readonly n?: number;
}

export class Rig {
  readonly id: NodeId;
  readonly n: number;
  readonly quorum: number;
  readonly machine: Machine<PbftMessage>;
  /** Moves only when the test moves it. */
  now = 0;
  /** Everything the replica wanted done so far. */
  readonly effects: Effect<PbftMessage>[] = [];
  /** Signatures inside of messages that it checked. */
  verifications = 0;
  readonly #tools: RigTools;
  readonly #everybody: ReadonlySet<NodeId>;

  constructor(tools: RigTools, options: RigOptions) {
    const { id, n = 4, batch = 1, timeoutMs = 500, checkpointInterval = 4 } = options;
    this.#tools = tools;
    this.#everybody = new Set([...replicaIds(n), ...clientIds(9)]);
    this.id = id;
    this.n = n;
    const f = faultsTolerated(n);
    this.quorum = quorumOf(n, f);
    this.machine = createReplica({
      id,
      n,
      f,
      service: tools.createService(),
      settings: { batch, timeoutMs, checkpointInterval },
      tools: {
        digest: (text) => this.digest(text),
        seal: (message) => this.sign(id, message),
        isAuthentic: ({ from, message, signature }) => {
          this.verifications += 1;
          return this.#cryptoOf(from).verify(from, signedText(message), signature);
        },
        random: tools.random,
      },
    });
  }

  /** Lives again, with these records on its disk. */
  start(records: readonly Json[], lost?: Pledge): readonly Effect<PbftMessage>[] {
    const input = lost === undefined ? {} : { lost };
    return this.#keep(this.machine.step({ kind: "start", records, ...input }, this.now));
  }

  /** This node says this; its signature holds. */
  tell(from: NodeId, message: PbftMessage): readonly Effect<PbftMessage>[] {
    return this.pass(this.sign(from, message));
  }

  /** Exactly this arrives. */
  pass(signed: Signed<PbftMessage>): readonly Effect<PbftMessage>[] {
    return this.#keep(this.machine.step({ kind: "message", signed }, this.now));
  }

  timeOut(timer: "view" | "catch-up"): readonly Effect<PbftMessage>[] {
    return this.#keep(this.machine.step({ kind: "time-out", timer }, this.now));
  }

  digest(text: string): Digest {
    return this.#cryptoOf(this.id).digest(text);
  }

  sign<M extends PbftMessage>(from: NodeId, message: M): Signed<M> {
    return { from, message, signature: this.#cryptoOf(from).sign(signedText(message)) };
  }

  request(client: NodeId, timestamp: number, operation = `"${client}-${timestamp}"`) {
    return this.sign<Request>(client, { kind: "request", operation, timestamp, client });
  }

  prePrepare(sequence: number, batch: Batch, view = 0): PrePrepare {
    return { kind: "pre-prepare", view, sequence, digest: this.digestOf(batch), batch };
  }

  prepare(replica: NodeId, { view, sequence, digest }: PrePrepare): Prepare {
    return { kind: "prepare", view, sequence, digest, replica };
  }

  commit(
    replica: NodeId,
    { view, sequence, digest }: Omit<CommittedCertificate, "commits">,
  ): Commit {
    return { kind: "commit", view, sequence, digest, replica };
  }

  checkpoint(replica: NodeId, sequence: number, digest: Digest): Checkpoint {
    return { kind: "checkpoint", sequence, digest, replica };
  }

  /** One that stands on sequence 0, unless told otherwise. */
  viewChange(replica: NodeId, view: number, change: Partial<ViewChange> = {}): ViewChange {
    const nothing = { stable: 0, proof: [], prepared: [] };
    return { kind: "view-change", view, ...nothing, replica, ...change };
  }

  digestOf(batch: Batch): Digest {
    return batchDigest(batch, (text) => this.digest(text));
  }

  /** What proves that a batch prepared, with prepares of the first backups. */
  prepared(sequence: number, batch: Batch, view = 0): PreparedCertificate {
    const replicas = replicaIds(this.n);
    const primary = replicas[view % this.n] ?? "";
    const prePrepare = this.prePrepare(sequence, batch, view);
    const backups = replicas.filter((replica) => replica !== primary).slice(0, this.quorum - 1);
    return {
      prePrepare: this.sign(primary, prePrepare),
      prepares: backups.map((backup) => this.sign(backup, this.prepare(backup, prePrepare))),
    };
  }

  /** What proves that a batch committed, with commits of the first replicas. */
  committed(sequence: number, batch: Batch, view = 0): CommittedCertificate {
    const slot = { view, sequence, digest: this.digestOf(batch), batch };
    const replicas = replicaIds(this.n).slice(0, this.quorum);
    return {
      ...slot,
      commits: replicas.map((replica) => this.sign(replica, this.commit(replica, slot))),
    };
  }

  /** What proves a checkpoint, with votes of the last replicas. */
  proof(sequence: number, digest: Digest, count = this.quorum): readonly Signed<Checkpoint>[] {
    return replicaIds(this.n)
      .slice(this.n - count)
      .map((replica) => this.sign(replica, this.checkpoint(replica, sequence, digest)));
  }

  /** Everybody else says what a round needs, until this replica has executed the batch. */
  round(sequence: number, batch: Batch, view = 0): void {
    const primary = replicaIds(this.n)[view % this.n] ?? "";
    const prePrepare = this.prePrepare(sequence, batch, view);
    const others = replicaIds(this.n).filter((replica) => replica !== this.id);
    if (primary === this.id) for (const request of batch) this.pass(request);
    else this.tell(primary, prePrepare);
    for (const replica of others.filter((other) => other !== primary)) {
      this.tell(replica, this.prepare(replica, prePrepare));
    }
    for (const replica of others) this.tell(replica, this.commit(replica, prePrepare));
  }

  #cryptoOf(node: NodeId): Crypto {
    return this.#tools.cryptoOf(node, this.#everybody);
  }

  #keep(effects: readonly Effect<PbftMessage>[]): readonly Effect<PbftMessage>[] {
    this.effects.push(...effects);
    return effects;
  }
}

/** What was refused, in order. */
export const objectionsIn = (effects: readonly Effect<PbftMessage>[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

/** What leaves, a broadcast once, in order. */
export const messagesIn = (effects: readonly Effect<PbftMessage>[]): readonly PbftMessage[] =>
  effects.flatMap((effect) => {
    if (effect.kind === "send" || effect.kind === "broadcast") return [effect.message];
    return effect.kind === "forward" ? [effect.signed.message] : [];
  });

/** The kinds of what leaves. */
export const kindsIn = (effects: readonly Effect<PbftMessage>[]): readonly string[] =>
  messagesIn(effects).map(({ kind }) => kind);

/** The slots that are executed. */
export const deliveredIn = (effects: readonly Effect<PbftMessage>[]): readonly number[] =>
  effects.flatMap((effect) => (effect.kind === "deliver" ? [effect.delivery.slot] : []));

/** The marks that are made. */
export const marksIn = (effects: readonly Effect<PbftMessage>[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "mark" ? [effect.mark.name] : []));
