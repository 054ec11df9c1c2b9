/** How a network is written at the command line: `lan`, `delay=20ms,loss=1%`, `wan:FILE`. */

import { UsageError } from "../core/assert.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import {
  duplicating,
  fixedDelay,
  lossy,
  matrixDelay,
  type Network,
  normalDelay,
  uniformDelay,
} from "./network.ts";

/** A network as it was asked for. */
export interface NetworkPlan {
  readonly delay: DelayPlan;
  /** Probabilities. */
  readonly loss: number;
  readonly duplication: number;
}

export type DelayPlan =
  | { readonly kind: "between"; readonly lowMs: Millis; readonly highMs: Millis }
  | { readonly kind: "around"; readonly meanMs: Millis; readonly deviationMs: Millis }
  /** Round-trip times between places, from a file that whoever runs this must read. */
  | { readonly kind: "matrix"; readonly file: string };

/** Round-trip times between places. */
export interface PlaceMatrix {
  readonly places: readonly string[];
  readonly roundTripMs: readonly (readonly Millis[])[];
}

/** What machines on one switch see. */
const lan: DelayPlan = { kind: "between", lowMs: 0.1, highMs: 0.5 };

// Times between two cities vary by some percent from message to message.
const wanJitter = 0.05;

export const allowedNetworks =
  "lan, wan:FILE, or a list such as delay=20ms,loss=1%,duplicate=0.5% (delay also as 10ms-30ms, evenly, or 20ms~5ms, normally)";

/** Reads a network; a UsageError says what is wrong and what is allowed. */
export function parseNetwork(text: string): NetworkPlan {
  if (text === "lan") return { delay: lan, loss: 0, duplication: 0 };
  const [first = "", ...rest] = text.split(",");
  const file = /^wan:(.+)$/.exec(first)?.[1];
  const settings = new Map<string, string>();
  for (const part of file === undefined ? [first, ...rest] : rest) {
    const [, name, value] = /^(delay|loss|duplicate)=(.+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw wrong(text, `${quoted(part)} is unknown`);
    if (settings.has(name)) throw wrong(text, `${name} is there twice`);
    settings.set(name, value);
  }
  if (file !== undefined && settings.has("delay")) throw wrong(text, "wan has its own delays");
  const delay = settings.get("delay");
  return {
    delay: file === undefined ? parseDelay(text, delay) : { kind: "matrix", file },
    loss: parseShare(text, settings.get("loss")),
    duplication: parseShare(text, settings.get("duplicate")),
  };
}

/** The network model; nodes stand in the places of the matrix in turn, and so do clients. */
export function createNetwork(plan: NetworkPlan, matrix?: PlaceMatrix): Network {
  const { loss, duplication } = plan;
  const delayed = createDelay(plan.delay, matrix);
  const duplicated = duplication > 0 ? duplicating(duplication, delayed) : delayed;
  return loss > 0 ? lossy(loss, duplicated) : duplicated;
}

function createDelay(delay: DelayPlan, matrix: PlaceMatrix | undefined): Network {
  switch (delay.kind) {
    case "between":
      return delay.lowMs === delay.highMs
        ? fixedDelay(delay.lowMs)
        : uniformDelay(delay.lowMs, delay.highMs);
    case "around":
      return normalDelay({ meanMs: delay.meanMs, deviationMs: delay.deviationMs, leastMs: 0 });
    case "matrix": {
      if (matrix === undefined) throw new UsageError(`${delay.file} was not read`);
      const { roundTripMs } = matrix;
      const placeOf = (node: NodeId) => numberOf(node) % roundTripMs.length;
      return matrixDelay({ roundTripMs, placeOf, jitter: wanJitter });
    }
  }
}

/** 12 of r12. */
const numberOf = (node: NodeId): number => Number(/\d+/.exec(node)?.[0] ?? 0);

/**
 * Reads rows of text: a header with the places, then a row for each place with its round-trip times
 * in milliseconds, in the same order.
 */
export function parsePlaceMatrix(file: string, rows: readonly (readonly string[])[]): PlaceMatrix {
  const [header = [], ...lines] = rows.filter((row) => row.some((cell) => cell.trim() !== ""));
  const places = header.slice(1).map((place) => place.trim());
  const complain = (problem: string) =>
    new UsageError(`${file} is no matrix of round-trip times: ${problem}`);
  if (places.length === 0) throw complain("the first line must be from,PLACE,PLACE,…");
  if (lines.length !== places.length) {
    throw complain(`it has ${places.length} columns of places and ${lines.length} rows`);
  }
  const roundTripMs = lines.map(([from = "", ...times], index) => {
    const place = places[index] ?? "";
    if (from.trim() !== place) throw complain(`row ${index + 2} must be that of ${place}`);
    if (times.length !== places.length)
      throw complain(`row ${index + 2} has ${times.length} times`);
    return times.map((time) => {
      const ms = Number(time);
      if (time.trim() !== "" && ms >= 0 && ms <= longestMs) return ms;
      throw complain(
        `${quoted(time)} in row ${index + 2} must be milliseconds from 0 to ${longestMs}`,
      );
    });
  });
  return { places, roundTripMs };
}

const longestMs = 60_000;
const duration = /^(\d{1,6}(?:\.\d{1,6})?)(ms|s)$/;

function parseDelay(text: string, value: string | undefined): DelayPlan {
  if (value === undefined) return lan;
  const [from = "", to, ...more] = value.split("-");
  const [mean = "", deviation, ...others] = value.split("~");
  if (more.length > 0 || others.length > 0) throw wrong(text, `${quoted(value)} is no delay`);
  if (deviation !== undefined) {
    const [meanMs, deviationMs] = [parseDuration(text, mean), parseDuration(text, deviation)];
    return { kind: "around", meanMs, deviationMs };
  }
  const lowMs = parseDuration(text, from);
  const highMs = to === undefined ? lowMs : parseDuration(text, to);
  if (highMs < lowMs) throw wrong(text, `${quoted(value)} ends before it begins`);
  return { kind: "between", lowMs, highMs };
}

function parseDuration(text: string, value: string): Millis {
  const [, digits, unit] = duration.exec(value) ?? [];
  const ms = Number(digits) * (unit === "s" ? 1000 : 1);
  if (digits !== undefined && ms <= longestMs) return ms;
  throw wrong(text, `${quoted(value)} is no time from 0ms to ${longestMs / 1000}s`);
}

function parseShare(text: string, value: string | undefined): number {
  if (value === undefined) return 0;
  const [, digits] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(value) ?? [];
  const share = Number(digits) / 100;
  if (digits !== undefined && share <= 1) return share;
  throw wrong(text, `${quoted(value)} is no share from 0% to 100%`);
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));

const wrong = (text: string, problem: string): UsageError =>
  new UsageError(`--network ${text.slice(0, 80)}: ${problem}; allowed are ${allowedNetworks}`);
