/** Where one may want to go in a run: the next phase, decision, violation. */

import type { Recording, Step } from "../../recording/recording.ts";

export type Goal = "phase" | "decision" | "violation" | "view";

/** The step to go to, or why there is none. */
export function nextGoal(recording: Recording, from: number, goal: Goal): number | string {
  const { steps, verdict, messages } = recording;
  if (goal === "violation") {
    const at = verdict?.brokenAtMs;
    if (at === undefined) return "nothing was violated in this run";
    const shows = ({ atMs, kind }: Step) =>
      atMs === at && (kind === "deliver" || kind === "accept");
    return (steps.findLast(shows) ?? steps.findLast(({ atMs }) => atMs <= at))?.index ?? from;
  }
  const control = new Set(recording.controlKinds);
  const phaseOf = (step: Step | undefined): string | undefined => {
    const kind = step?.kind === "sent" ? messages[step.message ?? -1]?.kind : undefined;
    return kind === undefined || control.has(kind) ? undefined : kind;
  };
  const isGoal = (step: Step, phase: string | undefined): boolean => {
    if (goal === "decision") return step.kind === "deliver" || step.kind === "accept";
    if (goal === "view") {
      return step.kind === "mark" && /^(new view|epoch opened|leader elected)/.test(step.text);
    }
    const kind = phaseOf(step);
    return kind !== undefined && kind !== phase;
  };
  const here = lastPhase(steps.slice(0, from + 1).map(phaseOf));
  const found = steps.slice(from + 1).find((step) => isGoal(step, here));
  if (found !== undefined) return found.index;
  return { phase: "no later phase", decision: "no later decision", view: "no later view" }[goal];
}

const lastPhase = (phases: readonly (string | undefined)[]): string | undefined =>
  phases.findLast((phase) => phase !== undefined);
