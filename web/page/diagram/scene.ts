/** What is drawn: a run, as it stands at a step. */

import type { Recording } from "../../recording/recording.ts";

export interface Scene {
  readonly recording: Recording;
  readonly step: number;
  readonly moment: number;
  readonly picked: number | undefined;
  readonly showsControl: boolean;
  /** A colour of style.css by its name. */
  color(name: string): string;
}

export type Pen = CanvasRenderingContext2D;

export const smallFont = "11px ui-sans-serif, system-ui, sans-serif";
export const nameFont = "600 12px ui-sans-serif, system-ui, sans-serif";

export function line(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}
