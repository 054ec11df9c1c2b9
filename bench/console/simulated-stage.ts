/** All participants in this process, in virtual time: equal commands, equal transcripts. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message, Signed } from "../../core/messages.ts";
import type { Refusal } from "../../core/node.ts";
import { createLedger } from "../../services/ledger.ts";
import { fixedDelay } from "../../sim/network.ts";
import { Simulation } from "../../sim/simulation.ts";
import { ClientSession } from "./client-session.ts";
import { clientId, nameOf } from "./machine/names.ts";
import { type Order, writeOrder } from "./machine/orders.ts";
import { pbftByHand } from "./machine/protocol.ts";
import { type Controls, NodeSession, type Session } from "./session.ts";
import { consoleSettings } from "./settings.ts";
import type { Said, Stage } from "./stage.ts";
import { error, type Line } from "./wording.ts";

export interface SimulatedStageOptions {
  readonly n: number;
  readonly seed: number;
  save(file: string, text: string, isAppended: boolean): string;
}

const latencyMs = 1;
// Between two commands a moment passes, so that nobody asks the same question twice at once.
const pauseMs: Millis = 1000;

export class SimulatedStage implements Stage {
  readonly participants: readonly NodeId[];
  readonly #options: SimulatedStageOptions;
  readonly #simulation: Simulation<Message>;
  readonly #sessions = new Map<NodeId, Session>();
  readonly #said = new Map<NodeId, Line[]>();
  readonly #gone = new Set<NodeId>();

  constructor(options: SimulatedStageOptions) {
    this.#options = options;
    const protocol = pbftByHand({ firstTimestamp: () => 1 });
    this.participants = protocol.members(options.n).map(({ id }) => id);
    this.#simulation = new Simulation<Message>({
      protocol,
      n: options.n,
      clients: 0,
      seed: options.seed,
      settings: consoleSettings,
      network: fixedDelay(latencyMs),
      createService: createLedger,
      observer: { effect: (node, effect) => this.#hear(node, effect) },
    });
    for (const id of this.participants) this.#sessions.set(id, this.#createSession(id));
  }

  promptOf(id: NodeId): string {
    return this.#sessions.get(id)?.prompt ?? "";
  }

  async type(id: NodeId, line: string): Promise<readonly Said[]> {
    if (this.#gone.has(id)) return [{ id, lines: [error(`${nameOf(id)} has left`)] }];
    if ((await this.#sessions.get(id)?.type(line)) === true) this.#leave(id);
    this.#settle();
    const said = this.participants.flatMap((one) => {
      const lines = this.#said.get(one) ?? [];
      return lines.length === 0 ? [] : [{ id: one, lines }];
    });
    this.#said.clear();
    return said;
  }

  async close(): Promise<void> {}

  /** A message that was not sent by anybody here: what an attacker on the network could try. */
  inject(to: NodeId, signed: Signed<Message>): Refusal | undefined {
    const node = this.#simulation.node(to);
    const refusal = node?.admit(signed);
    if (refusal === undefined) node?.handle(signed);
    return refusal;
  }

  #hear(id: NodeId, effect: Effect<Message>): void {
    this.#sessions.get(id)?.hear(effect);
  }

  /** As a process that ends. */
  #leave(id: NodeId): void {
    this.#simulation.crash(id);
    this.#gone.add(id);
  }

  #settle(): void {
    const until = this.#simulation.now + pauseMs;
    this.#simulation.run(until);
  }

  #createSession(id: NodeId): Session {
    const say = (line: Line) => {
      const lines = this.#said.get(id) ?? [];
      this.#said.set(id, lines);
      lines.push(line);
    };
    const replicas = this.participants.filter((one) => one !== clientId);
    const options = { id, replicas, controls: this.#controlsOf(id), say };
    return id === clientId ? new ClientSession(options) : new NodeSession(options);
  }

  #controlsOf(id: NodeId): Controls {
    return {
      status: () => this.#simulation.node(id)?.machine.status(),
      order: (order: Order) => this.#simulation.request(id, writeOrder(order)),
      crash: () => this.#simulation.crash(id),
      recover: () => this.#simulation.restart(id),
      objectionToTransaction: async () => undefined,
      addressOf: () => undefined,
      save: (file, text, isAppended) => this.#options.save(file, text, isAppended),
    };
  }
}
