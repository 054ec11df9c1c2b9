/** Draws the space-time diagram: a line for each node, time to the right, an arrow for each message. */

import {
  type RecordedMessage,
  type Recording,
  type Step,
  viewSpans,
} from "../../recording/recording.ts";
import { colorName } from "../model/kinds.ts";
import type { Geometry } from "./view.ts";

export interface Scene {
  readonly recording: Recording;
  readonly step: number;
  readonly moment: number;
  readonly picked: number | undefined;
  readonly showsControl: boolean;
  /** A colour of style.css by its name. */
  color(name: string): string;
}

type Pen = CanvasRenderingContext2D;

export function drawDiagram(pen: Pen, at: Geometry, scene: Scene): void {
  pen.clearRect(0, 0, at.width, at.height);
  pen.save();
  pen.beginPath();
  pen.rect(at.left - 6, 0, at.width, at.height);
  pen.clip();
  drawViews(pen, at, scene);
  drawAxis(pen, at, scene);
  drawLanes(pen, at, scene);
  drawTimers(pen, at, scene);
  drawMessages(pen, at, scene);
  drawSteps(pen, at, scene);
  drawCursor(pen, at, scene);
  pen.restore();
  drawNames(pen, at, scene);
}

interface Outline {
  readonly spans: ReturnType<typeof viewSpans>;
  /** Steps that are drawn at their node; most steps are messages. */
  readonly told: readonly Step[];
}

const outlines = new WeakMap<Recording, Outline>();

/** What does not change from step to step is found once. */
function outlineOf(recording: Recording): Outline {
  const known = outlines.get(recording);
  if (known !== undefined) return known;
  const told = recording.steps.filter(({ kind, text }) => shapeOf(kind, text) !== undefined);
  const outline = { spans: viewSpans(recording), told };
  outlines.set(recording, outline);
  return outline;
}

function drawViews(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  const { spans } = outlineOf(recording);
  pen.font = smallFont;
  for (const [index, { view, fromMs }] of spans.entries()) {
    const [x, end] = [at.x(index === 0 ? -1e9 : fromMs), at.x(spans[index + 1]?.fromMs ?? 1e9)];
    if (index % 2 === 1) {
      pen.fillStyle = color("--shade");
      pen.fillRect(x, 16, end - x, at.height);
    }
    if (spans.length < 2) continue;
    pen.fillStyle = color("--quiet");
    const label = `view ${view}`;
    const place = Math.max(x + 4, at.left);
    if (place + pen.measureText(label).width < end) pen.fillText(label, place, 28);
  }
}

function drawAxis(pen: Pen, at: Geometry, { color }: Scene): void {
  const everyMs = tickFor(at.msAt(at.left + 90) - at.msAt(at.left));
  pen.font = smallFont;
  pen.fillStyle = color("--quiet");
  pen.strokeStyle = color("--hair");
  pen.lineWidth = 1;
  const begin = Math.max(0, Math.ceil(at.msAt(at.left) / everyMs) * everyMs);
  for (let ms = begin; at.x(ms) < at.width; ms += everyMs) {
    const x = Math.round(at.x(ms)) + 0.5;
    line(pen, x, 16, x, at.height);
    pen.fillText(`${Number(ms.toPrecision(6))} ms`, x + 3, 11);
  }
}

function tickFor(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  return [1, 2, 5, 10].map((step) => step * power).find((tick) => tick >= ms) ?? ms;
}

function drawLanes(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  for (const [lane, { id, faults }] of recording.lanes.entries()) {
    const y = Math.round(at.y(lane)) + 0.5;
    pen.strokeStyle = color(faults.length > 0 ? "--bad" : "--lane");
    pen.lineWidth = 1;
    let x = at.left - 6;
    for (const { node, kind, text, atMs } of outlineOf(recording).told) {
      if (node !== id || kind !== "world") continue;
      if (text === "crashes") {
        line(pen, x, y, at.x(atMs), y);
        x = at.x(1e9);
      } else if (text === "starts again") {
        x = at.x(atMs);
      }
    }
    if (x < at.width) line(pen, x, y, at.width, y);
  }
}

function drawTimers(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  if (at.laneHeight < 18) return;
  const lanes = lanesById(recording);
  pen.strokeStyle = color("--timer");
  for (const { node, fromMs, untilMs, hasFired } of recording.timers) {
    const [x, end] = [at.x(fromMs), at.x(untilMs ?? 1e9)];
    if (end < at.left || x > at.width || end - x < 2) continue;
    const y = Math.round(at.y(lanes.get(node) ?? 0) + 5) + 0.5;
    pen.lineWidth = 1;
    pen.setLineDash([2, 2]);
    line(pen, x, y, end, y);
    pen.setLineDash([]);
    if (!hasFired) continue;
    pen.lineWidth = 1.5;
    line(pen, end - 3, y - 4, end + 3, y + 4);
    line(pen, end - 3, y + 4, end + 3, y - 4);
  }
}

/** One path for each colour and past or future: thousands of arrows are a few strokes. */
function drawMessages(pen: Pen, at: Geometry, scene: Scene): void {
  const { recording, step, showsControl, color, picked } = scene;
  const lanes = lanesById(recording);
  const control = new Set(recording.controlKinds);
  const paths = new Map<string, Path2D>();
  const crosses = new Path2D();
  const hasHeads = at.x(1) - at.x(0) > 0.4 && recording.messages.length < 4000;
  const drawn = recording.messages.filter(
    (message) =>
      (showsControl || !control.has(message.kind) || isTelling(message)) && isInView(message, at),
  );
  for (const message of drawn) {
    const key = `${colorName(recording.protocol, message.kind)} ${message.sentStep <= step}`;
    const path = paths.get(key) ?? new Path2D();
    paths.set(key, path);
    const ends = endsOf(message, at, lanes);
    path.moveTo(ends.x1, ends.y1);
    path.lineTo(ends.x2, ends.y2);
    if (hasHeads && message.fate !== "lost") addHead(path, ends);
    if (message.fate === "lost" || message.fate === "refused") addCross(crosses, ends);
  }
  for (const [key, path] of paths) {
    const [name = "", isPast] = key.split(" ");
    pen.strokeStyle = color(name);
    pen.globalAlpha = isPast === "true" ? 0.85 : 0.16;
    pen.lineWidth = recording.messages.length > 2000 ? 0.6 : 1;
    pen.stroke(path);
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = color("--bad");
  pen.lineWidth = 1.5;
  pen.stroke(crosses);
  const bold = recording.messages[picked ?? recording.steps[step]?.message ?? -1];
  if (bold !== undefined) drawBold(pen, at, scene, bold, lanes);
}

/** Control messages that change something are always shown; heartbeats and the like are not. */
const isTelling = ({ kind }: RecordedMessage): boolean =>
  /view-change|new-view|assignment|suspicion|report/.test(kind);

function drawBold(
  pen: Pen,
  at: Geometry,
  { recording, color }: Scene,
  message: RecordedMessage,
  lanes: ReadonlyMap<string, number>,
): void {
  const ends = endsOf(message, at, lanes);
  const path = new Path2D();
  path.moveTo(ends.x1, ends.y1);
  path.lineTo(ends.x2, ends.y2);
  addHead(path, ends);
  pen.strokeStyle = color(colorName(recording.protocol, message.kind));
  pen.lineWidth = 3;
  pen.stroke(path);
  if (message.objection === undefined) return;
  pen.font = smallFont;
  pen.fillStyle = color("--bad");
  pen.fillText(message.objection, ends.x2 + 8, ends.y2 - 6);
}

interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

const lanesById = ({ lanes }: Recording): ReadonlyMap<string, number> =>
  new Map(lanes.map(({ id }, lane) => [id, lane]));

function isInView({ sentMs, endedMs }: RecordedMessage, at: Geometry): boolean {
  return at.x(endedMs ?? sentMs) >= at.left - 20 && at.x(sentMs) <= at.width + 20;
}

/** What never arrived is drawn as far as half-way. */
export function endsOf(
  { from, to, sentMs, endedMs, fate }: RecordedMessage,
  at: Geometry,
  lanes: ReadonlyMap<string, number>,
): Ends {
  const [y1, y] = [at.y(lanes.get(from) ?? 0), at.y(lanes.get(to) ?? 0)];
  const x1 = at.x(sentMs);
  const x = at.x(endedMs ?? sentMs);
  if (fate !== "lost" || x > x1 + 4) return { x1, y1, x2: x, y2: y };
  return { x1, y1, x2: x1 + 12, y2: y1 + (y - y1) / 2 };
}

function addHead(path: Path2D, { x1, y1, x2, y2 }: Ends): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  for (const turn of [2.7, -2.7]) {
    path.moveTo(x2, y2);
    path.lineTo(x2 + 6 * Math.cos(angle + turn), y2 + 6 * Math.sin(angle + turn));
  }
}

function addCross(path: Path2D, { x2, y2 }: Ends): void {
  path.moveTo(x2 - 4, y2 - 4);
  path.lineTo(x2 + 4, y2 + 4);
  path.moveTo(x2 - 4, y2 + 4);
  path.lineTo(x2 + 4, y2 - 4);
}

/** Quorums are circles, executions are diamonds, what the client accepts is a square. */
function drawSteps(pen: Pen, at: Geometry, { recording, step, color }: Scene): void {
  const lanes = lanesById(recording);
  for (const { kind, node, atMs, index, text } of outlineOf(recording).told) {
    const shape = shapeOf(kind, text);
    const [x, y] = [at.x(atMs), at.y(lanes.get(node) ?? 0)];
    if (shape === undefined || x < at.left || x > at.width) continue;
    pen.globalAlpha = index <= step ? 1 : 0.25;
    pen.beginPath();
    if (shape === "circle") pen.arc(x, y, 3, 0, 2 * Math.PI);
    else if (shape === "square") pen.rect(x - 5, y - 5, 10, 10);
    else polygon(pen, x, y, shape === "diamond" ? 6 : 4);
    pen.fillStyle = color(shape === "circle" || shape === "flash" ? "--paper" : "--ink");
    pen.strokeStyle = color(shape === "flash" ? "--bad" : "--ink");
    pen.lineWidth = 1.2;
    pen.fill();
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

function shapeOf(kind: string, text: string) {
  if (kind === "deliver") return "diamond";
  if (kind === "accept") return "square";
  if (kind === "world" && !text.startsWith("is asked")) return "flash";
  return kind === "mark" ? "circle" : undefined;
}

function polygon(pen: Pen, x: number, y: number, radius: number): void {
  pen.moveTo(x, y - radius);
  pen.lineTo(x + radius, y);
  pen.lineTo(x, y + radius);
  pen.lineTo(x - radius, y);
  pen.closePath();
}

function drawCursor(pen: Pen, at: Geometry, { moment, color }: Scene): void {
  const x = Math.round(at.x(moment)) + 0.5;
  pen.strokeStyle = color("--accent");
  pen.lineWidth = 1.5;
  line(pen, x, 14, x, at.height);
}

function drawNames(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  pen.font = at.laneHeight < 18 ? smallFont : nameFont;
  for (const [lane, { id, faults }] of recording.lanes.entries()) {
    pen.fillStyle = color(faults.length > 0 ? "--bad" : "--ink");
    pen.fillText(faults.length > 0 ? `${id} ✕` : id, 8, at.y(lane) + 4);
  }
}

function line(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

const smallFont = "11px ui-sans-serif, system-ui, sans-serif";
const nameFont = "600 12px ui-sans-serif, system-ui, sans-serif";
