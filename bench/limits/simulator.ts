/**
 * How fast the simulator is: messages of one protocol per second of one core, nobody signing, and how
 * much memory a run holds on to. What is counted does not depend on the machine; the time does.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Observer } from "../../core/ports.ts";
import { createEcho } from "../../services/echo.ts";
import { Jury } from "../../sim/judge.ts";
import { uniformDelay } from "../../sim/network.ts";
import { allOf } from "../../sim/observers.ts";
import { Simulation } from "../../sim/simulation.ts";
import { protocolNamed } from "../protocols.ts";
import { startWorkers } from "../workers.ts";

export interface SimulatorSpeedOptions {
  readonly protocol: string;
  readonly n: number;
  /** Ends after so many messages, each request to its end. */
  readonly messages: number;
  /** Judges watch, as in every run that is to prove something. */
  readonly isJudged: boolean;
}

export interface SimulatorSpeed extends SimulatorSpeedOptions {
  readonly sent: number;
  readonly accepted: number;
  /** Of processor time, so that what else the machine does counts little. */
  readonly perCpuSecond: number;
  /** In use on the heap at the end, what nobody needs any more included unless node has --expose-gc. */
  readonly heapMb: number;
}

const clients = 4;
const lastMoment = Number.POSITIVE_INFINITY;

/** Clients that each ask again as soon as they are answered, until enough was sent. */
export function measureSimulator(options: SimulatorSpeedOptions): SimulatorSpeed {
  const run = new Load(options);
  // The engine compiles what runs often.
  run.until(options.messages / 4);
  const [sentBefore, acceptedBefore] = [run.sent, run.accepted];
  const before = process.cpuUsage();
  run.until(sentBefore + options.messages);
  const { user, system } = process.cpuUsage(before);
  const sent = run.sent - sentBefore;
  return {
    ...options,
    sent,
    accepted: run.accepted - acceptedBefore,
    perCpuSecond: (1_000_000 * sent) / (user + system),
    heapMb: run.heapMb(),
  };
}

/** The same in a thread of its own: what ran before it leaves neither garbage nor guesses of the engine. */
export async function measureSimulatorAlone(
  options: SimulatorSpeedOptions,
  signal: AbortSignal,
): Promise<SimulatorSpeed> {
  const module = new URL("./simulator", import.meta.url);
  const pool = startWorkers<SimulatorSpeedOptions, SimulatorSpeed>(
    module,
    measureSimulator.name,
    1,
  );
  try {
    return await pool.run(options, { signal });
  } finally {
    await pool.destroy();
  }
}

class Load {
  sent = 0;
  accepted = 0;
  readonly #simulation: Simulation<Message>;
  readonly #jury: Jury | undefined;
  #asked = 0;

  constructor({ protocol: name, n, isJudged }: SimulatorSpeedOptions) {
    const protocol = protocolNamed(name);
    const replicas = protocol.members(n).filter(({ isReplica }) => isReplica);
    this.#jury = isJudged ? new Jury(replicas.map(({ id }) => id)) : undefined;
    this.#simulation = new Simulation<Message>({
      protocol,
      n,
      clients,
      seed: 1,
      // Long enough that nobody suspects anybody: a round is bound by the network.
      settings: { batch: 1, timeoutMs: 10_000, checkpointInterval: 128 },
      network: uniformDelay(1, 10),
      createService: createEcho,
      auth: "none",
      keepsDisks: false,
      observer: this.#observer(),
    });
    for (const client of this.#simulation.clients) this.#ask(client);
  }

  until(sent: number): void {
    this.#simulation.run(lastMoment, () => this.sent >= sent);
  }

  heapMb(): number {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 2 ** 20;
  }

  #observer(): Observer<Message> {
    const counter: Observer<Message> = {
      sent: () => {
        this.sent += 1;
      },
      effect: (node: NodeId, effect: Effect<Message>) => {
        if (effect.kind !== "accept") return;
        this.accepted += 1;
        this.#ask(node);
      },
    };
    return this.#jury === undefined ? counter : allOf(this.#jury.observer<Message>(), counter);
  }

  #ask(client: NodeId): void {
    this.#asked += 1;
    const operation = `"${this.#asked}"`;
    this.#jury?.submitted(client, operation);
    this.#simulation.request(client, operation);
  }
}
