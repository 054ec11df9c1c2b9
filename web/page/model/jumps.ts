/** Where one may want to go in a run: the next phase, decision, violation. */

import { oncePer } from "../../recording/once.ts";
import { type Recording, type Step, stepAt } from "../../recording/recording.ts";

export type Goal = "phase" | "decision" | "violation" | "view";

/** The step to go to, or why there is none. */
export function nextGoal(recording: Recording, from: number, goal: Goal): number | string {
  if (goal === "violation") return violationIn(recording) ?? "nothing was violated in this run";
  const goals = goalsOf(recording)[goal];
  return goals[firstAbove(goals, from)] ?? `no later ${goal}`;
}

const isDecision = ({ kind }: Step): boolean => kind === "deliver" || kind === "accept";

const isNewView = ({ kind, text }: Step): boolean =>
  kind === "mark" && /^(new view|epoch opened|leader elected)/.test(text);

/** Steps by index, in order. A phase begins where other messages are sent than were sent last. */
const goalsOf = oncePer(({ steps, messages, controlKinds }) => {
  const control = new Set(controlKinds);
  const goals = { phase: [] as number[], decision: [] as number[], view: [] as number[] };
  let phase: string | undefined;
  for (const step of steps) {
    if (isDecision(step)) goals.decision.push(step.index);
    if (isNewView(step)) goals.view.push(step.index);
    const kind = step.kind === "sent" ? messages[step.message ?? -1]?.kind : undefined;
    if (kind === undefined || kind === phase || control.has(kind)) continue;
    phase = kind;
    goals.phase.push(step.index);
  }
  return goals;
});

const violationIn = oncePer((recording): number | undefined => {
  const at = recording.verdict?.brokenAtMs;
  if (at === undefined) return undefined;
  const shows = (step: Step) => step.atMs === at && isDecision(step);
  return recording.steps.findLast(shows)?.index ?? Math.max(0, stepAt(recording, at));
});

/** Where in a rising list the first number above this one stands. */
export function firstAbove(rising: readonly number[], number: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}
