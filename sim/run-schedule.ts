/** Runs a schedule: disturbed first, then healed, then judged. */

import { UsageError } from "../core/assert.ts";
import type { Fault, FaultWitness } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Effect } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Service } from "../core/service.ts";
import { disturbedNetwork } from "./disturbed-network.ts";
import { Heard, unheard } from "./heard.ts";
import { Jury, type Verdict } from "./judge.ts";
import { mutationFault } from "./mutation.ts";
import { allOf } from "./observers.ts";
import { type FaultEvent, faultyNodes, type Schedule } from "./schedule.ts";
import { Simulation, type SimulationObserver } from "./simulation.ts";

export interface ScheduleTools {
  readonly protocol: Protocol;
  createService(): Service;
  /** The shared modes, which live in another room. */
  createFaults(event: FaultEvent): readonly Fault<Message>[];
  /** Sees everything besides the jury. */
  readonly observer?: SimulationObserver<Message> | undefined;
}

export interface ScheduleRun {
  readonly verdict: Verdict;
  /** How often honest nodes came to each mark, and what else the run reached. */
  readonly coverage: ReadonlyMap<string, number>;
  /** Which faults did something, and in which roles. */
  readonly witnesses: readonly FaultWitness[];
  readonly messages: number;
  readonly endedAtMs: number;
  /** When the first violation showed. */
  readonly brokenAtMs: number | undefined;
}

export const twoValuesPrepared = "two values prepared in different views";

// After the last acceptance, time for what is still under way to do its harm.
const aftermathMs = 1_000;

export function runSchedule(schedule: Schedule, tools: ScheduleTools): ScheduleRun {
  checkScript(schedule, tools.protocol);
  const run = new Run(schedule, tools);
  run.toTheEnd();
  return run.result();
}

class Run {
  readonly #schedule: Schedule;
  readonly #protocol: Protocol;
  readonly #simulation: Simulation<Message>;
  readonly #jury: Jury;
  readonly #heard: Heard;
  readonly #honest: ReadonlySet<NodeId>;
  readonly #coverage = new Map<string, number>();
  readonly #preparedIn = new Map<number, Map<string, number>>();
  readonly #asked: number;
  #accepted = 0;
  #messages = 0;
  #brokenAtMs: number | undefined;

  constructor(schedule: Schedule, tools: ScheduleTools) {
    this.#schedule = schedule;
    this.#protocol = tools.protocol;
    this.#honest = honestNodes(schedule, tools.protocol);
    this.#jury = new Jury(this.#honest);
    this.#heard = new Heard(schedule);
    this.#asked = schedule.events.filter(({ kind }) => kind === "request").length;
    this.#simulation = new Simulation<Message>({
      protocol: tools.protocol,
      n: schedule.n,
      clients: schedule.clients,
      seed: schedule.seed,
      settings: schedule.settings,
      network: disturbedNetwork(schedule),
      createService: () => tools.createService(),
      faults: faultsByNode(schedule, tools),
      twins: schedule.twins,
      ownClocks: schedule.events.flatMap((event) => (event.kind === "clock" ? [event.node] : [])),
      observer: this.#observer(tools.observer),
    });
    this.#plan();
  }

  toTheEnd(): void {
    const { healedAtMs, endsAtMs } = this.#schedule;
    this.#simulation.run(healedAtMs);
    this.#simulation.run(endsAtMs, () => this.#accepted >= this.#asked);
    this.#simulation.run(this.#simulation.now + aftermathMs);
  }

  result(): ScheduleRun {
    return {
      // That a drawn fault never fires is no flaw here: schedules are many.
      verdict: this.#jury.verdict(),
      coverage: this.#coverage,
      witnesses: this.#simulation.witnesses(),
      messages: this.#messages,
      endedAtMs: this.#simulation.now,
      brokenAtMs: this.#brokenAtMs,
    };
  }

  #plan(): void {
    const { events, healedAtMs } = this.#schedule;
    const simulation = this.#simulation;
    for (const event of events) {
      if (event.kind === "request") {
        simulation.at(event.atMs, () => {
          this.#jury.submitted(event.client, event.operation);
          simulation.request(event.client, event.operation);
        });
      } else if (event.kind === "crash") {
        const { node, losesDisk } = event;
        simulation.at(event.atMs, () => simulation.crash(node));
        simulation.at(event.untilMs ?? healedAtMs, () => simulation.restart(node, { losesDisk }));
      } else if (event.kind === "say") {
        const { node, to } = event;
        simulation.at(event.atMs, () => simulation.say(node, this.#heard.said(event), to));
      } else if (event.kind === "clock") {
        const { node, rate, jumpMs } = event;
        simulation.at(event.atMs, () => simulation.setClock(node, { rate, jumpMs }));
        simulation.at(healedAtMs, () => simulation.setClock(node, { rate: 1, jumpMs: 0 }));
      }
    }
  }

  #observer(also: SimulationObserver<Message> = {}): SimulationObserver<Message> {
    return allOf(
      this.#jury.observer(this.#protocol, this.#schedule),
      this.#heard.observer(),
      also,
      {
        sent: () => {
          this.#messages += 1;
        },
        effect: (node, effect, now) => {
          this.#note(node, effect);
          if (this.#jury.violations.length > 0) this.#brokenAtMs ??= now;
        },
      },
    );
  }

  #note(node: NodeId, effect: Effect<Message>): void {
    if (effect.kind === "accept") this.#accepted += 1;
    if (!this.#honest.has(node)) return;
    if (effect.kind === "deliver") this.#count("delivered");
    if (effect.kind !== "mark") return;
    this.#count(effect.mark.name);
    const { name, slot, view, detail } = effect.mark;
    if (name === "prepared" && slot !== undefined && detail !== undefined) {
      this.#notePrepared(slot, view, detail);
    }
  }

  /** Two values prepared for one slot in different views: what a view change must cope with. */
  #notePrepared(slot: number, view: number, digest: string): void {
    const views = this.#preparedIn.get(slot) ?? new Map<string, number>();
    this.#preparedIn.set(slot, views);
    if (views.has(digest)) return;
    if ([...views.values()].some((earlier) => earlier !== view)) this.#count(twoValuesPrepared);
    views.set(digest, view);
  }

  #count(name: string): void {
    this.#coverage.set(name, (this.#coverage.get(name) ?? 0) + 1);
  }
}

/** What nodes say by a script travels undecoded: it must be a message before. */
function checkScript({ events }: Schedule, { name, check }: Protocol): void {
  for (const event of events) {
    const objection = event.kind === "say" ? check(unheard(event)) : undefined;
    if (objection !== undefined) {
      throw new UsageError(`what is said in a schedule must be a message of ${name}: ${objection}`);
    }
  }
}

/** Crashed nodes are honest: what they execute must agree with the others, too. */
function honestNodes(schedule: Schedule, protocol: Protocol): ReadonlySet<NodeId> {
  const faulty = faultyNodes(schedule);
  const replicas = protocol.members(schedule.n).filter(({ isReplica }) => isReplica);
  return new Set(replicas.map(({ id }) => id).filter((id) => !faulty.has(id)));
}

function faultsByNode(
  schedule: Schedule,
  tools: ScheduleTools,
): ReadonlyMap<NodeId, readonly Fault<Message>[]> {
  const faults = new Map<NodeId, Fault<Message>[]>();
  for (const event of schedule.events) {
    if (event.kind !== "fault" && event.kind !== "mutation") continue;
    const added = event.kind === "fault" ? tools.createFaults(event) : [mutationFault(event)];
    faults.set(event.node, [...(faults.get(event.node) ?? []), ...added]);
  }
  return faults;
}
