/**
 * Looks at every message that travels: it must survive JSON, pass its protocol's own check, be of a
 * known kind, and have a signed text that no different message shares.
 */

import type { Message, Signed } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import type { SimulationObserver } from "./simulation.ts";

export interface WireCheck<M extends Message> {
  readonly observer: SimulationObserver<M>;
  /** What was found, each thing once. */
  problems(): readonly string[];
}

export function createWireCheck<M extends Message>(protocol: Protocol<M>): WireCheck<M> {
  const problems = new Set<string>();
  const seen = new Set<string>();
  const messageByText = new Map<string, string>();
  const look = ({ message }: Signed<M>) => {
    const json = JSON.stringify(message);
    if (seen.has(json)) return;
    seen.add(json);
    for (const problem of problemsWith(protocol, message, json)) problems.add(problem);
    const text = protocol.signedText(message);
    const other = messageByText.get(text);
    if (other !== undefined) problems.add(`${json} is signed like ${other}`);
    messageByText.set(text, json);
  };
  return {
    observer: { sent: (_node, _to, signed) => look(signed) },
    problems: () => [...problems],
  };
}

function problemsWith<M extends Message>(
  protocol: Protocol<M>,
  message: M,
  json: string,
): readonly string[] {
  const parsed: unknown = JSON.parse(json);
  const expected = protocol.check(parsed);
  if (expected !== undefined) return [`${message.kind}${expected}: ${json}`];
  const isKnown = protocol.kinds.includes(message.kind);
  // The check has said that this is a message.
  const received = parsed as M;
  return [
    ...(isKnown ? [] : [`${message.kind} is not among the kinds`]),
    ...(protocol.signedText(received) === protocol.signedText(message)
      ? []
      : [`${message.kind} has another signed text after JSON: ${json}`]),
    ...changesOf(received)
      .filter(({ changed }) => protocol.signedText(changed) === protocol.signedText(message))
      .map(({ field }) => `the signature of ${message.kind} does not cover ${field}`),
  ];
}

interface Change<M extends Message> {
  readonly field: string;
  readonly changed: M;
}

/** The message with one plain field changed, for each; what is nested has its own seal or digest. */
function changesOf<M extends Message>(message: M): readonly Change<M>[] {
  return Object.entries(message).flatMap(([field, value]: [string, unknown]): Change<M>[] => {
    const other = field === "kind" ? undefined : otherThan(value);
    return other === undefined ? [] : [{ field, changed: { ...message, [field]: other } }];
  });
}

function otherThan(value: unknown): number | boolean | string | undefined {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  return typeof value === "string" ? `${value}0` : undefined;
}
