/** What stands behind the messages: views, time, a line for each node with its name, timers. */

import { oncePer } from "../../recording/once.ts";
import { type TimerSpan, viewSpans } from "../../recording/recording.ts";
import { lanesById } from "./arrows.ts";
import { blocksOf, blocksWithin } from "./blocks.ts";
import { line, nameFont, type Pen, type Scene, smallFont } from "./scene.ts";
import { type Geometry, visibleFromMs, visibleUntilMs } from "./view.ts";

const beyondMs = 1e9;

export function drawGround(pen: Pen, at: Geometry, scene: Scene): void {
  pen.save();
  pen.beginPath();
  pen.rect(at.left - 6, 0, at.width, at.height);
  pen.clip();
  drawViews(pen, at, scene);
  drawAxis(pen, at, scene);
  drawLanes(pen, at, scene);
  drawTimers(pen, at, scene);
  pen.restore();
  drawNames(pen, at, scene);
}

const spansOf = oncePer(viewSpans);

function drawViews(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  const spans = spansOf(recording);
  pen.font = smallFont;
  for (const [index, { view, fromMs }] of spans.entries()) {
    const [x, end] = [
      at.x(index === 0 ? -beyondMs : fromMs),
      at.x(spans[index + 1]?.fromMs ?? beyondMs),
    ];
    if (end < at.left || x > at.width) continue;
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
    const label = `${Number(ms.toPrecision(6))} ms`;
    if (x + 3 + pen.measureText(label).width < at.width) pen.fillText(label, x + 3, 11);
  }
}

function tickFor(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  return [1, 2, 5, 10].map((step) => step * power).find((tick) => tick >= ms) ?? ms;
}

/** When each node was up, from and until; a node that never fell is up for ever. */
const livesOf = oncePer(({ steps }): ReadonlyMap<string, readonly (readonly number[])[]> => {
  const lives = new Map<string, number[][]>();
  for (const { kind, node, text, atMs } of steps) {
    if (kind !== "world") continue;
    const known = lives.get(node) ?? [[-beyondMs, beyondMs]];
    lives.set(node, known);
    if (text === "crashes") known.at(-1)?.splice(1, 1, atMs);
    if (text === "starts again") known.push([atMs, beyondMs]);
  }
  return lives;
});

function drawLanes(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  pen.lineWidth = 1;
  for (const [lane, { id, faults, domain }] of recording.lanes.entries()) {
    const y = Math.round(at.y(lane)) + 0.5;
    pen.strokeStyle = color(faults.length > 0 ? "--bad" : "--lane");
    for (const [fromMs = 0, untilMs = 0] of livesOf(recording).get(id) ?? [[-beyondMs, beyondMs]]) {
      const [x, end] = [Math.max(at.left - 6, at.x(fromMs)), Math.min(at.width, at.x(untilMs))];
      if (end > x) line(pen, x, y, end, y);
    }
    const above = recording.lanes[lane - 1];
    if (above === undefined || above.domain === domain) continue;
    const border = Math.round(at.y(lane) - at.laneHeight / 2) + 0.5;
    pen.strokeStyle = color("--quiet");
    line(pen, 0, border, at.width, border);
  }
}

const timersOf = oncePer(({ timers }) =>
  blocksOf(
    timers,
    ({ fromMs }) => fromMs,
    ({ untilMs }) => untilMs ?? beyondMs,
  ),
);

function drawTimers(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  if (at.laneHeight < 18) return;
  const [running, fired] = [new Path2D(), new Path2D()];
  const blocks = blocksWithin(timersOf(recording), visibleFromMs(at), visibleUntilMs(at));
  const isSeen = ({ fromMs, untilMs }: TimerSpan): boolean => {
    const [x, end] = [at.x(fromMs), at.x(untilMs ?? beyondMs)];
    return end >= at.left && x <= at.width && end - x >= 2;
  };
  for (const { node, fromMs, untilMs, hasFired } of blocks.flatMap(({ items }) =>
    items.filter(isSeen),
  )) {
    const [x, end] = [at.x(fromMs), at.x(untilMs ?? beyondMs)];
    const y = Math.round(at.y(lanesById(recording).get(node) ?? 0) + 5) + 0.5;
    // Dashes are counted from the beginning, however far away it is.
    running.moveTo(Math.max(x, at.left - 6), y);
    running.lineTo(Math.min(end, at.width), y);
    if (!hasFired) continue;
    fired.moveTo(end - 3, y - 4);
    fired.lineTo(end + 3, y + 4);
    fired.moveTo(end - 3, y + 4);
    fired.lineTo(end + 3, y - 4);
  }
  pen.strokeStyle = color("--timer");
  pen.lineWidth = 1;
  pen.setLineDash([2, 2]);
  pen.stroke(running);
  pen.setLineDash([]);
  pen.lineWidth = 1.5;
  pen.stroke(fired);
}

function drawNames(pen: Pen, at: Geometry, { recording, color }: Scene): void {
  pen.font = at.laneHeight < 18 ? smallFont : nameFont;
  for (const [lane, { id, faults }] of recording.lanes.entries()) {
    pen.fillStyle = color(faults.length > 0 ? "--bad" : "--ink");
    pen.fillText(faults.length > 0 ? `${id} ✕` : id, 8, at.y(lane) + 4);
  }
}
