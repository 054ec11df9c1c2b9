/**
 * How far a member may have bound itself, kept apart from its log: if the log is damaged, this says
 * below which slots and views its word can no longer be trusted.
 */

import type { Pledge } from "../../core/machine.ts";
import type { Files } from "./files.ts";
import { frameOf, readFrames } from "./frames.ts";

const fileName = "pledge";
// Slots bound ahead of their use, so that this file is written once for so many of them.
const slotsAhead = 128;

export const noPledge: Pledge = { view: 0, slot: 0 };

export const joined = (a: Pledge, b: Pledge): Pledge => ({
  view: Math.max(a.view, b.view),
  slot: Math.max(a.slot, b.slot),
});

export class Pledges {
  readonly #files: Files;
  #kept: Pledge | undefined;

  constructor(files: Files) {
    this.#files = files;
    this.#kept = readPledge(files);
  }

  /** Undefined when nothing was pledged, or the file cannot be read. */
  get kept(): Pledge | undefined {
    return this.#kept;
  }

  /** On disk before the records are that bind so far. */
  raise(to: Pledge): void {
    const kept = this.#kept ?? noPledge;
    if (this.#kept !== undefined && to.view <= kept.view && to.slot <= kept.slot) return;
    const slot = to.slot > kept.slot ? to.slot + slotsAhead : kept.slot;
    const pledge: Pledge = { view: Math.max(to.view, kept.view), slot };
    this.#files.replace(fileName, frameOf(JSON.stringify(pledge)));
    this.#kept = pledge;
  }

  erase(): void {
    this.#files.remove(fileName);
    this.#kept = undefined;
  }
}

function readPledge(files: Files): Pledge | undefined {
  const file = files.read(fileName);
  if (file === undefined) return undefined;
  const { texts, state } = readFrames(file);
  const [text] = texts;
  // Its checksum held: it is what we wrote.
  return text === undefined || state !== "whole" ? undefined : (JSON.parse(text) as Pledge);
}
