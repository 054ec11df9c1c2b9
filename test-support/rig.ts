/** One machine in the hand of a test: the test says what others tell it, and sees what it wants done. */

import type { Crypto } from "../core/crypto.ts";
import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { Effect, Machine } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { Service } from "../core/service.ts";

export interface RigOptions<M extends Message> {
  readonly protocol: Protocol<M>;
  readonly id: NodeId;
  readonly n: number;
  readonly settings: Settings;
  readonly service: Service;
  readonly random: Random;
  /** Anybody's keys: the test may sign in every name. */
  cryptoOf(node: NodeId): Crypto;
}

export class Rig<M extends Message> {
  readonly machine: Machine<M>;
  /** Moves only when the test moves it. */
  now = 0;
  /** Everything the machine wanted done so far. */
  readonly effects: Effect<M>[] = [];
  /** Signatures that the machine checked itself. */
  verifications = 0;
  readonly #options: RigOptions<M>;

  constructor(options: RigOptions<M>) {
    this.#options = options;
    const { protocol, id, n, settings, service, random } = options;
    const crypto = options.cryptoOf(id);
    this.machine = protocol.createMember({
      id,
      n,
      f: protocol.faultsTolerated(n),
      service,
      settings,
      tools: {
        digest: (text) => crypto.digest(text),
        seal: (message) => this.sign(id, message),
        isAuthentic: (signed) => {
          this.verifications += 1;
          return crypto.verify(signed.from, protocol.signedText(signed.message), signed.signature);
        },
        random,
      },
    });
  }

  /** The message under this node's signature. */
  sign<T extends M>(from: NodeId, message: T): Signed<T> {
    const text = this.#options.protocol.signedText(message);
    return { from, message, signature: this.#options.cryptoOf(from).sign(text) };
  }

  start(records: readonly Json[] = []): readonly Effect<M>[] {
    return this.#keep(this.machine.step({ kind: "start", records }, this.now));
  }

  /** This node says this; its signature holds. */
  tell(from: NodeId, message: M): readonly Effect<M>[] {
    return this.pass(this.sign(from, message));
  }

  /** Exactly this arrives. */
  pass(signed: Signed<M>): readonly Effect<M>[] {
    return this.#keep(this.machine.step({ kind: "message", signed }, this.now));
  }

  timeOut(timer: string): readonly Effect<M>[] {
    return this.#keep(this.machine.step({ kind: "time-out", timer }, this.now));
  }

  #keep(effects: readonly Effect<M>[]): readonly Effect<M>[] {
    this.effects.push(...effects);
    return effects;
  }
}

/** What was refused, in order. */
export const objectionsIn = <M extends Message>(effects: readonly Effect<M>[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

/** What is sent to anybody, once for a broadcast, in order. */
export const messagesIn = <M extends Message>(effects: readonly Effect<M>[]): readonly M[] =>
  effects.flatMap((effect) => {
    if (effect.kind === "send" || effect.kind === "broadcast") return [effect.message];
    return effect.kind === "forward" ? [effect.signed.message] : [];
  });

/** The slots that are executed, in order. */
export const deliveredIn = <M extends Message>(effects: readonly Effect<M>[]): readonly number[] =>
  effects.flatMap((effect) => (effect.kind === "deliver" ? [effect.delivery.slot] : []));
