/** A recording of a live cluster, from what its nodes tell at `/events`. */

import type { Json } from "../../core/encoding.ts";
import { clientIds, type NodeId } from "../../core/ids.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message, Signed } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Service } from "../../core/service.ts";
import { serviceNamed } from "../../services/services.ts";
import { domainsIn } from "../run/play.ts";
import { Recorder } from "./recorder.ts";
import type { Recording } from "./recording.ts";

interface Told {
  readonly node: NodeId;
  readonly atMs: number;
  readonly detail: {
    readonly to?: NodeId;
    readonly envelope?: Signed<Message>;
    readonly [more: string]: unknown;
  };
}

interface Member {
  readonly id: NodeId;
  readonly role: string;
}

export interface LiveOptions {
  readonly protocol: Protocol;
  readonly n: number;
  readonly service: string;
  readonly members: readonly Member[];
  /** So many of the newest messages; a cluster may be watched for hours. */
  readonly keeps?: number;
}

export const usuallyKept = 4000;
/** Forgetting means to number anew: not for each message, but when so many too many are there. */
const tooMany = 1.25;

export class LiveRecorder {
  static readonly eventNames = [
    "sent",
    "received",
    "deliver",
    "accept",
    "mark",
    "reject",
    "crash",
    "recover",
  ] as const;
  readonly #recorder: Recorder;
  readonly #services = new Map<NodeId, Service>();
  readonly #positions = new Map<NodeId, { view: number; slot: number }>();
  readonly #roles: ReadonlyMap<NodeId, string>;
  /** The same message of the same sender is one object, as it is in the simulator. */
  readonly #known = new Map<string, Signed<Message>>();
  readonly #keeps: number;
  #startMs: number | undefined;

  constructor({ protocol, n, service, members, keeps = usuallyKept }: LiveOptions) {
    this.#keeps = keeps;
    this.#roles = new Map(members.map(({ id, role }) => [id, role]));
    for (const { id } of members) this.#services.set(id, serviceNamed(service).create());
    const isReplica = new Map(protocol.members(n).map((one) => [one.id, one.isReplica]));
    const domainOf = domainsIn(protocol.name, n);
    const lanes = members
      .map(({ id, role }) => ({
        id,
        role,
        isReplica: isReplica.get(id) === true,
        faults: [],
        domain: domainOf.get(id),
      }))
      .sort((a, b) => (a.domain ?? 0) - (b.domain ?? 0));
    this.#recorder = new Recorder({
      protocol: protocol.name,
      title: `${protocol.title}, live`,
      n,
      f: protocol.faultsTolerated(n),
      lanes: [
        ...clientIds(1).map((id) => ({ id, role: "client", isReplica: false, faults: [] })),
        ...lanes,
      ],
      controlKinds: protocol.controlKinds,
      hearsAllSenders: false,
      look: (node) => this.#look(node),
    });
  }

  /** `told` comes from a node of ours, as JSON. */
  hear(name: string, told: Told): void {
    const { node, detail } = told;
    this.#startMs ??= told.atMs;
    const now = Math.max(0, told.atMs - this.#startMs);
    const { envelope, to } = detail;
    if (name === "sent" && envelope !== undefined && to !== undefined) {
      this.#recorder.sent(node, to, this.#same(envelope), now);
    } else if (name === "received" && envelope !== undefined) {
      this.#recorder.received(node, this.#same(envelope), now);
    } else if (name === "crash") {
      this.#recorder.happened(node, "crashes", now);
    } else if (name === "recover") {
      this.#recorder.happened(node, "starts again", now);
    } else {
      const effect = { kind: name, ...detail } as unknown as Effect<Message>;
      this.#note(node, effect);
      this.#recorder.effect(node, effect, now);
    }
  }

  recording(): Recording {
    if (this.#recorder.messageCount > tooMany * this.#keeps) {
      this.#recorder.keepNewest(this.#keeps);
      // In the order in which they were first heard of.
      const old = [...this.#known.keys()].slice(0, Math.max(0, this.#known.size - this.#keeps));
      for (const key of old) this.#known.delete(key);
    }
    return this.#recorder.recording();
  }

  #same(signed: Signed<Message>): Signed<Message> {
    const key = `${signed.from} ${signed.signature} ${JSON.stringify(signed.message)}`;
    const known = this.#known.get(key) ?? signed;
    this.#known.set(key, known);
    return known;
  }

  #note(node: NodeId, effect: Effect<Message>): void {
    const position = this.#positions.get(node) ?? { view: 0, slot: 0 };
    this.#positions.set(node, position);
    if (effect.kind === "mark") position.view = Math.max(position.view, effect.mark.view);
    if (effect.kind !== "deliver") return;
    const { slot, view, executed } = effect.delivery;
    position.slot = slot;
    position.view = Math.max(position.view, view);
    // What a node holds follows from what it executed: nobody needs to ask it.
    for (const { operation } of executed) this.#services.get(node)?.execute(operation, slot);
  }

  #look(node: NodeId) {
    const { view, slot } = this.#positions.get(node) ?? { view: 0, slot: 0 };
    const holds = (this.#services.get(node)?.view() ?? null) as Json;
    return { status: { role: this.#roles.get(node) ?? "", view, slot }, holds };
  }
}
