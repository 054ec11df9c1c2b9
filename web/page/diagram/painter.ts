/** Draws at most once a frame, whatever happened meanwhile, in the colours of the style sheet. */

import { Layers } from "./layers.ts";
import type { Scene } from "./scene.ts";
import type { Geometry } from "./view.ts";

type Color = Scene["color"];

export class Painter {
  readonly #layers = new Layers();
  #color: Color | undefined;
  #frame = 0;
  #draw = (): boolean => true;

  paint(element: HTMLCanvasElement, at: Geometry, sceneIn: (color: Color) => Scene): void {
    this.#color ??= colorsOf(element);
    const scene = sceneIn(this.#color);
    this.#draw = () => {
      const isDone = this.#layers.draw(element, at, scene);
      // For whoever looks at the page from outside.
      if (element.dataset["drawn"] !== String(isDone)) element.dataset["drawn"] = String(isDone);
      return isDone;
    };
    this.#request();
  }

  /** The scheme has changed. */
  forgetColors(): void {
    this.#color = undefined;
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #request(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#draw()) this.#request();
    });
  }
}

function colorsOf(element: Element): Color {
  const styles = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    const color = known.get(name) ?? styles.getPropertyValue(name).trim();
    known.set(name, color);
    return color;
  };
}
