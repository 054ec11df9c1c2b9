/**
 * The diagram in layers: what stands behind, and all messages. A step only lays them over each other,
 * bright as far as the moment and pale beyond, and adds what is current: so a step costs the same in a
 * long run as in a short one.
 */

import { drawCurrentArrow } from "./arrows.ts";
import { EventsLayer } from "./events-layer.ts";
import { drawGround } from "./ground.ts";
import { drawCurrentMark } from "./marks.ts";
import { line, type Pen, type Scene, smallFont } from "./scene.ts";
import type { Geometry } from "./view.ts";

const paleness = 0.2;

export class Layers {
  readonly #ground = document.createElement("canvas");
  readonly #events = new EventsLayer();
  #grounded: readonly unknown[] = [];

  /** False when there is more to draw in the next frame. */
  draw(element: HTMLCanvasElement, at: Geometry, scene: Scene): boolean {
    const pen = element.getContext("2d");
    if (pen === null) return true;
    const ratio = devicePixelRatio || 1;
    resize(element, at, ratio);
    this.#drawGround(at, scene, ratio);
    const isDone = this.#events.prepare(at, scene, ratio);
    const left = at.left - 6;
    const now = Math.max(left, Math.min(at.width, Math.round(at.x(scene.moment)) + 1));
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, element.width, element.height);
    pen.drawImage(this.#ground, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#events.lay(pen, at, left, now);
    pen.globalAlpha = paleness;
    this.#events.lay(pen, at, now, at.width);
    pen.globalAlpha = 1;
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, at.width - left, at.height);
    pen.clip();
    pen.font = smallFont;
    drawCurrentArrow(pen, at, scene);
    drawCurrentMark(pen, at, scene);
    drawCursor(pen, at, scene);
    pen.restore();
    return isDone;
  }

  #drawGround(at: Geometry, scene: Scene, ratio: number): void {
    const { recording, color } = scene;
    const shows = [recording, color, ratio, at.width, at.height, at.x(0), at.x(1)];
    if (shows.every((value, place) => value === this.#grounded[place])) return;
    this.#grounded = shows;
    const pen = this.#ground.getContext("2d");
    if (pen === null) return;
    resize(this.#ground, at, ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, at.width, at.height);
    drawGround(pen, at, scene);
  }
}

function resize(canvas: HTMLCanvasElement, at: Geometry, ratio: number): void {
  const [width, height] = [Math.round(at.width * ratio), Math.round(at.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

function drawCursor(pen: Pen, at: Geometry, { moment, color }: Scene): void {
  const x = Math.round(at.x(moment)) + 0.5;
  pen.strokeStyle = color("--accent");
  pen.lineWidth = 1.5;
  line(pen, x, 14, x, at.height);
}
