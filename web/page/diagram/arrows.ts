/** The messages as arrows: paths in the run's own time, made once; to pan and zoom only moves them. */

import { oncePer } from "../../recording/once.ts";
import type { RecordedMessage, Recording } from "../../recording/recording.ts";
import { colorName } from "../model/kinds.ts";
import { type Block, blocksOf, blocksWithin } from "./blocks.ts";
import type { Pen, Scene } from "./scene.ts";
import { type Geometry, laneMiddle, visibleFromMs, visibleUntilMs } from "./view.ts";

interface ArrowBlock extends Block<RecordedMessage> {
  /** A path for each colour; x is ms since the block's beginning, y is already in pixels. */
  readonly paths: ReadonlyMap<string, Path2D>;
  /** They are crossed out, and what never arrived is drawn in pixels: it has no end. */
  readonly failed: readonly RecordedMessage[];
}

/** More than these, and heads would only be a smear. */
const mostHeads = 1500;
const mostThick = 2000;

export const lanesById = oncePer(
  ({ lanes }): ReadonlyMap<string, number> => new Map(lanes.map(({ id }, lane) => [id, lane])),
);

const controlOf = oncePer(({ controlKinds }): ReadonlySet<string> => new Set(controlKinds));

/** Control messages that change something are always shown; heartbeats and the like are not. */
export const isShown = (
  recording: Recording,
  { kind }: RecordedMessage,
  showsControl: boolean,
): boolean =>
  showsControl ||
  !controlOf(recording).has(kind) ||
  /view-change|new-view|assignment|suspicion|report/.test(kind);

const [allArrows, usualArrows] = [true, false].map((showsControl) =>
  oncePer((recording): readonly ArrowBlock[] => {
    const shown = recording.messages.filter((one) => isShown(recording, one, showsControl));
    return blocksOf(shown, ({ sentMs }) => sentMs, endOf).map((block) => ({
      ...block,
      paths: pathsOf(recording, block),
      failed: block.items.filter(({ fate }) => fate === "lost" || fate === "refused"),
    }));
  }),
);

const endOf = ({ sentMs, endedMs }: RecordedMessage): number => endedMs ?? sentMs;

function pathsOf(
  recording: Recording,
  { items, fromMs }: Block<RecordedMessage>,
): ReadonlyMap<string, Path2D> {
  const lanes = lanesById(recording);
  const y = (id: string) => laneMiddle(lanes.get(id) ?? 0, recording.lanes.length);
  const paths = new Map<string, Path2D>();
  for (const message of items) {
    if (message.fate === "lost") continue;
    const name = colorName(recording, message.kind);
    const path = paths.get(name) ?? new Path2D();
    paths.set(name, path);
    path.moveTo(message.sentMs - fromMs, y(message.from));
    path.lineTo(endOf(message) - fromMs, y(message.to));
  }
  return paths;
}

function blocksIn({ recording, showsControl }: Scene, fromMs: number, untilMs: number) {
  const arrows = showsControl ? allArrows : usualArrows;
  return blocksWithin(arrows?.(recording) ?? [], fromMs, untilMs);
}

/** Those whose arrows cross a stretch of time. */
export function messagesWithin(
  scene: Scene,
  fromMs: number,
  untilMs: number,
): readonly RecordedMessage[] {
  return blocksIn(scene, fromMs, untilMs).flatMap(({ items }) =>
    items.filter((message) => endOf(message) >= fromMs && message.sentMs <= untilMs),
  );
}

// So many blocks are drawn at once: some milliseconds.
const blocksAtOnce = 4;

/** Some blocks at a time, so that whoever draws may stop and let a frame pass. */
export function* drawArrows(pen: Pen, at: Geometry, scene: Scene): Generator<void> {
  const blocks = blocksIn(scene, visibleFromMs(at), visibleUntilMs(at));
  const count = blocks.reduce((sum, { items }) => sum + items.length, 0);
  const hasHeads = count <= mostHeads && at.x(1) - at.x(0) > 0.4;
  for (let place = 0; place < blocks.length; place += blocksAtOnce) {
    pen.lineWidth = count > mostThick ? 0.6 : 1;
    drawBlocks(pen, at, scene, blocks.slice(place, place + blocksAtOnce), hasHeads);
    yield;
  }
}

/** One stroke for each colour, however many arrows there are. */
function drawBlocks(
  pen: Pen,
  at: Geometry,
  { recording, color }: Scene,
  blocks: readonly ArrowBlock[],
  hasHeads: boolean,
): void {
  const pxPerMs = at.x(1) - at.x(0);
  const strokes = new Map<string, Path2D>();
  const strokeOf = (name: string): Path2D => {
    const stroke = strokes.get(name) ?? new Path2D();
    strokes.set(name, stroke);
    return stroke;
  };
  const crosses = new Path2D();
  for (const { fromMs, paths, items, failed } of blocks) {
    const moved = new DOMMatrix([pxPerMs, 0, 0, 1, at.x(fromMs), 0]);
    for (const [name, path] of paths) strokeOf(name).addPath(path, moved);
    for (const message of hasHeads ? items : []) {
      if (message.fate === "lost") continue;
      addHead(strokeOf(colorName(recording, message.kind)), endsOf(message, at, recording));
    }
    for (const message of failed) {
      const ends = endsOf(message, at, recording);
      if (ends.x2 < 0 || ends.x1 > at.width) continue;
      addCross(crosses, ends);
      if (message.fate === "lost") addLine(strokeOf(colorName(recording, message.kind)), ends);
    }
  }
  for (const [name, stroke] of strokes) {
    pen.strokeStyle = color(name);
    pen.stroke(stroke);
  }
  pen.strokeStyle = color("--bad");
  pen.lineWidth = 1.5;
  pen.stroke(crosses);
}

/** The message of this step, or the one that is picked, with its objection. */
export function drawCurrentArrow(pen: Pen, at: Geometry, scene: Scene): void {
  const { recording, color, picked, step } = scene;
  const message = recording.messages[picked ?? recording.steps[step]?.message ?? -1];
  if (message === undefined) return;
  const ends = endsOf(message, at, recording);
  const path = new Path2D();
  addLine(path, ends);
  addHead(path, ends);
  pen.strokeStyle = color(colorName(recording, message.kind));
  pen.lineWidth = 3;
  pen.stroke(path);
  if (message.objection === undefined) return;
  const { width } = pen.measureText(message.objection);
  pen.fillStyle = color("--bad");
  pen.fillText(message.objection, Math.min(ends.x2 + 8, at.width - width - 6), ends.y2 - 6);
}

export interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** What never arrived is drawn as far as half-way. */
export function endsOf(message: RecordedMessage, at: Geometry, recording: Recording): Ends {
  const lanes = lanesById(recording);
  const { from, to, sentMs, fate } = message;
  const [y1, y] = [at.y(lanes.get(from) ?? 0), at.y(lanes.get(to) ?? 0)];
  const x1 = at.x(sentMs);
  const x = at.x(endOf(message));
  if (fate !== "lost" || x > x1 + 4) return { x1, y1, x2: x, y2: y };
  return { x1, y1, x2: x1 + 12, y2: y1 + (y - y1) / 2 };
}

function addLine(path: Path2D, { x1, y1, x2, y2 }: Ends): void {
  path.moveTo(x1, y1);
  path.lineTo(x2, y2);
}

function addHead(path: Path2D, { x1, y1, x2, y2 }: Ends): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  for (const turn of [2.7, -2.7]) {
    path.moveTo(x2, y2);
    path.lineTo(x2 + 6 * Math.cos(angle + turn), y2 + 6 * Math.sin(angle + turn));
  }
}

function addCross(path: Path2D, { x2, y2 }: Ends): void {
  addLine(path, { x1: x2 - 4, y1: y2 - 4, x2: x2 + 4, y2: y2 + 4 });
  addLine(path, { x1: x2 - 4, y1: y2 + 4, x2: x2 + 4, y2: y2 - 4 });
}
