/** The modes that withhold the truth without bending it: dark, selective, silent and late nodes. */

import type { Fault } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import { faultsTolerated } from "../core/quorum.ts";
import { parseDuration } from "./duration.ts";
import { duration, type EnvelopeMode, targets, targetsIn } from "./mode.ts";
import { Victims } from "./victims.ts";

/** Says nothing to its targets. */
export function dark<M extends Message>(named?: readonly NodeId[]): Fault<M> {
  // As many as the protocol can do without, so that it is the victims who suffer, not the round.
  const victims = new Victims(named, (possible) => faultsTolerated(possible + 1));
  return {
    name: "dark",
    onSend(envelope, context) {
      if (!victims.includes(envelope.to, context)) return [envelope];
      context.witness();
      return [];
    },
  };
}

/** Speaks to its targets only. */
export function selective<M extends Message>(named?: readonly NodeId[]): Fault<M> {
  const confidants = new Victims(named, () => 1);
  return {
    name: "selective",
    onSend(envelope, context) {
      if (confidants.includes(envelope.to, context)) return [envelope];
      context.witness();
      return [];
    },
  };
}

/** Says nothing at all, but listens: unlike a node that is offline, it keeps up. */
export const silent = <M extends Message>(): Fault<M> => ({
  name: "silent",
  onSend(_envelope, context) {
    context.witness();
    return [];
  },
});

const usualDelayMs = 100;

/** Sends everything late, by the same time. */
export const delay = <M extends Message>(delayMs: Millis = usualDelayMs): Fault<M> => ({
  name: "delay",
  onSend(envelope, context) {
    context.witness();
    return [{ ...envelope, delayMs: envelope.delayMs + delayMs }];
  },
});

export const darkMode: EnvelopeMode = {
  kind: "envelope",
  name: "dark",
  help: "says nothing to its targets",
  roles: "any",
  argument: targets("who hears nothing (default: f of the other replicas, drawn, at least one)"),
  takesWindow: true,
  create: (args) => dark(targetsIn(args)),
};

export const selectiveMode: EnvelopeMode = {
  kind: "envelope",
  name: "selective",
  help: "speaks to its targets only",
  roles: "any; most as communication node",
  argument: targets("who hears something (default: one of the other replicas, drawn)"),
  takesWindow: true,
  create: (args) => selective(targetsIn(args)),
};

export const silentMode: EnvelopeMode = {
  kind: "envelope",
  name: "silent",
  help: "says nothing to anybody, but listens",
  roles: "any",
  argument: undefined,
  takesWindow: true,
  create: () => silent(),
};

export const delayMode: EnvelopeMode = {
  kind: "envelope",
  name: "delay",
  help: "sends everything late; means most just under the time-out",
  roles: "any; most as commander",
  argument: duration("TIME", `how late, in ms or s (default ${usualDelayMs}ms)`),
  takesWindow: true,
  create: ([text]) => delay(text === undefined ? usualDelayMs : parseDuration(text)),
};
