/** The mode that sends old messages again. */

import type { Envelope, Fault } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import { count, type EnvelopeMode } from "./mode.ts";

// Older messages than that are forgotten.
const remembered = 256;
const usualEvery = 2;
const mostEvery = 1000;

/**
 * With each `every`-th message it also sends an old one again, to whom it went then and under the
 * same signature. Counted, not drawn, so that it fires in short runs, too.
 */
export function replay<M extends Message>(every: number = usualEvery): Fault<M> {
  const old: Envelope<M>[] = [];
  let sent = 0;
  return {
    name: "replay",
    onSend(envelope, context) {
      sent += 1;
      const [again] = sent % every === 0 ? context.random.sample(old, 1) : [];
      old.push(envelope);
      if (old.length > remembered) old.shift();
      if (again === undefined) return [envelope];
      context.witness();
      return [envelope, again];
    },
  };
}

export const replayMode: EnvelopeMode = {
  kind: "envelope",
  name: "replay",
  help: "sends old messages again, under their old signatures",
  roles: "any",
  argument: count(
    "EVERY",
    `one old message with each EVERY-th new (default ${usualEvery})`,
    mostEvery,
  ),
  takesWindow: true,
  create: ([text]) => replay(text === undefined ? usualEvery : Number(text)),
};
