/**
 * A schedule: everything that happens to one simulated cluster, as plain data. Equal schedules, equal
 * runs; taking an event out leaves the others as they were, so that a bad run can be made small.
 */

import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId, Operation } from "../core/ids.ts";
import type { Settings } from "../core/protocol.ts";
import { type InstanceId, identityOf } from "./twins.ts";

export interface Schedule {
  readonly protocol: string;
  readonly n: number;
  readonly seed: number;
  readonly clients: number;
  readonly settings: Settings;
  /** Undisturbed messages take between these two. */
  readonly delayMs: readonly [lowest: Millis, highest: Millis];
  /** Nodes that live twice under one identity, the second as `r0'`: same keys, both run correct code. */
  readonly twins: readonly NodeId[];
  /** From here on nothing disturbs any more, and crashed nodes are back: time to make progress. */
  readonly healedAtMs: Millis;
  /** By then every request must have been accepted. */
  readonly endsAtMs: Millis;
  readonly events: readonly ScheduleEvent[];
}

export type ScheduleEvent =
  | RequestEvent
  | LinkEvent
  | PartitionEvent
  | CrashEvent
  | FaultEvent
  | MutationEvent
  | SayEvent
  | ClockEvent;

export interface RequestEvent {
  readonly kind: "request";
  readonly atMs: Millis;
  readonly client: NodeId;
  readonly operation: Operation;
}

/** Something happens to messages on some links, among those sent in a window. */
export interface LinkEvent {
  readonly kind: "lose" | "slow" | "duplicate" | "hold";
  readonly fromMs: Millis;
  readonly untilMs: Millis;
  /** Absent: from or to anybody, of any kind. */
  readonly from?: readonly NodeId[] | undefined;
  readonly to?: readonly NodeId[] | undefined;
  readonly message?: string | undefined;
  /** Absent: of any view or epoch, and also of those that name none. */
  readonly view?: number | undefined;
  /** Absent: all of them. Else this share, and which ones each message's own luck says. */
  readonly share?: number | undefined;
  /** `slow`: so much later than otherwise. `hold`: arrives at this moment, not before. */
  readonly ms?: Millis | undefined;
}

export interface PartitionEvent {
  readonly kind: "partition";
  readonly fromMs: Millis;
  readonly untilMs: Millis;
  /** Nodes in different groups do not hear each other; a node in no group hears everybody. */
  readonly groups: readonly (readonly NodeId[])[];
  /** Absent: messages of all views, of all kinds. */
  readonly view?: number | undefined;
  readonly messages?: readonly string[] | undefined;
}

export interface CrashEvent {
  readonly kind: "crash";
  readonly node: NodeId;
  readonly atMs: Millis;
  /** Absent: stays down until the cluster heals. */
  readonly untilMs?: Millis | undefined;
  readonly losesDisk: boolean;
}

/** The node is faulty in one of the shared modes. */
export interface FaultEvent {
  readonly kind: "fault";
  readonly node: NodeId;
  readonly mode: string;
  readonly args: readonly string[];
  readonly fromMs: Millis;
  readonly untilMs: Millis;
}

/**
 * A small-scope lie: the faulty node's messages of one kind, sent in a window, say something slightly
 * different to some receivers, or nothing.
 */
export interface MutationEvent {
  readonly kind: "mutation";
  readonly node: NodeId;
  readonly message: string;
  readonly to: readonly NodeId[];
  readonly field: string;
  /** Added to a number; a digest is replaced; `omit` says nothing. */
  readonly by: 1 | -1 | "another" | "omit";
  readonly fromMs: Millis;
  readonly untilMs: Millis;
}

/**
 * A node says something past its machine, under its own signature: a scripted lie, or an error of
 * somebody who is trusted with less than safety. Lives of twins and receivers are told apart by name.
 */
export interface SayEvent {
  readonly kind: "say";
  readonly node: InstanceId;
  readonly atMs: Millis;
  readonly to: readonly InstanceId[];
  /**
   * Whole, as it travels; but `{ heard: { kind, … } }` in an array stands for the names and signatures of
   * all who told this node just that by then.
   */
  readonly says: { readonly kind: string; readonly [field: string]: Json };
}

/** From this moment a node's clock runs wrong, until the cluster heals; what it jumped stays. */
export interface ClockEvent {
  readonly kind: "clock";
  readonly node: InstanceId;
  readonly atMs: Millis;
  /** How fast it runs; 1 is true. */
  readonly rate: number;
  readonly jumpMs: Millis;
}

/** Who may behave in any way at all in this schedule: its faults, its mutations, its script, its twins. */
export function faultyNodes(schedule: Schedule): ReadonlySet<NodeId> {
  const faulty = new Set<NodeId>(schedule.twins);
  for (const event of schedule.events) {
    if (event.kind === "fault" || event.kind === "mutation" || event.kind === "say") {
      faulty.add(identityOf(event.node));
    }
  }
  return faulty;
}

/** One event in one line, for people. */
export function describeEvent(event: ScheduleEvent): string {
  switch (event.kind) {
    case "request":
      return `${at(event.atMs)} ${event.client} asks for ${event.operation}`;
    case "crash":
      return `${at(event.atMs)} ${event.node} crashes${until(event.untilMs)}${event.losesDisk ? ", without its disk" : ""}`;
    case "partition":
      return `${window(event)} parts ${event.groups.map((group) => group.join(",")).join(" | ")}${scope(event)}`;
    case "fault":
      return `${window(event)} ${event.node} is ${event.mode}${args(event.args)}`;
    case "say":
      return `${at(event.atMs)} ${event.node} says ${told(event.says)} to ${event.to.join(",")}`;
    case "clock":
      return `${at(event.atMs)} ${event.node}'s clock ${jump(event.jumpMs)}runs at ${event.rate} times its rate`;
    case "mutation":
      return `${window(event)} ${event.node} changes ${event.message}.${event.field} (${event.by}) to ${event.to.join(",")}`;
    default:
      return `${window(event)} ${event.kind} ${event.message ?? "everything"}${epoch(event.view)} from ${anybody(event.from)} to ${anybody(event.to)}${amount(event)}`;
  }
}

const at = (ms: Millis): string => `${Math.round(ms)} ms`;
const until = (ms: Millis | undefined): string => (ms === undefined ? "" : ` until ${at(ms)}`);
const jump = (ms: Millis): string => (ms === 0 ? "" : `jumps by ${at(ms)} and `);
const args = (values: readonly string[]): string =>
  values.length === 0 ? "" : `(${values.join(",")})`;
const anybody = (nodes: readonly NodeId[] | undefined): string => nodes?.join(",") ?? "anybody";
const window = ({ fromMs, untilMs }: { readonly fromMs: Millis; readonly untilMs: Millis }) =>
  `${at(fromMs)} to ${at(untilMs)}`;

function scope({ view, messages }: PartitionEvent): string {
  const kinds = messages === undefined ? "" : ` for ${messages.join(", ")}`;
  return `${kinds}${epoch(view)}`;
}

const epoch = (view: number | undefined): string => (view === undefined ? "" : ` of view ${view}`);

const told = ({ kind, ...fields }: SayEvent["says"]): string =>
  [kind, ...Object.entries(fields).map(([name, value]) => `${name} ${tell(value)}`)].join(" ");

const tell = (value: Json): string =>
  typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");

function amount({ kind, ms, share }: LinkEvent): string {
  if (share !== undefined) return `, ${Number((100 * share).toPrecision(6))} % of them`;
  if (ms === undefined) return "";
  return kind === "hold" ? `, to arrive at ${at(ms)}` : ` by ${at(ms)}`;
}
