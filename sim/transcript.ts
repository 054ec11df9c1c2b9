/** A run as text, one line an event: for `--transcript`, for golden files and for failing seeds. */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Effect, Input } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { SimulationObserver } from "./simulation.ts";

// Longer values are cut: a transcript is for people, the trace hash is for machines.
const longestValue = 24;
const longestDigest = 8;

/** Writes a line for every event to `write`. */
export function createTranscript<M extends Message>(
  write: (line: string) => void,
): SimulationObserver<M> {
  const line = (now: Millis, node: NodeId, text: string) =>
    write(`${now.toFixed(3).padStart(10)}  ${node.padEnd(4)} ${text}`);
  return {
    sent: (node, to, signed, now) => {
      const passedOn = signed.from === node ? "" : ` of ${signed.from}`;
      line(now, node, `-> ${to.padEnd(4)} ${tell(signed)}${passedOn}`);
    },
    lost: (from, to, signed, now) => line(now, from, `-x ${to.padEnd(4)} ${tell(signed)}`),
    stepped: (node, input, _effects, now) => line(now, node, tellInput(input)),
    effect: (node, effect, now) => line(now, node, `   ${tellEffect(effect)}`),
  };
}

/** The last lines of a run: what to show when a seed fails. */
export function createTail(count: number): {
  write(line: string): void;
  lines(): readonly string[];
} {
  const lines: string[] = [];
  return {
    write: (line) => {
      lines.push(line);
      if (lines.length >= 2 * count) lines.splice(0, lines.length - count);
    },
    lines: () => lines.slice(-count),
  };
}

function tellInput<M extends Message>(input: Input<M>): string {
  switch (input.kind) {
    case "start":
      return `starts${input.records.length === 0 ? "" : ` with ${input.records.length} records`}`;
    case "message":
      return `<- ${input.signed.from.padEnd(4)} ${tell(input.signed)}`;
    case "request":
      return `is asked for ${cut(input.operation)}`;
    case "time-out":
      return `timer ${input.timer} runs out`;
  }
}

function tellEffect<M extends Message>(effect: Effect<M>): string {
  switch (effect.kind) {
    case "deliver": {
      const { slot, view, digest, executed } = effect.delivery;
      const requests = executed.map(({ client, timestamp }) => `${client}/${timestamp}`).join(" ");
      return `executes slot ${slot} view ${view} ${short(digest)} [${requests}]`;
    }
    case "accept": {
      const { timestamp, result, view, slot, from } = effect.acceptance;
      return `accepts ${timestamp} slot ${slot} view ${view} from ${from.join(",")}: ${cut(result)}`;
    }
    case "mark": {
      const { name, view, slot, detail } = effect.mark;
      return `* ${name} view ${view}${slot === undefined ? "" : ` slot ${slot}`}${detail === undefined ? "" : ` ${cut(detail)}`}`;
    }
    case "reject":
      return `refuses ${effect.from}: ${effect.objection}`;
    default:
      return effect.kind;
  }
}

/** The kind and the plain fields; lists by their length, other messages inside by their kind. */
function tell<M extends Message>({ message }: Signed<M>): string {
  const fields = Object.entries(message)
    .filter(([name]) => name !== "kind")
    .map(([name, value]) => `${name}=${tellValue(value)}`);
  return [message.kind, ...fields].join(" ");
}

function tellValue(value: unknown): string {
  if (typeof value === "string") return isDigest(value) ? short(value) : cut(value);
  if (Array.isArray(value)) return `[${value.length}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const inner = "message" in value ? value.message : value;
  if (typeof inner === "object" && inner !== null && "kind" in inner) return `(${inner.kind})`;
  return "{…}";
}

const isDigest = (text: string): boolean => /^[0-9a-f]{32,}$/.test(text);
const short = (digest: string): string => digest.slice(0, longestDigest);
const cut = (text: string): string =>
  text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
