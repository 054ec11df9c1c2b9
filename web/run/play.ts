/** Plays a schedule and records it: the very run that `replay` makes of it, on the seed alone. */

import { domainsOfMembers, readDomainName } from "../../bench/domains/in-domains.ts";
import { toolsFor } from "../../bench/hunt/ground.ts";
import { protocolNamed } from "../../bench/protocols.ts";
import type { Json } from "../../core/encoding.ts";
import { clientIds, type NodeId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { MemberSetup, Protocol } from "../../core/protocol.ts";
import type { Service } from "../../core/service.ts";
import { runSchedule } from "../../sim/run-schedule.ts";
import type { Schedule, ScheduleEvent } from "../../sim/schedule.ts";
import { identityOf, twinOf } from "../../sim/twins.ts";
import { Recorder, type WorldEvent } from "../recording/recorder.ts";
import type { Lane, Recording } from "../recording/recording.ts";
import { foreverMs } from "./forever.ts";
import { createServiceFor } from "./services.ts";
import type { Setup } from "./setup.ts";

/** What a schedule does not say: what is replicated. */
export type Replicated = Pick<Setup, "service" | "balances">;

export function play(schedule: Schedule, replicated: Replicated): Recording {
  const protocol = protocolNamed(schedule.protocol);
  const stage = new Stage(protocol);
  const recorder = new Recorder({
    protocol: protocol.name,
    title: protocol.title,
    n: schedule.n,
    f: protocol.faultsTolerated(schedule.n),
    lanes: lanesOf(protocol, schedule),
    controlKinds: protocol.controlKinds,
    world: worldOf(schedule.events),
    look: (node) => stage.look(node),
  });
  const run = runSchedule(schedule, {
    ...toolsFor(protocol),
    protocol: stage.protocol,
    createService: () => createServiceFor(replicated),
    observer: {
      sent: (...seen) => recorder.sent(...seen),
      received: (...seen) => recorder.received(...seen),
      stepped: (node, input, effects, now) => {
        if (input.kind === "start") stage.enter(node);
        recorder.stepped(node, input, effects, now);
      },
      effect: (...seen) => recorder.effect(...seen),
      lost: (...seen) => recorder.lost(...seen),
      refused: (...seen) => recorder.refused(...seen),
    },
  });
  const { safety, liveness, decisions, reasons } = run.verdict;
  const { brokenAtMs } = run;
  return recorder.recording({ safety, liveness, decisions, reasons, brokenAtMs });
}

interface Actor {
  readonly machine: Machine<Message>;
  readonly service: Service | undefined;
}

/** Keeps hold of the machines that a simulation makes, so that one can look into them. */
class Stage {
  readonly protocol: Protocol;
  readonly #actors = new Map<NodeId, Actor>();
  #newest: Actor | undefined;

  constructor(protocol: Protocol) {
    this.protocol = {
      ...protocol,
      createMember: (setup: MemberSetup<Message>) => {
        const machine = protocol.createMember(setup);
        this.#newest = { machine, service: setup.service };
        return machine;
      },
      createClient: (setup) => {
        const machine = protocol.createClient(setup);
        this.#newest = { machine, service: undefined };
        return machine;
      },
    };
  }

  /** A life begins right after its machine was made. */
  enter(node: NodeId): void {
    if (this.#newest !== undefined) this.#actors.set(node, this.#newest);
  }

  look(node: NodeId) {
    const actor = this.#actors.get(node);
    if (actor === undefined) return undefined;
    const holds = (actor.service?.view() ?? null) as Json;
    return { status: actor.machine.status(), holds };
  }
}

function lanesOf(protocol: Protocol, { n, clients, events, twins }: Schedule): readonly Lane[] {
  const faultsOn = (id: NodeId): readonly string[] => [
    ...(twins.includes(id) ? ["twin"] : []),
    ...new Set(events.flatMap((event) => faultIn(event, id))),
  ];
  const domainOf = domainsIn(protocol.name, n);
  const members = protocol
    .members(n)
    .map((member) => ({
      ...member,
      faults: faultsOn(member.id),
      domain: domainOf.get(member.id),
    }))
    .sort((a, b) => (a.domain ?? 0) - (b.domain ?? 0));
  return [
    ...clientIds(clients).map((id) => ({ id, role: "client", isReplica: false, faults: [] })),
    ...members.filter(({ isReplica, domain }) => isReplica || domain !== undefined),
    ...twins.map((id) => ({ id: twinOf(id), role: "twin", isReplica: true, faults: ["twin"] })),
    ...members.filter(({ isReplica, domain }) => !isReplica && domain === undefined),
  ];
}

/** From 1, as on the page. */
export function domainsIn(protocol: string, n: number): ReadonlyMap<NodeId, number> {
  const named = readDomainName(protocol);
  if (named === undefined) return new Map();
  const split = domainsOfMembers(protocolNamed(named.inner), n, named.domains, named.seed);
  return new Map([...split].map(([id, index]) => [id, index + 1]));
}

function faultIn(event: ScheduleEvent, id: NodeId): readonly string[] {
  if (event.kind === "fault" && event.node === id) return [event.mode];
  if (event.kind === "mutation" && event.node === id) return ["mutation"];
  if (event.kind === "crash" && event.node === id) return ["crash"];
  if (event.kind === "say" && identityOf(event.node) === id) return ["script"];
  return [];
}

/** What happens to a node from outside; requests and second lives are seen at the node itself. */
function worldOf(events: readonly ScheduleEvent[]): readonly WorldEvent[] {
  return events.flatMap(worldIn).sort((a, b) => a.atMs - b.atMs);
}

function worldIn(event: ScheduleEvent): readonly WorldEvent[] {
  switch (event.kind) {
    case "crash":
      return [{ atMs: event.atMs, node: event.node, text: "crashes" }];
    case "fault":
      return [
        { atMs: event.fromMs, node: event.node, text: `begins to fail: ${event.mode}` },
        ...(event.untilMs < foreverMs
          ? [{ atMs: event.untilMs, node: event.node, text: `no longer ${event.mode}` }]
          : []),
      ];
    case "partition": {
      const [first = [], ...others] = event.groups;
      const node = first[0] ?? "";
      const text = `${first.join(", ")} cut off from ${others.flat().join(", ")}`;
      return [
        { atMs: event.fromMs, node, text },
        ...(event.untilMs < foreverMs
          ? [{ atMs: event.untilMs, node, text: `${first.join(", ")} connected again` }]
          : []),
      ];
    }
    case "say":
      return [
        {
          atMs: event.atMs,
          node: identityOf(event.node),
          text: `is told to say ${event.says.kind}`,
        },
      ];
    case "clock":
      return [
        { atMs: event.atMs, node: identityOf(event.node), text: `its clock runs at ${event.rate}` },
      ];
    default:
      return [];
  }
}
