/**
 * All messages and marks of a stretch of time, wider than what is seen. To pan shows another part of it
 * and to zoom stretches it, while it is drawn anew: a bit in each frame, so that none takes long.
 */

import { drawArrows } from "./arrows.ts";
import { drawMarks } from "./marks.ts";
import type { Pen, Scene } from "./scene.ts";
import type { Geometry } from "./view.ts";

interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly at: Geometry;
  readonly ratio: number;
  /** What it shows, time apart. */
  readonly shows: readonly unknown[];
}

interface Job {
  readonly picture: Picture;
  readonly work: Iterator<void>;
}

export class EventsLayer {
  #picture: Picture | undefined;
  #job: Job | undefined;

  /** Brings it closer to what is asked for; false while there is more to do. */
  prepare(at: Geometry, scene: Scene, ratio: number): boolean {
    const { recording, showsControl, color } = scene;
    const shows = [recording, showsControl, color, ratio, at.width, at.height];
    if (this.#picture !== undefined && !isSame(this.#picture.shows, shows)) {
      this.#picture = undefined;
      this.#job = undefined;
    }
    if (this.#job === undefined && !serves(this.#picture, at)) {
      this.#job = begin(at, scene, ratio, shows);
    }
    if (this.#job?.work.next().done === true) {
      this.#picture = this.#job.picture;
      this.#job = undefined;
    }
    return this.#job === undefined && serves(this.#picture, at);
  }

  /** Lays what is there of it over the view, between two of its pixels. */
  lay(pen: Pen, at: Geometry, from: number, until: number): void {
    const picture = this.#picture ?? this.#job?.picture;
    if (picture === undefined || until <= from) return;
    const { canvas, ratio } = picture;
    const isSameScale = Math.abs(stretch(picture.at, at) - 1) < 1e-6;
    const source = (x: number): number => {
      const exact = picture.at.x(at.msAt(x)) * ratio;
      // Between pixels, it would only be blurred.
      return isSameScale ? Math.round(exact) : exact;
    };
    const [left, right] = [source(from), source(until)];
    pen.drawImage(canvas, left, 0, right - left, canvas.height, from, 0, until - from, at.height);
  }
}

const isSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.every((value, place) => value === others[place]);

const pxPerMs = (at: Geometry): number => at.x(1) - at.x(0);
const stretch = (drawn: Geometry, at: Geometry): number => pxPerMs(at) / pxPerMs(drawn);

/** Beyond either side of the view, a share of its width is drawn, too. */
const spare = 0.5;

function serves(picture: Picture | undefined, at: Geometry): boolean {
  if (picture === undefined || Math.abs(stretch(picture.at, at) - 1) > 1e-6) return false;
  // Begin again before its edge comes into sight.
  const still = 0.2 * at.width;
  const [left, right] = [picture.at.x(at.msAt(0)), picture.at.x(at.msAt(at.width))];
  return left >= still && right <= picture.at.width - still;
}

function begin(at: Geometry, scene: Scene, ratio: number, shows: readonly unknown[]): Job {
  const margin = Math.round(spare * at.width);
  const wide: Geometry = {
    ...at,
    width: at.width + 2 * margin,
    left: 0,
    x: (atMs) => at.x(atMs) + margin,
    msAt: (x) => at.msAt(x - margin),
  };
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(wide.width * ratio);
  canvas.height = Math.round(wide.height * ratio);
  return { picture: { canvas, at: wide, ratio, shows }, work: draw(canvas, wide, scene, ratio) };
}

function* draw(
  canvas: HTMLCanvasElement,
  at: Geometry,
  scene: Scene,
  ratio: number,
): Generator<void> {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  yield* drawArrows(pen, at, scene);
  drawMarks(pen, at, scene);
}
