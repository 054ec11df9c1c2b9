/** What nodes did besides talking: quorums are circles, executions diamonds, what the client accepts is a square. */

import { oncePer } from "../../recording/once.ts";
import type { Step } from "../../recording/recording.ts";
import { lanesById } from "./arrows.ts";
import { blocksOf, blocksWithin } from "./blocks.ts";
import type { Pen, Scene } from "./scene.ts";
import { type Geometry, visibleFromMs, visibleUntilMs } from "./view.ts";

type Shape = "circle" | "diamond" | "square" | "flash";

const shapes: readonly Shape[] = ["circle", "flash", "diamond", "square"];

const marksOf = oncePer(({ steps }) =>
  blocksOf(
    steps.filter((step) => shapeOf(step) !== undefined),
    ({ atMs }) => atMs,
    ({ atMs }) => atMs,
  ),
);

/** All of one shape are one path. */
export function drawMarks(pen: Pen, at: Geometry, scene: Scene): void {
  const { recording } = scene;
  const drawn = new Set<string>();
  const paths = new Map<Shape, Path2D>();
  const blocks = blocksWithin(marksOf(recording), visibleFromMs(at), visibleUntilMs(at));
  for (const step of blocks.flatMap(({ items }) => items)) {
    const shape = shapeOf(step);
    const x = at.x(step.atMs);
    // On the same spot nobody sees a second one.
    const spot = `${shape} ${step.node} ${Math.round(x)}`;
    if (shape === undefined || x < at.left || x > at.width || drawn.has(spot)) continue;
    drawn.add(spot);
    const path = paths.get(shape) ?? new Path2D();
    paths.set(shape, path);
    addShape(path, shape, x, at.y(lanesById(recording).get(step.node) ?? 0));
  }
  for (const shape of shapes) {
    const path = paths.get(shape);
    if (path !== undefined) drawShape(pen, scene, shape, path);
  }
}

/** That of the current step. */
export function drawCurrentMark(pen: Pen, at: Geometry, scene: Scene): void {
  const { recording, step } = scene;
  const current = recording.steps[step];
  const shape = current === undefined ? undefined : shapeOf(current);
  if (current === undefined || shape === undefined) return;
  const path = new Path2D();
  addShape(path, shape, at.x(current.atMs), at.y(lanesById(recording).get(current.node) ?? 0));
  drawShape(pen, scene, shape, path);
}

function drawShape(pen: Pen, { color }: Scene, shape: Shape, path: Path2D): void {
  pen.fillStyle = color(shape === "circle" || shape === "flash" ? "--paper" : "--ink");
  pen.strokeStyle = color(shape === "flash" ? "--bad" : "--ink");
  pen.lineWidth = 1.2;
  pen.fill(path);
  pen.stroke(path);
}

function shapeOf({ kind, text }: Step): Shape | undefined {
  if (kind === "deliver") return "diamond";
  if (kind === "accept") return "square";
  if (kind === "world" && !text.startsWith("is asked")) return "flash";
  return kind === "mark" ? "circle" : undefined;
}

function addShape(path: Path2D, shape: Shape, x: number, y: number): void {
  if (shape === "square") return path.rect(x - 5, y - 5, 10, 10);
  if (shape === "circle") {
    path.moveTo(x + 3, y);
    return path.arc(x, y, 3, 0, 2 * Math.PI);
  }
  const radius = shape === "diamond" ? 6 : 4;
  path.moveTo(x, y - radius);
  path.lineTo(x + radius, y);
  path.lineTo(x, y + radius);
  path.lineTo(x - radius, y);
  return path.closePath();
}
