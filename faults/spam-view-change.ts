/** The mode that asks for a new view, new roles or a higher ballot all the time. */

import type { Fault, Lies, LieTools } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import { parseDuration } from "./duration.ts";
import { duration, type EnvelopeMode } from "./mode.ts";

const usualEveryMs = 100;

export const spamViewChange = <M extends Message>(everyMs: Millis = usualEveryMs): Fault<M> => ({
  name: "spam-view-change",
  everyMs,
  onSend: (envelope) => [envelope],
  onTick({ lies, view, tools, peers, witness }) {
    const message = lies.spam(view, tools);
    if (message === undefined) return [];
    witness();
    return peers.map((to) => ({ to, message, delayMs: 0, isBadlySealed: false }));
  },
});

/** Whether a protocol has anything to spam with, as far as a node that saw nothing yet can tell. */
export function hasSpam<M extends Message>(lies: Lies<M>, self: NodeId): boolean {
  const tools: LieTools<M> = {
    self,
    digest: () => "0",
    seal: (message) => ({ from: self, message, signature: "" }),
    requests: [],
  };
  return lies.spam(0, tools) !== undefined;
}

export const spamViewChangeMode: EnvelopeMode = {
  kind: "envelope",
  name: "spam-view-change",
  help: "asks everybody for a new view (new roles, higher ballot) all the time",
  roles: "any, in protocols that have views",
  argument: duration("TIME", `how often, in ms or s (default ${usualEveryMs}ms)`),
  takesWindow: true,
  create: ([text]) => spamViewChange(text === undefined ? usualEveryMs : parseDuration(text)),
};
