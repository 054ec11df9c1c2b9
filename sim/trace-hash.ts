/**
 * One hash over everything that happens in a run, in order: equal hashes, equal runs. It covers every
 * input and effect of every machine, and every message as it leaves, a lie included, each with its
 * time and node.
 */

import type { NodeId } from "../core/ids.ts";
import type { Effect, Input } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import { RunningHash } from "./hash.ts";
import type { SimulationObserver } from "./simulation.ts";

export interface TraceHash<M extends Message> extends SimulationObserver<M> {
  /** Of all that happened so far. */
  digest(): string;
}

/** `signedText` is the protocol's: it covers all of a message. */
export function createTraceHash<M extends Message>(
  signedText: (message: M) => string,
): TraceHash<M> {
  const hash = new RunningHash();
  const add = (now: number, node: NodeId, what: string) => hash.add(`${now}|${node}|${what}\n`);
  // A simulated signature holds the digest of the text; where there are none, the text stands in.
  const identify = ({ from, message, signature }: Signed<M>) =>
    `${from}|${message.kind}|${signature.includes(":") ? signature : signature + signedText(message)}`;
  return {
    digest: () => hash.digest(),
    sent: (node, to, signed, now) => add(now, node, `to ${to}|${identify(signed)}`),
    stepped: (node, input, effects, now) => {
      add(now, node, describeInput(input, identify));
      for (const effect of effects) if (isUnseen(effect)) add(now, node, JSON.stringify(effect));
    },
    effect: (node, effect, now) => add(now, node, JSON.stringify(effect)),
    lost: (from, to, signed, now) => add(now, from, `lost to ${to}|${identify(signed)}`),
  };
}

function describeInput<M extends Message>(
  input: Input<M>,
  identify: (signed: Signed<M>) => string,
): string {
  switch (input.kind) {
    case "start":
      return `start|${JSON.stringify(input.records)}`;
    case "message":
      return `from ${identify(input.signed)}`;
    case "request":
      return `request|${input.operation}`;
    case "time-out":
      return `time-out|${input.timer}`;
  }
}

/** Timers and records show nowhere else; messages and the rest do, after faults and the disk. */
const isUnseen = <M extends Message>({ kind }: Effect<M>): boolean =>
  kind === "start-timer" || kind === "stop-timer" || kind === "persist";
