/** What the page shows right now: one run or two, the step they stand at, and what is picked out. */

import { batch, computed, signal } from "@preact/signals";
import { protocolNamed } from "../../../bench/protocols.ts";
import { UsageError } from "../../../core/assert.ts";
import type { Schedule } from "../../../sim/schedule.ts";
import { type Recording, stepAt } from "../../recording/recording.ts";
import { type Act, withAct } from "../../run/hands.ts";
import { play, type Replicated } from "../../run/play.ts";
import { checkSetup, type Field, parametersOf, type Setup, setupFrom } from "../../run/setup.ts";
import { showDecided } from "../diagram/view.ts";

export interface Run {
  readonly recording: Recording;
  /** Undefined for a live cluster: it cannot be run again. */
  readonly schedule: Schedule | undefined;
}

export type Picked =
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "message"; readonly index: number };

const address = new URLSearchParams(location.search);

export const setup = signal<Setup>(setupFrom(address));
/** The protocol beside the first one; empty for none. */
export const beside = signal(address.get("beside") ?? "");
export const problems = signal<ReadonlyMap<Field, string>>(new Map());
export const runs = signal<readonly Run[]>([]);
/** Of the first run. */
export const step = signal(0);
/** In virtual ms; between two steps while it plays. */
export const moment = signal(0);
export const picked = signal<Picked | undefined>(undefined);
export const showsControl = signal(false);
/** What was said to the user last: an act that cannot be, a file that is none. */
export const notice = signal("");
const undoable = signal<readonly Schedule[]>([]);
export const canUndo = computed(() => undoable.value.length > 0);

export const first = computed(() => runs.value[0]);

/** The step at which a run stands: the second one keeps to the time of the first. */
export const stepOf = (index: number): number => {
  const run = runs.value[index];
  if (index === 0 || run === undefined) return step.value;
  return stepAt(run.recording, moment.value);
};

/** Runs what the form says, if it can be run. */
export function runSetup(): void {
  const checked = checkSetup(setup.value);
  problems.value = checked.problems ?? new Map();
  if (checked.schedule === undefined) return;
  const parameters = parametersOf(setup.value);
  if (beside.value !== "") parameters.set("beside", beside.value);
  const query = parameters.toString();
  history.replaceState(null, "", query === "" ? location.pathname : `?${query}`);
  undoable.value = [];
  showSchedule(checked.schedule);
}

/** Shows a schedule from its beginning. */
export function showSchedule(schedule: Schedule): void {
  runAll(schedule, 0);
}

/** Does something by hand at the current moment; the run goes on differently from there. */
export function act(what: Act): void {
  const schedule = first.value?.schedule;
  if (schedule === undefined) return;
  const members = protocolNamed(schedule.protocol)
    .members(schedule.n)
    .map(({ id }) => id);
  const isAboutMessage = "message" in what;
  const changed = withAct(schedule, members, what, isAboutMessage ? 0 : moment.value);
  if (typeof changed === "string") {
    notice.value = changed;
    return;
  }
  undoable.value = [...undoable.value, schedule];
  runAll(changed, moment.value);
}

export function undo(): void {
  const last = undoable.value.at(-1);
  if (last === undefined) return;
  undoable.value = undoable.value.slice(0, -1);
  runAll(last, moment.value);
}

function runAll(schedule: Schedule, at: number): void {
  const replicated: Replicated = setup.value;
  try {
    const names = [schedule.protocol, ...(beside.value === "" ? [] : [beside.value])];
    const made = names.map((protocol) => {
      const own = { ...schedule, protocol };
      return { schedule: own, recording: play(own, replicated) };
    });
    batch(() => {
      notice.value = "";
      runs.value = made;
      moment.value = at;
      step.value = at === 0 ? 0 : Math.max(0, stepAt(made[0]?.recording ?? noRecording, at));
      picked.value = undefined;
      if (at === 0) showDecided(made[0]?.recording ?? noRecording);
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    notice.value = error.message;
  }
}

/**
 * A live cluster's recording takes the place of all runs. Whoever stands at its end stays there; whoever
 * looks at something earlier keeps to it, until it is forgotten.
 */
export function showLive(recording: Recording): void {
  const before = first.value;
  const isNew = before === undefined || before.schedule !== undefined;
  const isAtEnd = isNew || step.value >= liveSteps - 1;
  const from = forgottenIn(before?.recording);
  const now = forgottenIn(recording);
  batch(() => {
    runs.value = [{ recording, schedule: undefined }];
    const chosen = picked.value;
    if (chosen?.kind === "message") {
      const index = chosen.index - (now.messages - from.messages);
      picked.value = index < 0 || isNew ? undefined : { kind: "message", index };
    }
    goTo(isAtEnd ? recording.steps.length - 1 : step.value - (now.steps - from.steps));
  });
  // The recorder goes on writing into what it showed.
  liveSteps = recording.steps.length;
}

let liveSteps = 0;

const forgottenIn = (recording: Recording | undefined) =>
  recording?.forgotten ?? { messages: 0, steps: 0 };

export function goTo(index: number): void {
  const recording = first.value?.recording;
  if (recording === undefined) return;
  const bounded = Math.max(0, Math.min(index, recording.steps.length - 1));
  batch(() => {
    step.value = bounded;
    moment.value = recording.steps[bounded]?.atMs ?? 0;
  });
}

export function goToMoment(atMs: number): void {
  const recording = first.value?.recording;
  if (recording === undefined) return;
  batch(() => {
    moment.value = Math.max(0, atMs);
    step.value = Math.max(0, stepAt(recording, moment.value));
  });
}

const noRecording: Recording = {
  protocol: "",
  title: "",
  n: 0,
  f: 0,
  lanes: [],
  controlKinds: [],
  messages: [],
  steps: [],
  timers: [],
  states: new Map(),
  verdict: undefined,
};
