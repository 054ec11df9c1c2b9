/** What one does to a run by hand, as events of its schedule: so that it can be replayed, and taken back. */

import type { Millis, NodeId, Operation } from "../../core/ids.ts";
import type { LinkEvent, Schedule, ScheduleEvent } from "../../sim/schedule.ts";
import type { RecordedMessage } from "../recording/recording.ts";
import { foreverMs } from "./forever.ts";
import { withEvents } from "./setup.ts";

/** What nodes can be made to do from the page. */
export const lieModes = ["malicious", "equivocating", "silent", "forge", "bad-signature"] as const;
export type LieMode = (typeof lieModes)[number];

export type Act =
  | { readonly kind: "crash" | "recover" | "cut off" | "connect"; readonly node: NodeId }
  | { readonly kind: "lie"; readonly node: NodeId; readonly mode: LieMode }
  | { readonly kind: "be honest"; readonly node: NodeId }
  | { readonly kind: "ask for a view change"; readonly node: NodeId }
  | { readonly kind: "request"; readonly operation: Operation }
  | { readonly kind: "drop" | "duplicate"; readonly message: RecordedMessage }
  | { readonly kind: "delay"; readonly message: RecordedMessage; readonly byMs: Millis };

/** How long a node asks for another view: once, at the mode's usual pace. */
const askingMs = 150;
/** A message is meant by who sends which kind to whom at its moment; no two of them share all that. */
const momentMs = 1e-6;

/** The schedule in which this happens at that moment, or why it cannot, as a sentence. */
export function withAct(
  schedule: Schedule,
  members: readonly NodeId[],
  act: Act,
  now: Millis,
): Schedule | string {
  const { events } = schedule;
  const add = (...added: readonly ScheduleEvent[]) => withEvents(schedule, [...events, ...added]);
  const end = (isMeant: (event: ScheduleEvent) => boolean, otherwise: string) =>
    events.some(isMeant)
      ? withEvents(
          schedule,
          events.map((event) => (isMeant(event) ? { ...event, untilMs: now } : event)),
        )
      : otherwise;
  switch (act.kind) {
    case "crash":
      return events.some((event) => isDown(event, act.node, now))
        ? `${act.node} is down already`
        : add({ kind: "crash", node: act.node, atMs: now, untilMs: foreverMs, losesDisk: false });
    case "recover":
      return end((event) => isDown(event, act.node, now), `${act.node} is not down`);
    case "cut off": {
      const others = members.filter((id) => id !== act.node);
      const groups = [[act.node], others];
      return events.some((event) => isCut(event, act.node, now))
        ? `${act.node} is cut off already`
        : add({ kind: "partition", groups, fromMs: now, untilMs: foreverMs });
    }
    case "connect":
      return end((event) => isCut(event, act.node, now), `${act.node} is not cut off`);
    case "lie": {
      const { node, mode } = act;
      return add({ kind: "fault", node, mode, args: [], fromMs: now, untilMs: foreverMs });
    }
    case "be honest":
      return end((event) => isLying(event, act.node, now), `${act.node} is honest`);
    case "ask for a view change": {
      const mode = "spam-view-change";
      const window = { fromMs: now, untilMs: now + askingMs };
      return add({ kind: "fault", node: act.node, mode, args: [], ...window });
    }
    case "request":
      return add({ kind: "request", atMs: now, client: "c0", operation: act.operation });
    case "drop":
      return add(onLink("lose", act.message));
    case "duplicate":
      return add(onLink("duplicate", act.message));
    case "delay":
      return add({ ...onLink("slow", act.message), ms: act.byMs });
  }
}

const onLink = (
  kind: LinkEvent["kind"],
  { from, to, kind: message, sentMs }: RecordedMessage,
): LinkEvent => ({
  kind,
  from: [from],
  to: [to],
  message,
  fromMs: sentMs,
  untilMs: sentMs + momentMs,
});

const isDown = (event: ScheduleEvent, node: NodeId, now: Millis): boolean =>
  event.kind === "crash" &&
  event.node === node &&
  event.atMs <= now &&
  (event.untilMs ?? foreverMs) > now;

const isCut = (event: ScheduleEvent, node: NodeId, now: Millis): boolean =>
  event.kind === "partition" &&
  event.groups.some((group) => group.length === 1 && group[0] === node) &&
  event.fromMs <= now &&
  event.untilMs > now;

const isLying = (event: ScheduleEvent, node: NodeId, now: Millis): boolean =>
  event.kind === "fault" && event.node === node && event.fromMs <= now && event.untilMs > now;

/** How a node stands at a moment, as far as the schedule decides it. */
export function standing({ events }: Schedule, node: NodeId, now: Millis) {
  return {
    isDown: events.some((event) => isDown(event, node, now)),
    isCut: events.some((event) => isCut(event, node, now)),
    isLying: events.some((event) => isLying(event, node, now)),
  };
}

/** The file that `replay` runs. What is replicated does not stand in it: `replay` takes echo, which changes no message. */
export const scheduleFile = (schedule: Schedule, about: string): string =>
  `${JSON.stringify({ about, source: "made by hand on the page", schedule }, null, 2)}\n`;
