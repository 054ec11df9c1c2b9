/** What was counted, and what is under way, at a step: found from a stop nearby, however long the run is. */

import { oncePer } from "./once.ts";
import type { Recording, Step } from "./recording.ts";

export interface Tally {
  readonly messages: number;
  readonly control: number;
  readonly bytes: number;
  readonly refused: number;
  readonly lost: number;
  readonly delivered: number;
  readonly accepted: number;
  readonly byKind: ReadonlyMap<string, number>;
}

/** How things stood before a step. */
interface Stop {
  readonly tally: Tally;
  /** By index. */
  readonly underWay: readonly number[];
}

// From a stop, at most so many steps are gone through.
const everySteps = 128;

/** What was counted up to a step, the step included. */
export function tallyAt(recording: Recording, upTo: number): Tally {
  return standAt(recording, upTo).tally();
}

/** Messages that were sent by then, and of which it is known what became of them, but not yet then. */
export function underWayAt(recording: Recording, upTo: number): readonly number[] {
  return [...standAt(recording, upTo).underWay];
}

const stopsOf = oncePer((recording): readonly Stop[] => {
  const stand = new Stand(recording);
  const stops: Stop[] = [];
  for (const [index, step] of recording.steps.entries()) {
    if (index % everySteps === 0) stops.push(stand.stop());
    stand.pass(step);
  }
  return stops;
});

const controlOf = oncePer(({ controlKinds }) => new Set(controlKinds));

function standAt(recording: Recording, upTo: number): Stand {
  const { steps } = recording;
  const last = Math.min(upTo, steps.length - 1);
  const place = Math.floor(last / everySteps);
  const stand = new Stand(recording, stopsOf(recording)[place]);
  for (let index = Math.max(0, place * everySteps); index <= last; index += 1) {
    const step = steps[index];
    if (step !== undefined) stand.pass(step);
  }
  return stand;
}

const nothing: Tally = {
  messages: 0,
  control: 0,
  bytes: 0,
  refused: 0,
  lost: 0,
  delivered: 0,
  accepted: 0,
  byKind: new Map(),
};

class Stand {
  readonly underWay: Set<number>;
  readonly #recording: Recording;
  readonly #byKind: Map<string, number>;
  readonly #sum: { -readonly [count in Exclude<keyof Tally, "byKind">]: number };

  constructor(recording: Recording, stop?: Stop) {
    const { byKind, ...sum } = stop?.tally ?? nothing;
    this.#recording = recording;
    this.underWay = new Set(stop?.underWay);
    this.#byKind = new Map(byKind);
    this.#sum = { ...sum };
  }

  pass({ kind, index, message: about }: Step): void {
    const sum = this.#sum;
    const message = this.#recording.messages[about ?? -1];
    if (kind === "deliver") sum.delivered += 1;
    if (kind === "accept") sum.accepted += 1;
    if (kind === "lost") sum.lost += 1;
    if (kind === "refused") sum.refused += 1;
    if (message === undefined) return;
    if (message.endedStep === index) this.underWay.delete(message.index);
    if (kind !== "sent") return;
    if (message.endedStep !== undefined) this.underWay.add(message.index);
    sum.bytes += message.bytes;
    if (controlOf(this.#recording).has(message.kind)) sum.control += 1;
    else sum.messages += 1;
    this.#byKind.set(message.kind, (this.#byKind.get(message.kind) ?? 0) + 1);
  }

  tally(): Tally {
    return { ...this.#sum, byKind: new Map(this.#byKind) };
  }

  stop(): Stop {
    return { tally: this.tally(), underWay: [...this.underWay] };
  }
}
