/** The network of a schedule: each message has its own fixed luck, then the schedule's events. */

import type { Millis, NodeId } from "../core/ids.ts";
import { hash32 } from "./hash.ts";
import type { Network, Passage } from "./network.ts";
import type { LinkEvent, PartitionEvent, Schedule } from "./schedule.ts";

/**
 * A message's delay is drawn from what it is (who sends which of its messages to whom), not from a
 * shared stream: so it stays the same when other events are taken out of the schedule.
 */
export function disturbedNetwork(schedule: Schedule): Network {
  const luck = createLuck(schedule);
  const links = schedule.events.filter(isLinkEvent);
  const partitions = schedule.events.filter((event) => event.kind === "partition");
  const [lowest, highest] = schedule.delayMs;
  return (passage) => {
    if (partitions.some((partition) => isCut(partition, passage))) return [];
    const drawn = luck(passage);
    const delays = [lowest + (highest - lowest) * drawn("")];
    for (const event of links) {
      const isHit = event.share === undefined || drawn(` ${event.kind}`) < event.share;
      if (isHit && isMeant(event, passage)) disturb(delays, event, passage.now);
    }
    return delays;
  };
}

/** Fractions from 0 to 1 for a message, one for each thing that may happen to it. */
function createLuck({ seed }: Schedule): (passage: Passage) => (what: string) => number {
  const counts = new Map<string, number>();
  return ({ from, to, kind }) => {
    const link = `${from}>${to} ${kind}`;
    const count = (counts.get(link) ?? 0) + 1;
    counts.set(link, count);
    return (what) => (hash32(`${seed} ${link} ${count}${what}`) >>> 0) / 2 ** 32;
  };
}

const isLinkEvent = (event: Schedule["events"][number]): event is LinkEvent =>
  event.kind === "lose" ||
  event.kind === "slow" ||
  event.kind === "duplicate" ||
  event.kind === "hold";

const isMeant = (event: LinkEvent, { from, to, kind, view, now }: Passage): boolean =>
  now >= event.fromMs &&
  now < event.untilMs &&
  (event.message === undefined || event.message === kind) &&
  (event.view === undefined || event.view === view) &&
  (event.from === undefined || event.from.includes(from)) &&
  (event.to === undefined || event.to.includes(to));

function disturb(delays: Millis[], { kind, ms = 0 }: LinkEvent, now: Millis): void {
  const [first] = delays;
  if (first === undefined) return;
  if (kind === "lose") delays.length = 0;
  else if (kind === "duplicate") delays.push(2 * first);
  else if (kind === "slow") delays.splice(0, delays.length, ...delays.map((delay) => delay + ms));
  else delays.splice(0, delays.length, ...delays.map((delay) => Math.max(delay, ms - now)));
}

function isCut(partition: PartitionEvent, passage: Passage): boolean {
  if (!isInScope(partition, passage)) return false;
  const groupOf = (node: NodeId) => partition.groups.findIndex((group) => group.includes(node));
  const [sender, receiver] = [groupOf(passage.from), groupOf(passage.to)];
  return sender !== -1 && receiver !== -1 && sender !== receiver;
}

const isInScope = (
  { fromMs, untilMs, view, messages }: PartitionEvent,
  passage: Passage,
): boolean =>
  passage.now >= fromMs &&
  passage.now < untilMs &&
  (view === undefined || view === passage.view) &&
  (messages === undefined || messages.includes(passage.kind));
