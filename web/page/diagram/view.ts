/** Which part of time the diagram shows, and where things stand in it. */

import { signal } from "@preact/signals";
import type { Recording } from "../../recording/recording.ts";

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export const span = signal<Span>({ fromMs: 0, untilMs: 100 });

const narrowestMs = 0.05;

/** From the beginning to a little after the last decision: what comes then is seldom of interest. */
export function showDecided({ steps }: Recording): void {
  const decided = steps.findLast(({ kind }) => kind === "accept" || kind === "deliver");
  const last = decided ?? steps.at(-1);
  const untilMs = Math.max(1, (last?.atMs ?? 100) * 1.1);
  span.value = { fromMs: -untilMs * 0.02, untilMs };
}

export function zoom(factor: number, aroundMs: number): void {
  const { fromMs, untilMs } = span.value;
  if ((untilMs - fromMs) * factor < narrowestMs) return;
  span.value = {
    fromMs: aroundMs - (aroundMs - fromMs) * factor,
    untilMs: aroundMs + (untilMs - aroundMs) * factor,
  };
}

export function pan(byMs: number): void {
  const { fromMs, untilMs } = span.peek();
  span.value = { fromMs: fromMs + byMs, untilMs: untilMs + byMs };
}

/** Brings a moment into view without changing the scale; nothing moves while it is in view. */
export function follow(atMs: number): void {
  const { fromMs, untilMs } = span.peek();
  const width = untilMs - fromMs;
  if (atMs >= fromMs && atMs <= untilMs) return;
  pan(atMs - fromMs - width * 0.4);
}

export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly laneHeight: number;
  x(atMs: number): number;
  y(lane: number): number;
  msAt(x: number): number;
  laneAt(y: number): number;
}

const top = 34;
const left = 54;
const right = 12;

export const heightFor = (lanes: number): number => top + lanes * laneHeightFor(lanes) + 8;

const laneHeightFor = (lanes: number): number => Math.max(15, Math.min(46, 380 / lanes));

/** How far down a lane is; it depends on neither width nor time. */
export const laneMiddle = (lane: number, lanes: number): number =>
  top + (lane + 0.5) * laneHeightFor(lanes);

/** Arrows reach a little beyond their ends. */
const reachPx = 20;
export const visibleFromMs = (at: Geometry): number => at.msAt(at.left - reachPx);
export const visibleUntilMs = (at: Geometry): number => at.msAt(at.width + reachPx);

export function geometry(width: number, lanes: number, { fromMs, untilMs }: Span): Geometry {
  const laneHeight = laneHeightFor(lanes);
  const scale = (width - left - right) / (untilMs - fromMs);
  return {
    width,
    height: heightFor(lanes),
    left,
    laneHeight,
    x: (atMs) => left + (atMs - fromMs) * scale,
    y: (lane) => laneMiddle(lane, lanes),
    msAt: (x) => fromMs + (x - left) / scale,
    laneAt: (y) => Math.floor((y - top) / laneHeight),
  };
}
